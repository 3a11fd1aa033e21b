/**
 * Notes for the janitor: an object that is open is noted under the minute in which it is due, and each minute is visited once
 * (recovery/janitor.ts).
 */
import type { ObjectKey, Scope } from '../../kernel/ids.ts';
import { absent, type Write } from '../../table/table.ts';

export const MINUTE_MS = 60_000;
/** Watch items live this long, for a janitor that was down to find them. */
const RETENTION_SECONDS = 7 * 24 * 3600;

/** Payments, refunds, disputes, setup intents, Checkout Sessions, deleted customers and payouts (orders). Stored in the notes. */
export type RecheckKind = 'p' | 'r' | 'd' | 's' | 'k' | 'c' | 'o';

/** One object to recheck: a payment, refund, dispute, setup intent, Checkout Session, deleted customer or payout of a scope. */
export interface Recheck {
  readonly kind: RecheckKind;
  readonly scope: Scope;
  readonly body: ObjectKey;
}

export const recheckText = ({ kind, scope, body }: Recheck): string => `${kind}${scope}${body}`;

export const parseRecheck = (text: string): Recheck => ({
  kind: text.charAt(0) as Recheck['kind'],
  scope: text.slice(1, 9) as Scope,
  body: text.slice(9) as ObjectKey,
});

/** Notes `due` for a recheck at the end of `minute`. Noting it twice under one `name` has the effect of once. */
export const recheckItem = (minute: number, name: string, due: readonly Recheck[]): Write => ({
  kind: 'put',
  table: 'idempotency',
  item: {
    pk: `watch#${minute}`,
    sk: name,
    refs: due.map(recheckText),
    expiresAt: (minute * MINUTE_MS) / 1000 + RETENTION_SECONDS,
  },
  when: absent,
});

/** The minute after the one that `ms` is in: an object is rechecked only after it has been open for a minute or so. */
export const recheckMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) + 1;

/** The result of a recheck: something is open, it only waits for the payer, or nothing is open. */
export type RecheckResult =
  | { readonly kind: 'done' }
  /** `unreturned`: money that is not the merchant's is still with the channel. `byMs`: the next recheck comes no later. `longestWaitMs`: nor after so
   * long, as the channel says. */
  | {
      readonly kind: 'open' | 'waiting';
      readonly sinceMs: number;
      readonly unreturned?: true;
      readonly byMs?: number | undefined;
      readonly longestWaitMs?: number;
    };
