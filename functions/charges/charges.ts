/** Charges: a view of the payments' attempts. Retrieved from the payment; listed by the events that announced them (ADR 0007). */

import { bothCursors, noSuch, noSuchReference } from '../api/errors.ts';
import { listShards, pageOf, pageOfWalk, rangeOf } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { isWithin } from '../api/params.ts';
import { customerById } from '../customers/customer.ts';
import { chargeIdOf, shardsOf, timeText } from '../kernel/ids.ts';
import { paymentsAhead } from '../payments/ahead.ts';
import { announcedCharges, chargePartition } from '../payments/announced.ts';
import { type Attempt, chargedMs, hasCharge } from '../payments/attempt.ts';
import { renderCharge } from '../payments/charge-wire.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type ChargeListParams, chargeListParams, retrieveParams } from '../payments/params.ts';
import type { Payment } from '../payments/payment.ts';
import { PAYMENT, paymentById, paymentOfCharge } from '../payments/store.ts';
import { walkToken } from '../search/index/list.ts';
import { loadRecords } from '../table/record.ts';

interface Found {
  readonly payment: Payment;
  readonly ordinal: number;
}

async function find(deps: PaymentsDeps, call: Omit<Call, 'lock'>, id: string): Promise<Found | undefined> {
  const found = await paymentOfCharge(deps.table, call.caller.scope, id);
  const attempt = found?.payment.attempts.find((candidate) => candidate.ordinal === found.ordinal);
  return found && attempt && hasCharge(attempt) ? found : undefined;
}

