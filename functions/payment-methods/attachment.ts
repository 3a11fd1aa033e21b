/**
 * A payment method and its customer. Attaching writes the method's next version and the membership in one transaction, on the condition
 * that the customer is there: a customer's methods are listed from the membership, strongly consistent, so what was attached is seen.
 */

import { cardError, refused } from '../api/errors.ts';
import { cursorsOf, type ListPage, loaded, pageOfWalk, rangeOf } from '../api/list.ts';
import type { ListParams } from '../api/params.ts';
import { changed } from '../api/person.ts';
import type { WalletType } from '../channels/port/instrument.ts';
import { CUSTOMER, type Customer, isActive } from '../customers/customer.ts';
import { customerWrites } from '../customers/store.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { type Behavior, testCardOf } from '../kernel/test-cards.ts';
import { keyOf, loadRecord, nextRecord, type RequestMark } from '../table/record.ts';
import { sortKeysOf, walkShards } from '../table/shards.ts';
import { absent, equal, type Key, present, type Table, type Write } from '../table/table.ts';
import { typeOf } from './facts.ts';
import { loadMethod, METHOD, type MethodRecord, methodId, renderMethod } from './method.ts';
import { writeMethod } from './store.ts';

/** Partition of a customer's payment methods. */
export const methodsOf = (scope: Scope, customer: ObjectKey): string => `${scope}#cm#${customer}`;
const memberKey = (scope: Scope, customer: ObjectKey, method: ObjectKey): Key => ({
  pk: methodsOf(scope, customer),
  sk: method,
});

/** What a list of a customer's methods may be narrowed to. */
interface MethodFilter {
  /** Any that Stripe has published; no payment method here has one of the unserved ones. */
  readonly type?: string | undefined;
  readonly allow_redisplay?: 'always' | 'limited' | 'unspecified' | undefined;
}

/** A page of a customer's payment methods, newest first; strongly consistent. @throws 400 resource_missing for an unknown cursor */
export async function listCustomerMethods(
  table: Table,
  { scope, body }: { readonly scope: Scope; readonly body: ObjectKey },
  params: ListParams & MethodFilter,
): Promise<ListPage<MethodRecord>> {
  const { allow_redisplay: wanted, type, limit } = params;
  const { after, before } = await cursorsOf(params, METHOD.object, async (id) => {
    const method = await loadMethod(table, scope, id);
    return method?.customer === body ? method : undefined;
  });
  const newestFirst = before === undefined;
  const members = walkShards(table, {
    tableName: 'payments',
    partitions: [methodsOf(scope, body)],
    range: rangeOf(params.created, after, before),
    newestFirst,
    pageSize: limit + 2,
  });
  return pageOfWalk(loaded(table, METHOD, scope, sortKeysOf(members), limit + 1), {
    limit,
    newestFirst,
    // The methods are read after the memberships: one that was detached in between is the customer's no more.
    keep: (method) =>
      method.customer === body &&
      (wanted === undefined || (method.allowRedisplay ?? 'unspecified') === wanted) &&
      (type === undefined || typeOf(method) === type),
  });
}

/** The method as the customer's, or as it is when it is the customer's already. @throws 400 for another customer's or a spent one */
export function attachedTo(
  record: MethodRecord,
  customer: ObjectKey,
  nowMs: number,
  request?: RequestMark,
): MethodRecord {
  if (record.customer === customer) return record;
  if (record.customer !== undefined) {
    throw refused('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
      payment_method: renderMethod(record, record.livemode),
    });
  }
  assertUnspent(record);
  return nextRecord(record, nowMs, { customer }, request);
}

/** @throws 400 when the method was detached, or has paid without a customer */
export function assertUnspent(record: MethodRecord): void {
  if (!record.spent) return;
  throw refused(
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
    { param: 'payment_method' },
  );
}

/** The writes of an attachment. `customer` checks that the customer is active. */
export type AttachWrites = Readonly<Record<'method' | 'membership' | 'customer', Write>>;

/** The writes that attach the method. `record` is what `attachedTo` made of `before`, as that is stored. */
export const attachWrites = (before: MethodRecord | undefined, record: MethodRecord): AttachWrites => ({
  method: writeMethod(before, record),
  membership: {
    kind: 'put',
    table: 'payments',
    item: { ...memberKey(record.scope, record.customer!, record.body), kind: 'membership' },
    when: { is: 'any', of: [absent, present] },
  },
  customer: { kind: 'check', table: 'payments', key: keyOf(CUSTOMER, record.scope, record.customer!), when: isActive },
});

/**
 * What setting a card up for later writes with the success that did it: the card is the customer's, and its owner has agreed. Nothing for
 * a card that is another's, or spent.
 */
