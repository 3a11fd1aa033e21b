/** Payment methods once they are made: list, update, attach, detach. No card number passes here. */

import { invalidParameter, lockTimeout, missingParameter, noSuch, noSuchReference, refused } from '../api/errors.ts';
import { listBody } from '../api/list.ts';
import { lockedOut } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata } from '../api/params.ts';
import { billingAfter } from '../api/person.ts';
import { customerById } from '../customers/customer.ts';
import { type ObjectKey, objectKeyOf } from '../kernel/ids.ts';
import {
  assertAttachable,
  attachedTo,
  attachWrites,
  detachment,
  listCustomerMethods,
} from '../payment-methods/attachment.ts';
import {
  type CardRecord,
  isTestToken,
  loadMethod,
  type MethodRecord,
  mintTestMethod,
  renderMethod,
} from '../payment-methods/method.ts';
import { writeMethod } from '../payment-methods/store.ts';
import { commitNamed } from '../table/commit.ts';
import { nextRecord, requestOf } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import type { VaultDeps } from './deps.ts';
import {
  type AttachParams,
  attachParams,
  type MethodListParams,
  methodListParams,
  retrieveParams,
  type UpdateParams,
  updateParams,
} from './params.ts';
import { renewCard } from './store.ts';

const returns = { object: 'payment_method' };
const one = '/v1/payment_methods/{id}';

export const answer = (record: MethodRecord): Reply => ({ status: 200, body: renderMethod(record, record.livemode) });

/** The method that the path names. @throws 404 resource_missing */
export async function methodByPath(deps: VaultDeps, call: Omit<Call, 'lock'>): Promise<MethodRecord> {
  const id = call.path.id ?? '';
  const record = await loadMethod(deps.table, call.caller.scope, id);
  if (!record) throw noSuch('PaymentMethod', id, 'payment_method');
  return record;
}

/**
 * A customer's payment methods; without a customer there is nothing to list, as with Stripe.
 * @see https://docs.stripe.com/api/payment_methods/list
 */
async function list(deps: VaultDeps, call: Call<MethodListParams>): Promise<Reply> {
  const { caller, params } = call;
  const url = '/v1/payment_methods';
  if (params.customer === undefined) return { status: 200, body: listBody({ items: [], hasMore: false }, url, Object) };
  const customer = await customerById(deps.table, caller.scope, params.customer);
  if (customer?.status !== 'active') throw noSuchReference('customer', params.customer, 'customer');
  const page = await listCustomerMethods(deps.table, customer, params);
  return { status: 200, body: listBody(page, url, (method) => renderMethod(method, method.livemode)) };
}

/**
 * Changes a saved method: the holder's details, leaf by leaf, and the expiry, for the vault too, which sends it to the
 * channel.
 * @throws 400 for one that is not attached, invalid_expiry_month, invalid_expiry_year; 429 lock_timeout
 * @see https://docs.stripe.com/api/payment_methods/update
 */
async function update(deps: VaultDeps, call: Call<UpdateParams>, record: MethodRecord): Promise<Reply> {
  const { params } = call;
  if (record.customer === undefined) {
    throw refused('You must save this PaymentMethod to a customer before you can update it.', {
      code: 'payment_method_unexpected_state',
    });
  }
  const { exp_month: month, exp_year: year } = params.card ?? {};
  if (record.type !== undefined) {
    throw refused(`A PaymentMethod of type \`${record.type}\` cannot be updated.`, { param: 'card' });
  }
  const expMonth = month === undefined ? record.card.expMonth : Number(month);
  const expYear = year === undefined ? record.card.expYear : Number(year);
  // A card that has expired is still the customer's: only a new day is judged.
  if (params.card !== undefined) assertExpiry(expMonth, expYear, deps.clock.nowMs());
  const { billing: known, changedAsSource: _, ...kept } = record;
  const details = billingAfter(known, params.billing_details ?? {});
  const after = nextRecord<MethodRecord>(
    { ...kept, ...(details && { billing: details }) },
    deps.clock.nowMs(),
    {
      card: { ...record.card, expMonth, expYear },
      ...(params.allow_redisplay && { allowRedisplay: params.allow_redisplay }),
      ...(params.metadata !== undefined && { metadata: changedMetadata(record.metadata, params.metadata) }),
    },
    requestOf(call),
  );
  const renewed = params.card !== undefined && record.source.kind === 'vault';
  await commit(
    deps,
    writeMethod(record, after),
    ...(renewed ? [renewCard(record.scope, vaultKeyOf(record), { expMonth, expYear })] : []),
  );
  return answer(after);
}

