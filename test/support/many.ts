/**
 * A busy merchant: so many payments of one customer, each with all that the product keeps of it, and a tenth as many of everything else.
 * Stored through the product's own writers, without their requests. Objects with the same number are the same, however many there are.
 */

import { capturedEntry } from '../../functions/ledger/posting.ts';
import { journalPut } from '../../functions/ledger/store.ts';
import { putSubtotal } from '../../functions/ledger/subtotal.ts';
import { failureKey, putFailure } from '../../functions/notifications/failures.ts';
import { eventTypesOf, newTokens } from '../../functions/notifications/projections.ts';
import { type Endpoint, eventKey, putEvents } from '../../functions/notifications/store.ts';
import { type Customer, customerWrites } from '../../functions/payments/customer.ts';
import type { Dispute } from '../../functions/payments/dispute.ts';
import type { Payment, Refund } from '../../functions/payments/payment.ts';
import { SETUP_INTENT, type SetupIntent } from '../../functions/payments/setup-intent.ts';
import { putDispute, putPayment, putRefund } from '../../functions/payments/store.ts';
import { putReview, reviewOf } from '../../functions/risk/review.ts';
import { putToken } from '../../functions/search/tokens.ts';
import { type Payout, putPayout } from '../../functions/settlement/payout.ts';
import { type Attributes, attributesOf } from '../../functions/shared/dynamo-item.ts';
import type { ChannelReference } from '../../functions/shared/ids.ts';
import { type Body, base62, fromBase62, timeText } from '../../functions/shared/ids.ts';
import { putRecord, recordOf } from '../../functions/shared/record.ts';
import type { TableName, Write } from '../../functions/shared/table.ts';
import { attachWrites } from '../../functions/vault/attachment.ts';
import { METHOD, type MethodRecord } from '../../functions/vault/method.ts';
import { makeAvailable } from './funds.ts';
import { PAID } from './memory-bank.ts';
import { type Simulation, simulate } from './simulation.ts';

const PAY = { amount: '10000', currency: 'usd', confirm: 'true', 'metadata[shop]': 'north' };
const QUARTER_MS = 15 * 60_000;
/** Between one object and the next, which is older. */
const [STEP_MS, LONG_STEP_MS] = [1_000, 60_000];
/** So many have a document of their own; the older ones have theirs. */
const OWN = 600;

/** One of everything, made by requests. */
export interface Busy {
  readonly sim: Simulation;
  readonly ids: Readonly<Record<string, string>>;
}

