/**
 * A token: a card that can become a payment method once. Its secret part is in the vault under the token's own
 * object key. The payment method made of it refers to it, so only the vault ever moves a card. It is used in the same transaction as what
 * names it. A declined use counts as its one use, as at Stripe.
 */
import { noSuchReference, refused } from '../api/errors.ts';
import type { BillingDetails } from '../api/person.ts';
import { type ObjectKey, objectKeyOf, type Scope } from '../kernel/ids.ts';
import { type Aggregate, type Kind, loadRecord, nextRecord, putRecord } from '../table/record.ts';
import type { Table, Write } from '../table/table.ts';
import type { CardRecord } from './method.ts';

/** The card of a token or of a payment method, as the vault has taken it in. */
export type StoredCard = Pick<CardRecord, 'card' | 'source' | 'testRisk' | 'testToken' | 'cvcGiven'>;

export interface Token extends Aggregate, StoredCard {
  readonly billing?: BillingDetails;
  /** The request (the object key of its lock) that made something of it. */
  readonly usedBy?: ObjectKey;
}

export const TOKEN: Kind<Token> = { name: 'token', letter: 't', prefix: 'tok', object: 'token' };
export const tokenId = (objectKey: ObjectKey): `tok_${string}` => `tok_${objectKey}`;

/** The lifetime of an unused token: shorter than that of its security code, so that the first authorization finds the code. */
export const TOKEN_LIFE_MS = 10 * 60_000;

export const putToken = (token: Token): Write => putRecord(TOKEN, token);

/** The token that `tok_…` names in this scope, however old; the published test tokens are none of these. */
export const loadToken = (table: Table, scope: Scope, id: string): Promise<Token | undefined> =>
  loadRecord(table, TOKEN, scope, objectKeyOf(id, TOKEN.prefix));

/** The same for a request that is going to use it. @throws 400 resource_missing */
export async function requestedToken(table: Table, scope: Scope, id: string, param: string): Promise<Token> {
  const token = await loadToken(table, scope, id);
  if (!token) throw noSuchReference('token', id, param);
  return token;
}

export const tokenUsed = (id: string) =>
  refused(`You cannot use a Stripe token more than once: ${id}.`, { code: 'token_already_used' });

/**
 * The payment method that the token becomes for request `by`, and the write that uses the token up. The same request again is no second use.
 * @throws 400 token_already_used; 400 resource_missing once its life is over
 */
export function spendToken(
  token: Token,
  by: ObjectKey,
  nowMs: number,
  param: string,
): { readonly record: CardRecord; readonly use: Write } {
  if (token.usedBy !== undefined && token.usedBy !== by) throw tokenUsed(tokenId(token.body));
  if (token.usedBy === undefined && nowMs > token.createdMs + TOKEN_LIFE_MS)
    throw noSuchReference('token', tokenId(token.body), param);
  const { scope, livemode, card, source, cvcGiven, billing, testRisk, testToken } = token;
  const record: CardRecord = {
    scope,
    body: by,
    version: 1,
    livemode,
    createdMs: nowMs,
    committedMs: nowMs,
    card,
    source,
    metadata: {},
    cvcGiven,
    ...(billing && { billing }),
    ...(testRisk && { testRisk }),
    ...(testToken !== undefined && { testToken }),
  };
  return { record, use: putToken(nextRecord<Token>(token, nowMs, { usedBy: by })) };
}
