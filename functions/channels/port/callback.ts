/** How a channel calls back: one implementation per channel. It verifies on the raw bytes, and answers in the channel's own words. */
import type { ChannelReference } from '../../kernel/ids.ts';
import type { CredentialSchema } from './credentials.ts';
import type { VerifiedCallback } from './port.ts';

export type CallbackHeaders = Readonly<Record<string, string | undefined>>;

/**
 * noted: verified, and about no object of ours that could change: it is acknowledged, and nothing is queued. refused: forged, too old, a probe, or
 * about an object of ours that cannot be read. unknown_key: what signed it (a new certificate) is not known yet, and it may be genuine, so the
 * answer makes the channel send it again.
 */
export type Verification =
  | ({ readonly kind: 'verified' } & VerifiedCallback)
  | { readonly kind: 'noted' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown_key' };

/** Whose payment it is that a channel calls by a name of its own. not_ours: it was not made by us, or the channel does not know it. */
export type Parent =
  | { readonly kind: 'found'; readonly reference: ChannelReference }
  | { readonly kind: 'not_ours' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What becomes of a callback. taken: every fact is queued. send_again: not yet. failed: an error of ours, after which it is sent again too. */
export type CallbackVerdict = 'taken' | 'refused' | 'too_large' | 'send_again' | 'failed';

export interface CallbackAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `Material`: the keys that verify the callbacks of an account, without the credentials that send requests. */
export interface Callbacks<Material = unknown> {
  /** Reads the key material out of an account's credentials. */
  readonly material: CredentialSchema<Material>;
  /** Whether the headers could belong to a genuine callback: looked at before any secret is fetched. */
  plausible(headers: CallbackHeaders, nowMs: number): boolean;
  verify(raw: Uint8Array, headers: CallbackHeaders, material: Material, nowMs: number): Promise<Verification>;
  acknowledge(verdict: CallbackVerdict): CallbackAnswer;
}
