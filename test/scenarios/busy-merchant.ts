/**
 * A busy merchant: so many payments of one customer, each with all that the product keeps of it, and a tenth as many of everything else.
 * Stored through the product's own writers, without their requests. Objects with the same number are the same, however many there are.
 */

import type { Session } from '../../functions/checkout/session.ts';
import { putSession } from '../../functions/checkout/store.ts';
import type { Customer } from '../../functions/customers/customer.ts';
import { customerWrites } from '../../functions/customers/store.ts';
import type { Dispute } from '../../functions/disputes/dispute.ts';
import { putDispute } from '../../functions/disputes/store.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { BASE62, base62, fromBase62, type ObjectKey, timeText } from '../../functions/kernel/ids.ts';
import { parseCurrency } from '../../functions/kernel/money.ts';
import { putCheckpoint } from '../../functions/ledger/checkpoint.ts';
import { journalPut } from '../../functions/ledger/store.ts';
import { fieldsFromTheStart, SEARCH_FIELDS } from '../../functions/merchants/search-fields.ts';
import { failureKey, putFailure } from '../../functions/notifications/failures.ts';
import { eventKey, putEvents } from '../../functions/notifications/store.ts';
import { attachWrites } from '../../functions/payment-methods/attachment.ts';
import type { MethodRecord } from '../../functions/payment-methods/method.ts';
import { capturedEntries } from '../../functions/payments/entries.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { PAYMENT } from '../../functions/payments/store.ts';
import type { Payout } from '../../functions/payouts/payout.ts';
import { putPayout } from '../../functions/payouts/store.ts';
import type { Price } from '../../functions/products/price.ts';
import { PRODUCT } from '../../functions/products/product.ts';
import { putPrice, putProduct } from '../../functions/products/store.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import { REFUND } from '../../functions/refunds/store.ts';
import { putReview, reviewOf } from '../../functions/risk/reviews/review.ts';
import { putToken } from '../../functions/search/index/tokens.ts';
import { SETUP_INTENT, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import { eventTypesOf, newTokens } from '../../functions/stream/events.ts';
import { type Attributes, attributesOf } from '../../functions/table/dynamo-item.ts';
import { putRecord, recordOf } from '../../functions/table/record.ts';
import type { TableName, Write } from '../../functions/table/table.ts';
import { PAID } from '../simulators/bank.ts';
import { type Simulation, simulate } from '../world/simulation.ts';
import { makeAvailable } from './available-funds.ts';
import { FIFTEEN } from './checkout-sessions.ts';

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

const CARD = { 'card[number]': '4242424242424242', 'card[exp_month]': '12', 'card[exp_year]': '2034' };

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
  const product = await post('/v1/products', { id: 'tea', name: 'Tea', 'metadata[shop]': 'north' });
  const price = await post('/v1/prices', { product, currency: 'usd', unit_amount: '900', lookup_key: 'standard' });
  const session = await post('/v1/checkout/sessions', { ...FIFTEEN, customer });
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
    product,
    price,
    token: await post('/v1/tokens', { ...CARD }),
    session,
    mandate: String(shown.body.mandate),
    method: await first(`/v1/customers/${customer}/payment_methods`),
    charge: await first(`/v1/charges?payment_intent=${payment}`),
    dispute: await first('/v1/disputes'),
    review: await first('/v1/reviews'),
    payout: await first('/v1/payouts'),
    event: await first('/v1/events'),
    transaction: await first('/v1/balance_transactions'),
    account: await first('/v1/channels'),
  };
}

/** Tokens that the tests' searches and lists are led by. */
const SEARCHED = ['customer', 'metadata.shop', 'payment_method_details.card.last4'];

type Put = Extract<Write, { kind: 'put' }>;