/** Under which object key the vault has the method's card: its own, or that of the token that it was made of. */
const vaultKeyOf = ({ body, source }: CardRecord): ObjectKey =>
  (source.kind === 'vault' && objectKeyOf(source.paymentMethod, 'pm')) || body;

function assertExpiry(month: number, year: number, nowMs: number): void {
  const now = new Date(nowMs);
  const [thisYear, thisMonth] = [now.getUTCFullYear(), now.getUTCMonth() + 1];
  if (month < 1 || month > 12)
    throw invalidParameter("Your card's expiration month is invalid.", {
      code: 'invalid_expiry_month',
      param: 'card[exp_month]',
    });
  if (year < thisYear || year > thisYear + 50 || (year === thisYear && month < thisMonth))
    throw invalidParameter("Your card's expiration year is invalid.", {
      code: 'invalid_expiry_year',
      param: 'card[exp_year]',
    });
}

async function commit(deps: VaultDeps, ...writes: readonly [Write, ...Write[]]): Promise<void> {
  await deps.table.commit(...writes).catch(lockedOut);
}

/**
 * Saves the payment method for a customer. A published test id is minted first, under this request's own id.
 * @throws 400 resource_missing, payment_method_unexpected_state; 402 when the card cannot be attached
 * @see https://docs.stripe.com/api/payment_methods/attach
 */
async function attach(deps: VaultDeps, call: Call<AttachParams>): Promise<Reply> {
  const { caller, params } = call;
  const id = call.path.id ?? '';
  const found = !caller.livemode && isTestToken(id) ? undefined : await methodByPath(deps, call);
  if (params.customer === undefined) throw missingParameter('customer');
  const customer = await customerById(deps.table, caller.scope, params.customer);
  if (customer?.status !== 'active') throw noSuchReference('customer', params.customer, 'customer');
  const record = found ?? (await minted(deps, call, id));
  assertAttachable(record);
  // Attached before, by an earlier try of this request or by another request: no work is left.
  if (record.customer === customer.body) return answer(record);
  const attached = attachedTo(record, customer.body, deps.clock.nowMs(), requestOf(call));
  if (await commitNamed(deps.table, attachWrites(record, attached))) throw lockTimeout();
  return answer(attached);
}

/** The method of a published test id under this request's own id: the one that an earlier try made, or a fresh one. */
async function minted(deps: VaultDeps, { caller, lock }: Call, token: string): Promise<MethodRecord> {
  const earlier = await loadMethod(deps.table, caller.scope, `pm_${lock.objectKey}`);
  if (earlier) return earlier;
  const made = mintTestMethod(caller.scope, token, lock.objectKey, deps.clock.nowMs());
  assertAttachable(made);
  await commit(deps, writeMethod(undefined, made));
  return made;
}

/**
 * Takes the payment method from its customer, for good: it cannot be used or attached again.
 * @throws 400 when it is not attached
 * @see https://docs.stripe.com/api/payment_methods/detach
 */
async function detach(deps: VaultDeps, call: Call, record: MethodRecord): Promise<Reply> {
  if (record.customer === undefined) {
    // A retry of a crashed request finds its own work done.
    if (call.lock.resumed && record.spent === 'detached') return answer(record);
    throw refused('The payment method you provided is not attached to a customer so detachment is impossible.', {
      code: 'payment_method_unexpected_state',
    });
  }
  const { record: after, writes } = await detachment(deps.table, record, deps.clock.nowMs(), requestOf(call));
  await commit(deps, ...writes);
  return answer(after);
}

export const listMethods: Operation<VaultDeps, MethodListParams> = {
  method: 'GET',
  path: '/v1/payment_methods',
  params: methodListParams,
  returns: { ...returns, list: true },
  run: list,
};
export const updateMethod: Operation<VaultDeps, UpdateParams, MethodRecord> = {
  method: 'POST',
  path: one,
  params: updateParams,
  returns,
  read: methodByPath,
  run: update,
};
export const attachMethod: Operation<VaultDeps, AttachParams> = {
  method: 'POST',
  path: `${one}/attach`,
  params: attachParams,
  returns,
  run: attach,
};
export const detachMethod: Operation<VaultDeps, Record<string, never>, MethodRecord> = {
  method: 'POST',
  path: `${one}/detach`,
  params: retrieveParams,
  returns,
  read: methodByPath,
  run: detach,
};
