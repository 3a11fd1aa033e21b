/** A merchant's account at the acquirer: how it proves itself, where its callbacks go and what signs them. Pure but for hashing. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RandomText } from '../kernel/ids.ts';

export interface Account {
  readonly id: string;
  /** Hex SHA-256 of the API key: the key itself is returned once and not stored. */
  readonly keyHash: string;
  readonly callbackUrl?: string;
  readonly callbackSecret: string;
  readonly createdMs: number;
  /** The merchant has others: this one takes what they do not accept (`notAccepted` in behavior.ts). */
  readonly further?: true;
}

export interface OpenedAccount {
  readonly account: string;
  readonly apiKey: string;
  readonly callbackSecret: string;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A new account with fresh secrets. `{account}` in the callback URL is a placeholder for the account's id, which is new. */
export function openAccount(
  callbackUrl: string | undefined,
  nowMs: number,
  random: RandomText,
  further = false,
): { readonly record: Account; readonly opened: OpenedAccount } {
  const id = `sba${random(20)}`;
  const apiKey = `sandbox_${id}_${random(32)}`;
  const callbackSecret = `sbs_${random(32)}`;
  const url = callbackUrl?.replaceAll('{account}', id);
  const record = {
    id,
    keyHash: sha256(apiKey).toString('hex'),
    ...(url !== undefined && { callbackUrl: url }),
    callbackSecret,
    createdMs: nowMs,
    ...(further && { further: true as const }),
  };
  return { record, opened: { account: id, apiKey, callbackSecret } };
}

/** The account that an API key claims. `provesItself` checks the claim. */
export const accountOfKey = (apiKey: string): string | undefined =>
  /^sandbox_(sba[0-9A-Za-z]{20})_[0-9A-Za-z]{32}$/.exec(apiKey)?.[1];

export const provesItself = (account: Account, apiKey: string): boolean =>
  timingSafeEqual(sha256(apiKey), Buffer.from(account.keyHash, 'hex'));