/** The charge that the path names. @throws 404 resource_missing */
export async function loadCharge(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<Found> {
  const id = call.path.id ?? '';
  const found = await find(deps, call, id);
  if (!found) throw noSuch('charge', id);
  return found;
}

/** @see https://docs.stripe.com/api/charges/list */
async function list(deps: PaymentsDeps, call: Call<ChargeListParams>): Promise<Reply> {
  const { params } = call;
  const page =
    params.payment_intent !== undefined
      ? await listOfPayment(deps, call, params.payment_intent)
      : params.customer !== undefined
        ? await listOfCustomer(deps, call, params.customer)
        : await listAll(deps, call);
  return { status: 200, body: { object: 'list', data: page.data, has_more: page.hasMore, url: '/v1/charges' } };
}

interface ChargePage {
  readonly data: readonly object[];
  readonly hasMore: boolean;
}

/** The charges of one payment: all of them are in it. */
async function listOfPayment(deps: PaymentsDeps, call: Call<ChargeListParams>, intent: string): Promise<ChargePage> {
  const payment = await paymentById(deps.table, call.caller.scope, intent);
  if (!payment) throw noSuchReference('payment_intent', intent, 'payment_intent');
  const page = pageOf(payment.attempts.filter(hasCharge).reverse(), {
    params: call.params,
    object: 'charge',
    idOf: ({ ordinal }) => chargeIdOf(payment.body, ordinal),
    createdSecondsOf,
  });
  return { data: page.items.map(({ ordinal }) => renderCharge(payment, ordinal)), hasMore: page.hasMore };
}

interface Charged {
  readonly payment: Payment;
  readonly attempt: Attempt;
}
const chargesIn = (payment: Payment): readonly Charged[] =>
  payment.attempts
    .filter(hasCharge)
    .reverse()
    .map((attempt) => ({ payment, attempt }));
const createdSecondsOf = (attempt: Attempt): number => Math.floor(chargedMs(attempt) / 1000);

/** The charges of one customer: those of its payments, newest payment first. Read from the cursor on, and no further than the page needs. */
async function listOfCustomer(deps: PaymentsDeps, call: Call<ChargeListParams>, id: string): Promise<ChargePage> {
  const { caller, params } = call;
  const { created = {}, limit } = params;
  const [customer, after, before] = await Promise.all([
    customerById(deps.table, caller.scope, id),
    cursorOf(deps, call, 'starting_after'),
    cursorOf(deps, call, 'ending_before'),
  ]);
  if (!customer) throw noSuchReference('customer', id, 'customer');
  if (after && before) throw bothCursors();
  const newestFirst = before === undefined;
  // A charge is never older than its payment. Of the cursor's own payment there may be more on either side of it.
  const { gte: _gte, gt: _gt, ...until } = created;
  const { from, to } = rangeOf(until, after && `${after.payment.body}~`, before?.payment.body);
  const ahead = await paymentsAhead(deps, caller, to);
  const payments = walkToken(deps.table, PAYMENT, caller, ['customer', id], {
    range: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
    newestFirst,
    limit,
    ahead: ahead.filter((payment) => payment.customer === customer.body).map(({ body }) => body),
  });
  const isBehind = ({ payment: { body }, attempt: { ordinal } }: Charged): boolean =>
    (body !== after?.payment.body || ordinal < after.ordinal) &&
    (body !== before?.payment.body || ordinal > before.ordinal);
  const page = await pageOfWalk(chargesOf(payments, newestFirst), {
    limit,
    newestFirst,
    keep: (charged) =>
      charged.payment.customer === customer.body &&
      isBehind(charged) &&
      isWithin(created, createdSecondsOf(charged.attempt)),
  });
  return {
    data: page.items.map(({ payment, attempt }) => renderCharge(payment, attempt.ordinal)),
    hasMore: page.hasMore,
  };
}

async function* chargesOf(payments: AsyncIterable<Payment>, newestFirst: boolean): AsyncGenerator<Charged> {
  for await (const payment of payments) yield* newestFirst ? chargesIn(payment) : chargesIn(payment).toReversed();
}

/** The charge that a cursor names. @throws 400 resource_missing */
async function cursorOf(
  deps: PaymentsDeps,
  call: Call<ChargeListParams>,
  param: 'starting_after' | 'ending_before',
): Promise<Found | undefined> {
  const id = call.params[param];
  if (id === undefined) return undefined;
  const found = await find(deps, call, id);
  if (!found) throw noSuchReference('charge', id, param);
  return found;
}

/** Where the charge was announced: the sort key of that event begins with it. */
async function announcedAt(
  deps: PaymentsDeps,
  call: Call<ChargeListParams>,
  param: 'starting_after' | 'ending_before',
): Promise<string | undefined> {
  const found = await cursorOf(deps, call, param);
  if (!found) return undefined;
  const attempt = found.payment.attempts.find((candidate) => candidate.ordinal === found.ordinal)!;
  return placeOf(found.payment, attempt);
}

/** The sort key of the event that announced the charge begins with this. */
const placeOf = ({ body }: Payment, attempt: Attempt): string => `${timeText(chargedMs(attempt))}${body.slice(8)}`;
const PLACE_LENGTH = 21;

/** Charges that may not be announced yet, as the list shows them, by their places. */
function announcedAhead(payments: readonly Payment[]): ReadonlyMap<string, ReturnType<typeof announcedCharges>> {
  const charges = payments.flatMap(chargesIn);
  const byPlace = new Map<string, ReturnType<typeof announcedCharges>>();
  for (const { payment, attempt } of charges) {
    const place = placeOf(payment, attempt);
    const one = { payment: payment.body, ordinal: attempt.ordinal, atMs: chargedMs(attempt) };
    byPlace.set(place, [...(byPlace.get(place) ?? []), one]);
  }
  return byPlace;
}

async function listAll(deps: PaymentsDeps, call: Call<ChargeListParams>): Promise<ChargePage> {
  const { caller, params } = call;
  const [after, before] = await Promise.all([
    announcedAt(deps, call, 'starting_after'),
    announcedAt(deps, call, 'ending_before'),
  ]);
  const newest = rangeOf(params.created, after, undefined).to;
  const ahead = announcedAhead(await paymentsAhead(deps, caller, newest));
  const page = await listShards(deps.table, {
    tableName: 'events',
    partitions: shardsOf(caller.settings.shards).map((shard) => chargePartition(caller.scope, shard)),
    params: {
      limit: params.limit,
      ...(params.created && { created: params.created }),
      ...(after !== undefined && { starting_after: after }),
      // Behind every key that begins with it.
      ...(before !== undefined && { ending_before: `${before}~` }),
    },
    skOf: (position) => position,
    exists: async () => true,
    object: 'charge',
    ahead: { places: [...ahead.keys()], placeLength: PLACE_LENGTH },
    decode: (item): Announcement => ({ announced: ahead.get(item.sk) ?? announcedCharges(item), charges: [] }),
    refine: (announcements) => chargesAnnounced(deps, call, announcements),
  });
  return {
    data: page.items
      .flatMap(({ charges }) => charges)
      .map(({ payment, attempt }) => renderCharge(payment, attempt.ordinal)),
    hasMore: page.hasMore,
  };
}

/** An event that lists charges, and the charges as they are now. */
interface Announcement {
  readonly announced: ReturnType<typeof announcedCharges>;
  readonly charges: readonly Charged[];
}

/**
 * The announcements with their charges; those that list none are left out. A charge is listed where it says that it was made: version 0.1
 * announced a declined charge a second time when it was captured after all.
 */
async function chargesAnnounced(
  { table }: PaymentsDeps,
  { caller }: Call<ChargeListParams>,
  announcements: readonly Announcement[],
): Promise<readonly Announcement[]> {
  const objectKeys = [...new Set(announcements.flatMap(({ announced }) => announced.map(({ payment }) => payment)))];
  const loaded = await loadRecords(table, PAYMENT, caller.scope, objectKeys);
  const payments = new Map(loaded.map((payment) => [payment.body, payment]));
  const chargesOf = ({ announced }: Announcement) =>
    announced.flatMap(({ payment: body, ordinal, atMs }): Charged[] => {
      const payment = payments.get(body);
      const attempt = payment?.attempts.find((candidate) => candidate.ordinal === ordinal);
      return payment && attempt && chargedMs(attempt) === atMs ? [{ payment, attempt }] : [];
    });
  return announcements
    .map((announcement): Announcement => ({ ...announcement, charges: chargesOf(announcement) }))
    .filter(({ charges }) => charges.length > 0);
}

const returns = { object: 'charge' };

export const listCharges: Operation<PaymentsDeps, ChargeListParams> = {
  method: 'GET',
  path: '/v1/charges',
  params: chargeListParams,
  returns: { ...returns, list: true },
  run: list,
};

export const retrieveCharge: Operation<PaymentsDeps, object, Found> = {
  method: 'GET',
  path: '/v1/charges/{id}',
  params: retrieveParams,
  returns,
  read: loadCharge,
  run: async (_deps, _call, { payment, ordinal }) => ({ status: 200, body: renderCharge(payment, ordinal) }),
};
