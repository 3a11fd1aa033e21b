/**
 * Notes for the janitor: an object that is open is noted under the minute in which it is due, and each minute is visited once
 * (recovery/janitor.ts).
 */
import type { Body, Scope } from '../../kernel/ids.ts';
import { absent, type Write } from '../../table/table.ts';

export const MINUTE_MS = 60_000;
/** Watch items live this long, for a janitor that was down to find them. */
const RETENTION_SECONDS = 7 * 24 * 3600;

/** Payments, refunds, disputes, setup intents, Checkout Sessions, deleted customers and payouts (orders). Stored in the notes. */
export type WatchedKind = 'p' | 'r' | 'd' | 's' | 'k' | 'c' | 'o';

/** One thing to look at: a payment, refund, dispute, setup intent, Checkout Session, deleted customer or payout of a scope. */
export interface Watched {
  readonly kind: WatchedKind;
  readonly scope: Scope;
  readonly body: Body;
}

export const watchedText = ({ kind, scope, body }: Watched): string => `${kind}${scope}${body}`;

export const parseWatched = (text: string): Watched => ({
  kind: text.charAt(0) as Watched['kind'],
  scope: text.slice(1, 9) as Scope,
  body: text.slice(9) as Body,
});

/** Notes `watched` for a look at the end of `minute`; `name` makes noting it twice noting it once. */
export const watchItem = (minute: number, name: string, watched: readonly Watched[]): Write => ({
  kind: 'put',
  table: 'idempotency',
  item: {
    pk: `watch#${minute}`,
    sk: name,
    refs: watched.map(watchedText),
    expiresAt: (minute * MINUTE_MS) / 1000 + RETENTION_SECONDS,
  },
  when: absent,
});

/** The minute after the one that `ms` is in: nothing is looked at before it has been open for a minute or so. */
export const watchMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) + 1;

/** What a look left: something is open, only the payer is waited for, or nothing. */
export type Look =
  | { readonly kind: 'done' }
  /** `unreturned`: money that is not the merchant's is still with the channel. */
  | { readonly kind: 'open' | 'waiting'; readonly sinceMs: number; readonly unreturned?: true };
