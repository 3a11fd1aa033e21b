/** Charges: a view of the payments' attempts. Retrieved from the payment; listed by the events that announced them (ADR 0007). */

import { announcedCharges, chargePartition } from '../notifications/store.ts';
import { listByToken } from '../search/list.ts';
import { noSuch, noSuchReference } from '../shared/errors.ts';
import { type Body, chargeIdOf, shardsOf, timeText } from '../shared/ids.ts';
import { listShards, pageOf } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { renderCharge } from './charge-wire.ts';
import { customerById } from './customer.ts';
import type { PaymentsDeps } from './deps.ts';
import { type ChargeListParams, chargeListParams, retrieveParams } from './params.ts';
import { type Attempt, hasCharge, type Payment } from './payment.ts';
import { PAYMENT, paymentById, paymentKey, paymentOf, paymentOfCharge } from './store.ts';
import { intentId } from './wire.ts';

interface Found {
  readonly payment: Payment;
  readonly ordinal: number;
}

async function find(deps: PaymentsDeps, call: Omit<Call, 'claim'>, id: string): Promise<Found | undefined> {
  const found = await paymentOfCharge(deps.table, call.caller.scope, id);
  const attempt = found?.payment.attempts.find((candidate) => candidate.ordinal === found.ordinal);
  return found && attempt && hasCharge(attempt) ? found : undefined;
}

/** The charge that the path names. @throws 404 resource_missing */
export async function loadCharge(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<Found> {
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
    createdSecondsOf: ({ createdMs, settledMs = createdMs }) => Math.floor(settledMs / 1000),
  });
  return { data: page.items.map(({ ordinal }) => renderCharge(payment, ordinal)), hasMore: page.hasMore };
}

/** Payments of a customer that are read at a time; each has at most 30 charges, nearly always one. */
const LINKED = 30;

interface Charged {
  readonly payment: Payment;
  readonly attempt: Attempt;
}
const chargesIn = (payment: Payment): readonly Charged[] =>
  payment.attempts
    .filter(hasCharge)
    .reverse()
    .map((attempt) => ({ payment, attempt }));

/** The charges of one customer: those of its payments, newest payment first. Read from the cursor on, and no further than the page needs. */
async function listOfCustomer(deps: PaymentsDeps, call: Call<ChargeListParams>, id: string): Promise<ChargePage> {
  const { scope } = call.caller;
  const token = ['customer', id] as const;
  const { starting_after: behind, ending_before: until, limit } = call.params;
  const customer = await customerById(deps.table, scope, id);
  if (!customer) throw noSuchReference('customer', id, 'customer');
  const start = behind === undefined ? undefined : await find(deps, call, behind);
  const charges = start ? [...chargesIn(start.payment)] : [];
  let after = start && intentId(start.payment);
  for (;;) {
    const page = await listByToken(deps.table, PAYMENT, call.caller, token, {
      limit: LINKED,
      ...(after !== undefined && { starting_after: after }),
    });
    charges.push(...page.items.flatMap(chargesIn));
    const last = page.items.at(-1);
    const enough =
      until === undefined
        ? charges.length > limit + LINKED
        : charges.some(({ payment, attempt }) => chargeIdOf(payment.body, attempt.ordinal) === until);
    if (!page.hasMore || !last || enough) break;
    after = intentId(last);
  }
  const page = pageOf(charges, {
    params: call.params,
    object: 'charge',
    idOf: ({ payment, attempt }) => chargeIdOf(payment.body, attempt.ordinal),
    createdSecondsOf: ({ attempt: { createdMs, settledMs = createdMs } }) => Math.floor(settledMs / 1000),
  });
  return {
    data: page.items.map(({ payment, attempt }) => renderCharge(payment, attempt.ordinal)),
    hasMore: page.hasMore,
  };
}

/** Where the charge was announced: the sort key of that event begins with it. */
async function announcedAt(
  deps: PaymentsDeps,
  call: Call<ChargeListParams>,
  param: 'starting_after' | 'ending_before',
): Promise<string | undefined> {
  const id = call.params[param];
  if (id === undefined) return undefined;
  const found = await find(deps, call, id);
  if (!found) throw noSuchReference('charge', id, param);
  const attempt = found.payment.attempts.find((candidate) => candidate.ordinal === found.ordinal)!;
  return `${timeText(attempt.settledMs ?? attempt.createdMs)}${found.payment.body.slice(8)}`;
}

async function listAll(deps: PaymentsDeps, call: Call<ChargeListParams>): Promise<ChargePage> {
  const { caller, params } = call;
  const [after, before] = await Promise.all([
    announcedAt(deps, call, 'starting_after'),
    announcedAt(deps, call, 'ending_before'),
  ]);
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
    decode: announcedCharges,
    keep: (announced) => announced.length > 0,
  });
  const charges = page.items.flat();
  const loaded = await deps.table.getMany(
    [...new Set(charges.map(({ payment }) => payment))].map((body) => ({
      table: 'payments' as const,
      key: paymentKey(caller.scope, body),
    })),
  );
  const payments = new Map<Body, Payment>(
    loaded.flatMap((item) => (item ? [[paymentOf(item).body, paymentOf(item)] as const] : [])),
  );
  return {
    data: charges.flatMap(({ payment, ordinal }) => {
      const found = payments.get(payment);
      return found ? [renderCharge(found, ordinal)] : [];
    }),
    hasMore: page.hasMore,
  };
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
