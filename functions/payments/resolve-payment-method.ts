/** The payment method that a request names, and whether it may pay this payment. */
import { missingParameter, noSuchReference, refused } from '../api/errors.ts';
import { assertWritten } from '../api/lock.ts';
import type { Call, Caller } from '../api/operation.ts';
import { billingOf } from '../api/person.ts';
import type { WalletType } from '../channels/port/instrument.ts';
import { customerId } from '../customers/customer.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { assertUnspent } from '../payment-methods/attachment.ts';
import {
  type CardRecord,
  isTestToken,
  loadMethod,
  type MethodDetails,
  type MethodRecord,
  methodId,
  mintTestMethod,
  walletMethod,
} from '../payment-methods/method.ts';
import { reserveMethod, writeMethod, writeReserved } from '../payment-methods/store.ts';
import { requestedToken, spendToken, type Token } from '../payment-methods/token.ts';
import { commitNamed, type NamedConflict } from '../table/commit.ts';
import type { Table, Write } from '../table/table.ts';
import type { PaymentsDeps } from './deps.ts';
import type { MethodData } from './params.ts';
import type { Payment } from './payment.ts';

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
  deps: Pick<PaymentsDeps, 'table'>,
  caller: Caller,
  id: string | undefined,
): Promise<RequestedMethod | undefined> {
  if (id === undefined) return undefined;
  if (!caller.livemode && isTestToken(id)) return { token: id };
  const record = await loadMethod(deps.table, caller.scope, id);
  if (!record) throw noSuchReference('PaymentMethod', id, 'payment_method');
  return { record };
}

/** What a request says of the method: which one, or what to make it of. */
interface MethodParams {
  readonly payment_method?: string | undefined;
  readonly payment_method_data?: MethodData | undefined;
}

/**
 * The method that is named, or that `payment_method_data` describes: a wallet, or a card by its token, for card numbers go to the vault.
 * @throws 400 resource_missing
 */
export async function chosenMethod(
  deps: Pick<PaymentsDeps, 'table'>,
  { caller }: Omit<Call, 'lock'>,
  { payment_method: method, payment_method_data: data }: MethodParams,
): Promise<RequestedMethod | undefined> {
  if (!data) return requestedMethod(deps, caller, method);
  const billing = billingOf(data.billing_details);
  const details = {
    metadata: data.metadata ?? {},
    ...(billing && { billing }),
    ...(data.allow_redisplay && { allowRedisplay: data.allow_redisplay }),
  };
  if (data.type !== 'card') return { wallet: data.type, details };
  return {
    ...(await tokenMethod(deps, caller, String(data.card?.token), 'payment_method_data[card][token]')),
    details,
  };
}

/** The method that a token stands for: in test mode a published one, or one that was made of a card. @throws 400 resource_missing */
export async function tokenMethod(
  { table }: Pick<PaymentsDeps, 'table'>,
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

/** The same for a method that is about to pay: one without a customer that is not saved for one is reserved for this payment. */
export function reservedMethod(payment: Payment, { record, writes }: ResolvedMethod): MethodWrites {
  if (record.customer !== undefined || payment.setupFutureUsage !== undefined) return writes;
  return { ...writes, method: writes.method ? writeReserved(record, payment) : reserveMethod(record, payment) };
}

/** The transaction of an aggregate that names a method: without the method, a crash would leave one that no aggregate names. */
export interface NamingWrites extends MethodWrites {
  readonly object: Write;
}

export const namingWrites = (object: Write, { method, token }: MethodWrites = {}): NamingWrites => ({
  object,
  ...(method && { method }),
  ...(token && { token }),
});

/** After a conflict: an existing minted method belongs to an earlier try of the same request, so the aggregate is written alone. */
export const withoutMinted = (
  { on }: NamedConflict<keyof NamingWrites>,
  { object, method }: NamingWrites,
): NamingWrites | undefined => (on === 'method' && method?.kind === 'put' ? { object } : undefined);

/** Commits an aggregate that names a method, for an operation that cannot go on after a conflict. @throws lock_timeout */
export const commitNaming = async (table: Table, object: Write, writes?: MethodWrites): Promise<void> =>
  assertWritten(await commitNamed(table, namingWrites(object, writes), withoutMinted));

/**
 * A customer's method pays that customer's payments only; one that was detached, or has paid without a customer, pays nothing.
 * @throws 400 parameter_missing when the payment has no customer; 400 for another customer's, and for a spent one
 */
export function assertUsable(record: MethodRecord, customer: ObjectKey | undefined): void {
  assertUnspent(record);
  if (record.customer === undefined || record.customer === customer) return;
  const id = methodId(record.body);
  if (customer === undefined) {
    const { body } = missingParameter('customer');
    throw refused(
      `The payment method supplied (${id}) belongs to a Customer. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`,
      { code: body.code!, param: 'customer' },
    );
  }
  throw refused(
    `The payment method supplied (${id}) does not belong to the Customer you supplied (${customerId(customer)}), but instead belongs to another Customer. Please use this payment method with the Customer that it belongs to instead.`,
    { code: 'resource_missing', param: 'payment_method' },
  );
}
