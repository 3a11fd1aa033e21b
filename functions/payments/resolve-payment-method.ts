/** The payment method that a request names, and whether it may pay this payment. */
import { missingParameter, refused } from '../api/errors.ts';
import { assertWritten } from '../api/lock.ts';
import type { Call } from '../api/operation.ts';
import { billingOf } from '../api/person.ts';
import { customerId } from '../customers/customer.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { assertUnspent } from '../payment-methods/attachment.ts';
import { type MethodRecord, methodId } from '../payment-methods/method.ts';
import {
  type MethodWrites,
  type RequestedMethod,
  type ResolvedMethod,
  requestedMethod,
  tokenMethod,
} from '../payment-methods/requested-method.ts';
import { requestedSource } from '../payment-methods/requested-source.ts';
import { reserveMethod, writeReserved } from '../payment-methods/store.ts';
import { commitNamed, type NamedConflict } from '../table/commit.ts';
import type { Table, Write } from '../table/table.ts';
import type { PaymentsDeps } from './deps.ts';
import type { MethodData } from './params.ts';
import type { Payment } from './payment.ts';

/** What a request says of the method: which one, or what to make it of. */
interface MethodParams {
  readonly payment_method?: string | undefined;
  readonly payment_method_data?: MethodData | undefined;
  /** The older name of `payment_method`, which may be a token too. */
  readonly source?: string | undefined;
}

/**
 * The method that is named, or that `payment_method_data` describes: a wallet, or a card by its token, for card numbers go to the vault.
 * @throws 400 resource_missing
 */
export async function chosenMethod(
  deps: Pick<PaymentsDeps, 'table' | 'clock'>,
  { caller }: Omit<Call, 'lock'>,
  { payment_method: method, payment_method_data: data, source }: MethodParams,
): Promise<RequestedMethod | undefined> {
  if (source !== undefined)
    return requestedSource(deps, caller, { value: source, param: 'source' }, deps.clock.nowMs());
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