export function setUpWrites(
  record: MethodRecord,
  customer: ObjectKey,
  nowMs: number,
  request?: RequestMark,
): Partial<AttachWrites> {
  if (record.customer === customer) {
    if (record.setUp) return {};
    return { method: writeMethod(record, nextRecord<MethodRecord>(record, nowMs, { setUp: true }, request)) };
  }
  if (record.customer !== undefined || record.spent) return {};
  return attachWrites(record, { ...attachedTo(record, customer, nowMs, request), setUp: true });
}

/** The method without its customer, for good, and the writes of that. */
export function detached(
  record: MethodRecord,
  nowMs: number,
  request?: RequestMark,
): { readonly record: MethodRecord; readonly writes: readonly [Write, Write] } {
  const { customer, ...kept } = record;
  const without = nextRecord<MethodRecord>(
    kept,
    nowMs,
    { spent: 'detached', ...(record.asSource && { detachedFrom: customer! }) },
    request,
  );
  const leave: Write = {
    kind: 'delete',
    table: 'payments',
    key: memberKey(record.scope, customer!, record.body),
    when: { is: 'any', of: [absent, present] },
  };
  return { record: without, writes: [writeMethod(record, without), leave] };
}

/**
 * The method without its customer, and the writes of that. Where it was the customer's default payment method, there is none then; where it
 * was the default source, the newest of the other cards is. On the condition that the customer is as it was read, for the method may become a
 * default meanwhile, and that the next default is.
 */
export async function detachment(
  table: Table,
  record: MethodRecord,
  nowMs: number,
  request?: RequestMark,
): Promise<{ readonly record: MethodRecord; readonly writes: readonly [Write, ...Write[]] }> {
  const { record: without, writes } = detached(record, nowMs, request);
  const customer = await loadRecord(table, CUSTOMER, record.scope, record.customer);
  if (!customer) return { record: without, writes };
  const wasMethod = customer.defaultMethod === methodId(record.body);
  const wasSource = customer.defaultSource === record.body;
  if (wasMethod || wasSource) {
    const next = wasSource ? await newestOther(table, customer, record) : undefined;
    const after = changed(customer, {
      ...(wasMethod && { defaultMethod: null }),
      ...(wasSource && { defaultSource: next?.body ?? null }),
    });
    return {
      record: without,
      writes: [
        ...writes,
        ...customerWrites(customer, nextRecord(after, nowMs, {}, request)),
        ...(next ? [unchanged(next)] : []),
      ],
    };
  }
  const key = keyOf(CUSTOMER, customer.scope, customer.body);
  return {
    record: without,
    writes: [...writes, { kind: 'check', table: 'payments', key, when: equal('v', customer.version) }],
  };
}

/** The newest card of the customer beside this one. */
async function newestOther(
  table: Table,
  customer: Customer,
  { body }: MethodRecord,
): Promise<MethodRecord | undefined> {
  const { items } = await listCustomerMethods(table, customer, { limit: 2, type: 'card' });
  return items.find((other) => other.body !== body);
}

/** Holds in a transaction while the method is as it was read. */
export const unchanged = ({ scope, body, version }: MethodRecord): Write => ({
  kind: 'check',
  table: 'payments',
  key: keyOf(METHOD, scope, body),
  when: equal('v', version),
});

const DECLINES: Readonly<
  Partial<Record<Behavior, readonly [code: string, declineCode: string | undefined, message: string]>>
> = {
  genericDecline: ['card_declined', 'generic_decline', 'Your card was declined.'],
  insufficientFunds: ['card_declined', 'insufficient_funds', 'Your card has insufficient funds.'],
  lostCard: ['card_declined', 'lost_card', 'Your card was declined.'],
  stolenCard: ['card_declined', 'stolen_card', 'Your card was declined.'],
  velocityExceeded: ['card_declined', 'card_velocity_exceeded', 'Your card was declined.'],
  expiredCard: ['expired_card', undefined, 'Your card has expired.'],
  incorrectCvc: ['incorrect_cvc', undefined, "Your card's security code is incorrect."],
  processingError: [
    'processing_error',
    undefined,
    'An error occurred while processing your card. Try again in a little bit.',
  ],
};
/** A wallet's owner approves each payment there: nothing could be charged later. */
const notAttachable = (type: WalletType) =>
  refused(`PaymentMethods of type '${type}' cannot be saved to customers.`, {
    code: 'payment_method_unsupported_type',
  });

/**
 * Test mode: cards published as declining are declined when they are attached, as Stripe's are.
 * @throws 402
 */
export function assertAttachable(record: MethodRecord): void {
  const { type } = record;
  if (type !== undefined) throw notAttachable(type);
  const { testToken } = record;
  const card = testToken === undefined ? undefined : testCardOf(testToken);
  const decline = card && DECLINES[card.behavior];
  if (!decline) return;
  const [code, declineCode, message] = decline;
  throw cardError(message, {
    code,
    ...(declineCode !== undefined && { decline_code: declineCode }),
    payment_method: renderMethod(record, false),
  });
}
