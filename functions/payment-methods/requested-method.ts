/** The payment method that a request names: a stored one, or one that is made with the object that names it. */
import { noSuchReference } from '../api/errors.ts';
import type { Call, Caller } from '../api/operation.ts';
import type { WalletType } from '../channels/port/instrument.ts';
import type { Table, Write } from '../table/table.ts';
import {
  type CardRecord,
  isTestToken,
  loadMethod,
  type MethodDetails,
  type MethodRecord,
  mintTestMethod,
  walletMethod,
} from './method.ts';
import { writeMethod } from './store.ts';
import { requestedToken, spendToken, type Token } from './token.ts';

interface Reader {
  readonly table: Table;
}

interface NewMethodDetails extends MethodDetails {
  /** Of a published test number that was typed in; others are valid until next year. */
  readonly expiry?: Pick<CardRecord['card'], 'expMonth' | 'expYear'>;
}

/** An own one as stored, or one still to be made: of a wallet, of a published test id, or of a token, which is used up by it. */
export type RequestedMethod =
  | { readonly record: MethodRecord }
  | { readonly wallet: WalletType; readonly details: NewMethodDetails }
  | { readonly token: string; readonly details?: NewMethodDetails }
  | { readonly once: Token; readonly param: string; readonly details?: NewMethodDetails };

/** @throws 400 resource_missing */
export async function requestedMethod(
  deps: Reader,
  caller: Caller,
  id: string | undefined,
): Promise<RequestedMethod | undefined> {
  if (id === undefined) return undefined;
  if (!caller.livemode && isTestToken(id)) return { token: id };
  const record = await loadMethod(deps.table, caller.scope, id);
  if (!record) throw noSuchReference('PaymentMethod', id, 'payment_method');
  return { record };
}

/** The method that a token stands for: in test mode a published one, or one that was made of a card. @throws 400 resource_missing */
export async function tokenMethod(
  { table }: Reader,
  { scope, livemode }: Caller,
  token: string,
  param: string,
): Promise<Exclude<RequestedMethod, { record: MethodRecord } | { wallet: WalletType }>> {
  const id = token.startsWith('tok_') ? `pm_card_${token.slice('tok_'.length)}` : token;
  if (!livemode && isTestToken(id)) return { token: id };
  return { once: await requestedToken(table, scope, token, param), param };
}

/** A method's record, and what is written with whatever names it: the method itself where it is a fresh one. */
export interface ResolvedMethod {
  readonly record: MethodRecord;
  readonly writes: MethodWrites;
}

/** The method, where it is made or reserved here, and the token that it is made of. */
export interface MethodWrites {
  readonly method?: Write;
  readonly token?: Write;
}

/**
 * The method that is named, made if it is not there yet: every use of `pm_card_…` is a fresh method, and that of a token its last.
 * @throws 400 token_already_used
 */
export function resolveMethod(call: Call, requested: RequestedMethod, nowMs: number): ResolvedMethod {
  if ('record' in requested) return { ...requested, writes: {} };
  if ('once' in requested) {
    const { record: base, use } = spendToken(requested.once, call.lock.objectKey, nowMs, requested.param);
    const record: MethodRecord = { ...base, ...requested.details };
    return { record, writes: { method: writeMethod(undefined, record), token: use } };
  }
  if ('wallet' in requested) {
    const record = walletMethod(call, requested.wallet, requested.details, nowMs);
    return { record, writes: { method: writeMethod(undefined, record) } };
  }
  const minted = mintTestMethod(call.caller.scope, requested.token, call.lock.objectKey, nowMs);
  const { expiry, ...details } = requested.details ?? {};
  const record = { ...minted, card: { ...minted.card, ...expiry }, ...details };
  return { record, writes: { method: writeMethod(undefined, record) } };
}