/** What is stored of an object with this body, made then. `odd`: one that most filters leave out. */
export type Writer = (body: ObjectKey, ms: number, odd?: boolean) => readonly Write[];
export type Family =
  | 'payment'
  | 'refund'
  | 'setup'
  | 'session'
  | 'dispute'
  | 'payout'
  | 'customer'
  | 'method'
  | 'product'
  | 'price'
  | 'review'
  | 'failure';

/** Writers of every kind of object, after the ones that were made by requests. */
export function writersOf({ sim, ids }: Busy): Readonly<Record<Family, Writer>> {
  const { table, clock } = sim.world;
  const modelOf = <T>(kind: string, id: string): T =>
    recordOf<T>(
      { name: kind, reads: 2 },
      table.items('payments').find((item) => item.kind === kind && id.endsWith(item.sk))!,
    );
  const made = <T extends object>(model: T, body: ObjectKey, ms: number): T => ({
    ...model,
    body,
    version: 1,
    createdMs: ms,
    committedMs: ms,
  });
  const ownModel = table
    .items('payments')
    .flatMap((item) => (item.kind === PRODUCT.name ? [recordOf(PRODUCT, item)] : []))
    .find(({ ownId }) => ownId === ids.product)!;
  const models = {
    payment: modelOf<Payment>('payment', ids.settled!),
    refund: modelOf<Refund>('refund', ids.refund!),
    setup: modelOf<SetupIntent>('setup', ids.setup!),
    session: modelOf<Session>('checkout_session', ids.session!),
    dispute: modelOf<Dispute>('dispute', ids.dispute!),
    payout: modelOf<Payout>('payout', ids.payout!),
    customer: modelOf<Customer>('customer', ids.customer!),
    method: modelOf<MethodRecord>('method', ids.method!),
    product: ownModel,
    price: modelOf<Price>('price', ids.price!),
  };
  const endpoint = ids.endpoint!.slice(3) as ObjectKey;
  const paymentAt = (body: ObjectKey, ms: number, odd = false): Payment => {
    const { customer, ...payment } = made(models.payment, body, ms);
    const attempts = payment.attempts.map((attempt) => ({ ...attempt, createdMs: ms, settledMs: ms }));
    const capture = { ...payment.capture!, capturedMs: ms };
    return { ...payment, ...(!odd && customer && { customer }), attempts, capture };
  };
  const changeAt = (body: ObjectKey, ms: number, odd = false) =>
    ({ kind: 'payment', new: paymentAt(body, ms, odd) }) as const;
  return {
    payment: (body, ms, odd) => {
      const change = changeAt(body, ms, odd);
      return [
        putRecord(PAYMENT, change.new),
        putEvents({ types: eventTypesOf(change), change }),
        journalPut(sim.scope, { ...capturedEntries(change.new)[0]!, ...(odd && { currency: parseCurrency('eur')! }) }),
        // An odd one was the customer's once: notes are never taken back.
        ...newTokens(changeAt(body, ms))
          .filter(([path]) => SEARCHED.includes(path))
          .map((token) => putToken('payment', change.new, token)),
      ];
    },
    review: (body, ms, odd) => {
      const reviewed = paymentAt(body, ms);
      const review = reviewOf(reviewed, reviewed.attempts[0]!);
      return [putReview(odd ? { ...review, open: false, closedReason: 'approved', closedMs: ms } : review)];
    },
    failure: (body, ms) => {
      const change = changeAt(body, ms);
      const failed = { left: [0], attempts: 1, status: '500', atMs: clock.nowMs(), nextMs: clock.nowMs() };
      return [
        putFailure(
          failureKey(sim.scope, endpoint, eventKey({ types: eventTypesOf(change), change })),
          failed,
          undefined,
        ),
      ];
    },
    refund: (body, ms) => [putRecord(REFUND, made(models.refund, body, ms))],
    setup: (body, ms, odd) => {
      const setup = made(models.setup, body, ms);
      return [putRecord(SETUP_INTENT, odd ? { ...setup, method: { ...setup.method!, id: 'pm_other' } } : setup)];
    },
    session: (body, ms, odd) => {
      const status = odd ? 'expired' : 'open';
      return [
        putSession(undefined, { ...made(models.session, body, ms), status, expiresMs: clock.nowMs() + 86_400_000 }),
      ];
    },
    dispute: (body, ms) => [putDispute(undefined, made(models.dispute, body, ms))],
    payout: (body, ms, odd) => [
      putPayout(undefined, { ...made(models.payout, body, ms), ...(odd && { status: 'failed' }) }),
    ],
    customer: (body, ms, odd) => {
      const customer = made(models.customer, body, ms);
      return customerWrites(undefined, odd ? { ...customer, status: 'deleted' } : customer);
    },
    method: (body, ms, odd) => {
      const method: MethodRecord = { ...made(models.method, body, ms), ...(odd && { allowRedisplay: 'always' }) };
      const { method: record, membership } = attachWrites(undefined, method);
      return [record, membership];
    },
    product: (body, ms, odd) => {
      const { ownId: _, ...product } = made(models.product, body, ms);
      return [putProduct(undefined, odd ? { ...product, status: 'deleted' } : product)];
    },
    price: (body, ms, odd) => {
      const { lookupKey: _, ...price } = made(models.price, body, ms);
      return [putPrice(undefined, odd ? { ...price, active: false } : price)];
    },
  };
}

