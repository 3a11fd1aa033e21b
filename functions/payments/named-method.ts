/** The payment method that a request names, and whether it may pay this payment. */
import { missingParameter, noSuchReference, refused } from '../shared/errors.ts';
import type { Body } from '../shared/ids.ts';
import type { Call, Caller } from '../shared/operation.ts';
import { billingOf } from '../shared/person.ts';
import { Conflict, type Table, type Write } from '../shared/table.ts';
import { assertUnspent } from '../vault/attachment.ts';
import {
  claimMethod,
  isTestToken,
  loadMethod,
  type MethodRecord,
  methodId,
  mintTestMethod,
  writeClaimed,
  writeMethod,
} from '../vault/method.ts';
import { customerId } from './customer.ts';
import type { PaymentsDeps } from './deps.ts';
import type { MethodData } from './params.ts';
import type { Payment } from './payment.ts';

/** An own one as stored, or one of the published test ids, still to be minted. */
export type NamedMethod =
  | { readonly record: MethodRecord }
  | { readonly token: string; readonly shown?: Pick<MethodRecord, 'billing' | 'allowRedisplay' | 'metadata'> };

/** @throws 400 resource_missing */
export async function namedMethod(
  deps: Pick<PaymentsDeps, 'table'>,
  caller: Caller,
  id: string | undefined,
): Promise<NamedMethod | undefined> {
  if (id === undefined) return undefined;
  if (!caller.livemode && isTestToken(id)) return { token: id };
  const record = await loadMethod(deps.table, caller.scope, id);
  if (!record) throw noSuchReference('PaymentMethod', id, 'payment_method');
  return { record };
}

/** The method that `payment_method_data` describes: a published token, for card numbers go to the vault. @throws 400 resource_missing */
export function describedMethod(
  { caller }: Omit<Call, 'claim'>,
  data: MethodData | undefined,
): NamedMethod | undefined {
  if (!data) return undefined;
  const token = String(data.card?.token);
  const id = token.startsWith('tok_') ? `pm_card_${token.slice('tok_'.length)}` : token;
  if (caller.livemode || !isTestToken(id)) throw noSuchReference('token', token, 'payment_method_data[card][token]');
  const details = billingOf(data.billing_details);
  return {
    token: id,
    shown: {
      metadata: data.metadata ?? {},
      ...(details && { billing: details }),
      ...(data.allow_redisplay && { allowRedisplay: data.allow_redisplay }),
    },
  };
}

/** A method's record, and what is written with whatever names it: the method itself where it is a fresh one. */
export interface SettledMethod {
  readonly record: MethodRecord;
  readonly writes: readonly Write[];
}

/** The method that is named, made if it is a published test id: every use of `pm_card_…` is a fresh method. */
export function settledMethod(call: Call, named: NamedMethod, nowMs: number): SettledMethod {
  if ('record' in named) return { ...named, writes: [] };
  const record = { ...mintTestMethod(call.caller.scope, named.token, call.claim.body, nowMs), ...named.shown };
  return { record, writes: [writeMethod(record)] };
}

/** The same for a method that is about to pay: one that is nobody's, and is kept for nobody, is taken for this payment alone. */
export function takenMethod(payment: Payment, { record, writes }: SettledMethod): readonly Write[] {
  if (record.customer !== undefined || payment.setupFutureUsage !== undefined) return writes;
  const [minted, ...others] = writes;
  return minted ? [writeClaimed(record, payment.body), ...others] : [claimMethod(record, payment.body)];
}

/**
 * Commits what names the method and, in the same transaction, what goes with it: whoever dies between a minted card and what names it
 * would leave a card that nobody finds. A minted one that is there is an earlier try's of the same request.
 * @throws Conflict of the first write, or of a method that somebody else has taken
 */
export async function commitNaming(table: Table, put: Write, writes: readonly Write[]): Promise<void> {
  try {
    await table.commit(put, ...writes);
  } catch (error) {
    if (!(error instanceof Conflict) || error.index !== 1 || writes[0]?.kind !== 'put') throw error;
    await table.commit(put);
  }
}

/**
 * A customer's method pays that customer's payments only; one that was detached, or has paid without a customer, pays nothing.
 * @throws 400 parameter_missing when the payment has no customer; 400 for another customer's, and for a spent one
 */
export function assertUsable(record: MethodRecord, customer: Body | undefined): void {
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