async function oneOfEach(sim: Simulation): Promise<Busy['ids']> {
  const post = async (path: string, params: Record<string, string>): Promise<string> => {
    const { status, body } = await sim.request('POST', path, params, `at ${sim.world.clock.nowMs()}`);
    if (status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`);
    sim.move(10);
    return String(body.id);
  };
  const endpoint = await post('/v1/webhook_endpoints', {
    url: 'http://127.0.0.1:9/',
    'enabled_events[]': 'payout.paid',
  });
  const customer = await post('/v1/customers', { email: 'payer@example.com', payment_method: 'pm_card_visa' });
  const settled = await post('/v1/payment_intents', { ...PAY, customer, payment_method: 'pm_card_visa' });
  sim.bank.answer = PAID;
  await sim.settle();
  await makeAvailable(sim.world, sim.scope);
  sim.move(60_000);
  const payment = await post('/v1/payment_intents', { ...PAY, customer, payment_method: 'pm_card_riskLevelElevated' });
  const refund = await post('/v1/refunds', { payment_intent: payment, amount: '100' });
  const setup = await post('/v1/setup_intents', {
    customer,
    payment_method: 'pm_card_visa',
    confirm: 'true',
    'mandate_data[customer_acceptance][type]': 'offline',
  });
  await post('/v1/payment_intents', { ...PAY, customer, payment_method: 'pm_card_visa' });
  sim.channel.openDispute([...sim.channel.charges.keys()].at(-1) as ChannelReference, 'chargeback', 10_000n);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const first = async (path: string): Promise<string> =>
    ((await sim.request('GET', path)).body.data as { id: string }[])[0]!.id;
  const shown = await sim.request('GET', `/v1/setup_intents/${setup}`);
  return {
    endpoint,
    customer,
    settled,
    payment,
    refund,
    setup,
    mandate: String(shown.body.mandate),
    method: await first(`/v1/customers/${customer}/payment_methods`),
    charge: await first(`/v1/charges?payment_intent=${payment}`),
    dispute: await first('/v1/disputes'),
    review: await first('/v1/reviews'),
    payout: await first('/v1/payouts'),
    event: await first('/v1/events'),
    transaction: await first('/v1/balance_transactions'),
  };
}

/** Tokens that the test's searches and lists are led by. */
const SEARCHED = ['customer', 'metadata.shop', 'payment_method_details.card.last4'];

type Put = Extract<Write, { kind: 'put' }>;

/** The `n`-th newest of a family: its name is all that tells it from the others. */
const bodyAt = (ms: number, family: number, n: number): Body =>
  `${timeText(ms)}${n % 4}${family}${base62(n, 13)}` as Body;

export async function busyMerchant(payments: number): Promise<Busy> {
  const sim = await simulate();
  const ids = await oneOfEach(sim);
  const { table, clock } = sim.world;
  // What was made by requests is settled and old; the many are of the open period.
  sim.move(10 * 24 * 3_600_000);
  const beginMs = clock.nowMs() - QUARTER_MS;
  const modelOf = <T>(kind: string, id: string): T =>
    recordOf<T>(table.items('payments').find((item) => item.kind === kind && id.endsWith(item.sk))!);
  const at = <T extends { readonly createdMs: number; readonly committedMs: number }>(
    model: T,
    family: number,
    n: number,
  ) => {
    const ms = beginMs - n * (family === 1 ? STEP_MS : LONG_STEP_MS);
    return { ...model, body: bodyAt(ms, family, n), version: 1, createdMs: ms, committedMs: ms };
  };

  const payment = modelOf<Payment>('payment', ids.settled!);
  const endpoint = { scope: sim.scope, body: ids.endpoint!.slice(3) } as Pick<Endpoint, 'scope' | 'body'>;
  const paymentAt = (n: number): Payment => {
    const made = at(payment, 1, n);
    const ms = made.createdMs;
    const attempts = made.attempts.map((attempt) => ({ ...attempt, createdMs: ms, settledMs: ms }));
    return { ...made, attempts, capture: { ...made.capture!, capturedMs: ms } };
  };
  const ofPayment = (n: number): readonly Write[] => {
    const change = { kind: 'payment', new: paymentAt(n) } as const;
    return [
      putPayment(change.new),
      putEvents({ types: eventTypesOf(change), change }),
      journalPut(sim.scope, capturedEntry(change.new)),
      ...newTokens(change)
        .filter(([path]) => SEARCHED.includes(path))
        .map((token) => putToken('payment', change.new, token)),
    ];
  };
  const [refund, setup] = [modelOf<Refund>('refund', ids.refund!), modelOf<SetupIntent>('setup', ids.setup!)];
  const [dispute, payout] = [modelOf<Dispute>('dispute', ids.dispute!), modelOf<Payout>('payout', ids.payout!)];
  const [customer, method] = [
    modelOf<Customer>('customer', ids.customer!),
    modelOf<MethodRecord>('method', ids.method!),
  ];
  const ofReview = (n: number): readonly Write[] => {
    const reviewed = paymentAt(n);
    const change = { kind: 'payment', new: reviewed } as const;
    const failed = { left: [0], attempts: 1, status: '500', atMs: clock.nowMs(), nextMs: clock.nowMs() };
    const key = failureKey(sim.scope, endpoint.body, eventKey({ types: eventTypesOf(change), change }));
    return [putReview(reviewOf(reviewed, reviewed.attempts[0]!)), putFailure(key, failed, undefined)];
  };
  const others: readonly ((n: number) => readonly Write[])[] = [
    (n) => [putRefund(at(refund, 2, n))],
    (n) => [putRecord(SETUP_INTENT, at(setup, 3, n))],
    (n) => [putDispute(at(dispute, 4, n))],
    (n) => [putPayout(at(payout, 5, n))],
    (n) => customerWrites(undefined, at(customer, 6, n)),
    (n) => [putRecord(METHOD, at(method, 7, n)), attachWrites(at(method, 7, n))[1]],
  ];
  store(sim, ofPayment, payments, STEP_MS);
  store(sim, ofReview, payments / 10, STEP_MS);
  for (const other of others) store(sim, other, payments / 10, LONG_STEP_MS);
  await table.commit(
    putSubtotal({ scope: sim.scope, version: 1, afterMs: sealedOf(sim), throughMs: beginMs, totals: { 'usd x': 1n } }),
  );
  return { sim, ids };
}

const sealedOf = ({ world }: Simulation): number =>
  Number(world.table.items('ledger').find(({ sk }) => sk === '#period')!.sealedThroughMs);

/** Keys of their own for all, documents for the newest: no page goes further, or it would cost what the test says it must not. */
function store(sim: Simulation, writesAt: (n: number) => readonly Write[], count: number, stepMs: number): void {
  const own: (readonly { readonly table: TableName; readonly item: Attributes }[])[] = [];
  for (let n = 0; n < count; n++) {
    const like = n % OWN;
    own[like] ??= (writesAt(n) as readonly Put[]).map(({ table, item }) => ({ table, item: attributesOf(item) }));
    for (const { table, item } of own[like])
      sim.world.table.store(table, n === like ? item : moved(item, like, n, (n - like) * stepMs));
  }
}

/** The item at the place of an older one, by so much: the number is in its keys, behind the time. */
function moved(item: Attributes, from: number, to: number, olderMs: number): Attributes {
  const [was, is] = [base62(from, 13), base62(to, 13)];
  const place = (text: string): string => {
    const at = text.indexOf(was);
    if (at < 0) return text;
    const begin = text.lastIndexOf('#', at) + 1;
    const ms = fromBase62(text.slice(begin, begin + 7)) - olderMs;
    return `${text.slice(0, begin)}${timeText(ms)}${text.slice(begin + 7, at)}${is}${text.slice(at + 13)}`;
  };
  return { ...item, sk: { S: place(item.sk!.S!) }, ...(item.lsk && { lsk: { S: place(item.lsk.S!) } }) };
}
