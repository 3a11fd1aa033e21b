/**
 * Deleting a customer: marked first, so that nothing more can be attached, then its payment methods are detached, by the request or,
 * when that crashed, by the janitor. No personal data remains.
 */
import { lockTimeout, noSuch } from '../../api/errors.ts';
import { lockedOut } from '../../api/lock.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { noParams } from '../../api/params.ts';
import type { ObjectKey, Scope } from '../../kernel/ids.ts';
import { detached, methodsOf } from '../../payment-methods/attachment.ts';
import { loadMethod } from '../../payment-methods/method.ts';
import { tryCommit } from '../../table/commit.ts';
import { loadRecord, nextRecord, type RequestMark, requestOf } from '../../table/record.ts';
import { CUSTOMER, type Customer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import { customerWrites } from '../store.ts';
import { answer, loadCustomer } from './reads.ts';

/** Methods taken from a customer at a time. */
const PAGE = 100;
/** Tries that find only methods that other requests are changing. */
const IDLE_ROUNDS = 3;

/**
 * Deletes a customer. Sent again, it goes on where an earlier try broke off.
 * @throws 404 resource_missing once nothing is left to do; 429 lock_timeout
 * @see https://docs.stripe.com/api/customers/delete
 */
async function remove(deps: CustomersDeps, call: Call, customer: Customer): Promise<Reply> {
  const request = requestOf(call);
  const marked = customer.status === 'deleted' ? customer : await mark(deps, customer, request);
  const left = await detachAll(deps, marked, request);
  if (marked === customer && left === 0) throw noSuch('customer', call.path.id ?? '');
  return answer(marked);
}

async function mark(deps: CustomersDeps, customer: Customer, request: RequestMark): Promise<Customer> {
  const { scope, body, version, livemode, createdMs, committedMs, invoicePrefix } = customer;
  const identity = { scope, body, version, livemode, createdMs, committedMs, invoicePrefix } as const;
  const after = nextRecord<Customer>(
    { ...identity, status: 'deleted', metadata: {}, preferredLocales: [], taxExempt: 'none' },
    deps.clock.nowMs(),
    {},
    request,
  );
  await deps.table.commit(...customerWrites(customer, after)).catch(lockedOut);
  return after;
}

/** Detaches every method of a customer that is marked as deleted; returns how many there were. @throws lock_timeout */
async function detachAll(deps: CustomersDeps, customer: Customer, request?: RequestMark): Promise<number> {
  let count = 0;
  // Not `retryRaces`: a round that detaches something is progress, and only rounds without progress count.
  for (let idle = 0; idle < IDLE_ROUNDS; ) {
    const page = await deps.table.query('payments', { pk: methodsOf(customer.scope, customer.body), limit: PAGE });
    if (page.items.length === 0) return count;
    const before = count;
    for (const { sk } of page.items) if (await detachOne(deps, customer, `pm_${sk}`, request)) count += 1;
    if (count === before) idle += 1;
  }
  throw lockTimeout();
}

/** Whether the method was the customer's, and is no more. */
async function detachOne(
  { table, clock }: CustomersDeps,
  customer: Customer,
  id: string,
  request?: RequestMark,
): Promise<boolean> {
  const record = await loadMethod(table, customer.scope, id);
  if (record?.customer !== customer.body) return false;
  return tryCommit(table, ...detached(record, clock.nowMs(), request).writes);
}

/** The janitor's recheck of a deleted customer: it detaches the remaining methods. */
export async function resolveRemoval(
  deps: CustomersDeps,
  scope: Scope,
  objectKey: ObjectKey,
): Promise<{ readonly kind: 'done' }> {
  const customer = await loadRecord(deps.table, CUSTOMER, scope, objectKey);
  if (customer?.status === 'deleted') await detachAll(deps, customer);
  return { kind: 'done' };
}

export const deleteCustomer: Operation<CustomersDeps, object, Customer> = {
  method: 'DELETE',
  path: '/v1/customers/{id}',
  params: noParams,
  returns: { object: 'customer' },
  read: loadCustomer,
  run: remove,
};