/** One of everything, settled and ten days old. */
export async function begunMerchant(): Promise<Busy> {
  const sim = await simulate();
  await sim.agree({ searchFields: fieldsFromTheStart(SEARCH_FIELDS) });
  const ids = await oneOfEach(sim);
  sim.move(10 * 24 * 3_600_000);
  // A read of a session whose time is up ends it, so that later reads change nothing.
  await sim.request('GET', `/v1/checkout/sessions/${ids.session}`);
  return { sim, ids };
}

/** `paymentsAlone`: nothing else is stored, and every record and entry has a document of its own, as a settlement compares them. */
export async function busyMerchant(payments: number, { paymentsAlone = false } = {}): Promise<Busy> {
  const busy = await begunMerchant();
  const { sim } = busy;
  const beginMs = sim.world.clock.nowMs() - QUARTER_MS;
  for (const [index, [family, writer]] of Object.entries(writersOf(busy)).entries()) {
    if (paymentsAlone && family !== 'payment') continue;
    // Reviews and failed deliveries are of payments.
    const ofPayment = ['payment', 'review', 'failure'].includes(family);
    const stepMs = ofPayment ? STEP_MS : LONG_STEP_MS;
    const name = ofPayment ? 1 : index + 1;
    const writesAt = (n: number): readonly Write[] => {
      const ms = beginMs - n * stepMs;
      // Only the number distinguishes it from the others of its family.
      return writer(`${timeText(ms)}${n % 4}${BASE62.charAt(name)}${base62(n, 13)}` as ObjectKey, ms);
    };
    const count = family === 'payment' ? payments : payments / 10;
    store(sim, writesAt, { count, own: paymentsAlone ? count : OWN }, stepMs);
  }
  await sim.world.table.commit(
    putCheckpoint({
      scope: sim.scope,
      version: 1,
      afterMs: sealedOf(sim),
      throughMs: beginMs,
      totals: { 'usd x': 1n },
    }),
  );
  return busy;
}

const sealedOf = ({ world }: Simulation): number =>
  Number(world.table.items('ledger').find(({ sk }) => sk === '#period')!.sealedThroughMs);

/** Keys of their own for all, documents for the newest: no page goes further, or it would cost what the test says it must not. */
function store(
  sim: Simulation,
  writesAt: (n: number) => readonly Write[],
  { count, own: documents }: { readonly count: number; readonly own: number },
  stepMs: number,
): void {
  const own: (readonly { readonly table: TableName; readonly item: Attributes }[])[] = [];
  for (let n = 0; n < count; n++) {
    const like = n % documents;
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
