/** Alipay's client where the contract suite does not look: refusals, doubtful answers, changes of keys and the requests themselves. */
import { afterEach, describe, expect, it } from 'vitest';
import { alipayChannel } from '../../../../functions/channels/alipay/client.ts';
import { alipayCredentials } from '../../../../functions/channels/alipay/credentials.ts';
import { capturesAtOnce } from '../../../../functions/channels/credentials.ts';
import type { AuthorizeRequest } from '../../../../functions/channels/port/port.ts';
import { httpClient } from '../../../../functions/kernel/http-client.ts';
import { parseCurrency } from '../../../../functions/kernel/money.ts';
import type { AlipaySimulator } from '../../../simulators/alipay/server.ts';
import {
  type AlipayOffer,
  type AlipayUnderTest,
  alipayUnderTest,
  credentialsFor,
  followAction,
} from '../../../simulators/alipay/under-test.ts';

const cny = parseCurrency('cny')!;
const HOUR_MS = 3_600_000;

const started: AlipayUnderTest[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each.close();
});
async function start(offer: AlipayOffer = { products: ['qr'] }): Promise<AlipayUnderTest> {
  const under = await alipayUnderTest(offer);
  started.push(under);
  return under;
}

const spoil = ({ simulator }: AlipayUnderTest, wrong: Partial<AlipaySimulator['faults']>): void =>
  void Object.assign(simulator.faults, wrong);

const orderAt = (under: AlipayUnderTest, changes: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
  reference: under.reference(1),
  account: under.account,
  createdMs: under.clock.nowMs(),
  amount: 8_800n,
  currency: cny,
  capture: true,
  instrument: { kind: 'wallet', type: 'alipay' },
  offSession: false,
  returnUrl: under.returnUrl,
  expiresMs: under.clock.nowMs() + HOUR_MS,
  ...changes,
});

async function paidAt(under: AlipayUnderTest): Promise<AuthorizeRequest> {
  const order = orderAt(under);
  const placed = await under.channel.authorize(order);
  if (placed.kind !== 'requires_action') throw new Error(placed.kind);
  await under.payer(placed.action, 'approve');
  return order;
}

const refundOf = (under: AlipayUnderTest, { reference: payment }: AuthorizeRequest, amount: bigint) => ({
  reference: under.reference(0),
  payment,
  account: under.account,
  createdMs: under.clock.nowMs(),
  amount,
  currency: cny,
});

describe('an answer that decides nothing is unknown', () => {
  it.each([
    ['whose signature is wrong', (under: AlipayUnderTest) => spoil(under, { tampers: true })],
    [
      'that is in doubt (20000)',
      (under: AlipayUnderTest) => void under.simulator.faults.unsure.add('alipay.trade.precreate'),
    ],
    [
      'with a code that is not documented',
      (under: AlipayUnderTest) => void under.simulator.faults.refuses.set('alipay.trade.precreate', 'ACQ.NEW_CODE'),
    ],
    ['signed with a key that is not known', (under: AlipayUnderTest) => void under.simulator.rotate()],
    ['of a gateway that is down', (under: AlipayUnderTest) => spoil(under, { isDown: true })],
  ])('%s', async (_, goesWrong) => {
    const under = await start();
    goesWrong(under);

    expect((await under.channel.authorize(orderAt(under))).kind).toBe('unknown');
  });

  it('and a question that is refused is unknown, never failed or not found', async () => {
    const under = await start();
    const order = await paidAt(under);
    under.simulator.faults.refuses.set('alipay.trade.query', 'ACQ.INVALID_PARAMETER');

    expect((await under.channel.queryAttempt(order)).attempt.kind).toBe('unknown');
  });

  it('of a certificate that is not known, and read again once it is', async () => {
    const under = await start({ mode: 'certificates', products: ['qr'] });
    const { simulator, account, clock } = under;
    const before = under.credentials.alipayCerts!;
    const next = simulator.rotate().certificate;
    const client = (alipayCerts: string[]) =>
      alipayChannel({
        http: httpClient,
        nowMs: () => clock.nowMs(),
        credentials: async (_, schema) => schema.parse({ ...under.credentials, alipayCerts }),
        callbackUrl: () => 'https://pay.example/callbacks',
        baseUrl: simulator.baseUrl,
      });

    expect(await client(before).authorize(orderAt(under))).toMatchObject({
      kind: 'unknown',
      reason: 'the certificate of the answer is not known',
    });
    expect((await client([...before, next]).authorize(orderAt(under, { account }))).kind).toBe('requires_action');
  });

  it('and so is an account whose credentials cannot be opened', async () => {
    const under = await start();
    const client = alipayChannel({
      http: httpClient,
      nowMs: () => 0,
      credentials: async () => Promise.reject(new Error('no key')),
      callbackUrl: () => '',
    });

    expect((await client.authorize(orderAt(under))).kind).toBe('unknown');
    expect((await client.queryAttempt(orderAt(under))).attempt.kind).toBe('unknown');
  });
});

describe('a refusal', () => {
  it.each([
    ['ACQ.BUYER_BALANCE_NOT_ENOUGH', 'payer_action'],
    ['ACQ.PAYMENT_REQUEST_HAS_RISK', 'hard'],
    ['ACQ.ACCESS_FORBIDDEN', 'configuration'],
    ['isv.app-call-limited', 'technical_not_accepted'],
  ])('%s fails the payment as %s', async (code, kind) => {
    const under = await start();
    under.simulator.faults.refuses.set('alipay.trade.precreate', code);

    expect(await under.channel.authorize(orderAt(under))).toMatchObject({
      kind: 'failed',
      decline: { class: kind, networkCode: code },
    });
  });

  it('of an account without a product for where the payer is fails as our own fault, and nothing is sent', async () => {
    const under = await start({ products: ['preauth'] });
    under.simulator.faults.isDown = true;

    expect(await under.channel.authorize(orderAt(under))).toMatchObject({
      kind: 'failed',
      decline: { class: 'configuration' },
    });
  });
});

describe('an order', () => {
  it('names when it ends, in Shanghai, and where Alipay reports it', async () => {
    const under = await start();
    await under.channel.authorize(orderAt(under, { expiresMs: Date.UTC(2027, 0, 15, 12, 30, 0, 400) }));

    const [order] = [...under.simulator.books.orders.values()];
    expect(order).toMatchObject({
      expiresMs: Date.UTC(2027, 0, 15, 12, 30),
      notifyUrl: 'https://pay.example/v1/channels/alipay/callbacks/acct',
    });
  });

  it('has a title without the signs that Alipay refuses', async () => {
    const under = await start();
    await under.channel.authorize(orderAt(under, { statementDescriptor: 'A/B=C & D' }));

    expect([...under.simulator.books.orders.values()][0]?.subject).toBe('A B C   D');
  });

  it('that its payer opened and did not pay is still open, and fails when its time is over', async () => {
    const under = await start();
    const order = orderAt(under);
    const placed = await under.channel.authorize(order);
    if (placed.kind !== 'requires_action') throw new Error(placed.kind);
    await followAction(under.simulator, placed.action, 'wait');

    under.clock.move(HOUR_MS - 1000);
    expect((await under.channel.queryAttempt(order)).attempt.kind).toBe('requires_action');
    under.clock.move(1000);
    expect((await under.channel.queryAttempt(order)).attempt).toMatchObject({ kind: 'failed' });
  });

  it('that was paid between the two requests of a close goes back to its payer, and counts as closed', async () => {
    const under = await start();
    const order = orderAt(under);
    const placed = await under.channel.authorize(order);
    if (placed.kind !== 'requires_action') throw new Error(placed.kind);
    // Its payer is faster than the cancel that follows.
    under.simulator.faults.refuses.set('alipay.trade.close', 'ACQ.TRADE_NOT_EXIST');
    await under.payer(placed.action, 'approve');

    expect(await under.channel.close(order)).toEqual({ kind: 'succeeded' });

    expect(under.simulator.books.trades.get(order.reference)).toMatchObject({ status: 'TRADE_CLOSED' });
    const { refunds } = under.simulator.books.trades.get(order.reference)!;
    expect([...refunds.values()].map(({ amount }) => amount)).toEqual([8_800n]);
  });

  it('that cannot be canceled, for the account may not, is closed once its time is over', async () => {
    const under = await start();
    const order = orderAt(under);
    await under.channel.authorize(order);
    under.simulator.faults.refuses.set('alipay.trade.cancel', 'ACQ.ACCESS_FORBIDDEN');

    expect((await under.channel.close(order)).kind).toBe('unknown');
    under.clock.move(HOUR_MS + 1);
    expect(await under.channel.close(order)).toEqual({ kind: 'succeeded' });
  });

  it('that is closed and was paid is not closed as unpaid', async () => {
    const under = await start();
    const order = await paidAt(under);
    await under.channel.refund(refundOf(under, order, 8_800n));

    expect(under.simulator.books.trades.get(order.reference)?.status).toBe('TRADE_CLOSED');
    expect((await under.channel.queryAttempt(order)).attempt).toMatchObject({ kind: 'captured', amount: 8_800n });
    expect((await under.channel.close(order)).kind).toBe('failed');
  });
});

it('an account holds where it has the product for that and names its merchant, and no other does', async () => {
  const under = await start({ products: ['page', 'preauth'] });
  const atOnce = (changes: object) => capturesAtOnce('alipay', { ...under.credentials, ...changes });

  expect(atOnce({})).toBe(false);
  expect([atOnce({ products: ['page'] }), atOnce({ products: undefined }), atOnce({ sellerId: undefined })]).toEqual([
    true,
    true,
    true,
  ]);
  expect([capturesAtOnce('stripe', {}), capturesAtOnce('constructor', {})]).toEqual([false, false]);
});

describe('a refund', () => {
  it('that Alipay only has received is pending, and found by its number later', async () => {
    const under = await start();
    const order = await paidAt(under);
    const refund = refundOf(under, order, 100n);
    await under.channel.refund(refund);

    expect((await under.channel.refund(refund)).kind).toBe('pending');
    expect(await under.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
  });

  it('that Alipay has taken and does not report yet is no refund that it refused, for a day', async () => {
    const under = await start();
    const order = await paidAt(under);
    const refund = refundOf(under, order, 100n);
    const taken = await under.channel.refund(refund);
    under.simulator.books.trades.get(order.reference)!.refunds.clear();
    const query = { ...refund, ...(taken.handles && { handles: taken.handles }) };

    under.clock.move(24 * HOUR_MS);
    expect(await under.channel.queryRefund(query)).toEqual({ kind: 'pending' });
    expect(await under.channel.queryRefund(refund)).toEqual({ kind: 'not_found' });
    under.clock.move(1);
    expect(await under.channel.queryRefund(query)).toEqual({ kind: 'not_found' });
  });

  it('beyond our balance may succeed later under the same number', async () => {
    const under = await start();
    const order = await paidAt(under);
    under.simulator.books.balance = 50n;
    const refund = refundOf(under, order, 100n);

    expect(await under.channel.refund(refund)).toMatchObject({
      kind: 'failed',
      retryable: true,
      decline: { code: 'insufficient_funds', networkCode: 'ACQ.SELLER_BALANCE_NOT_ENOUGH' },
    });
    under.simulator.books.balance = 100n;
    expect(await under.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
  });

  it('of what has gone back already fails, and says so', async () => {
    const under = await start();
    const order = await paidAt(under);
    await under.channel.refund(refundOf(under, order, 8_800n));

    expect(await under.channel.refund(refundOf(under, order, 8_800n))).toMatchObject({
      kind: 'failed',
      found: { kind: 'released' },
    });
  });

  it('that Alipay made of another payment, which a wrong name led to, is not taken for this one', async () => {
    const under = await start();
    const [order, other] = [await paidAt(under), await paidAt(under)];
    const { tradeNo } = under.simulator.books.trades.get(other.reference)!;
    const refund = { ...refundOf(under, order, 100n), refunded: { payment: { trade_no: tradeNo } } };

    expect((await under.channel.refund(refund)).kind).toBe('unknown');
  });

  it('that is refused although it was made before is that refund', async () => {
    const under = await start();
    const order = await paidAt(under);
    const refund = refundOf(under, order, 100n);
    await under.channel.refund(refund);
    under.simulator.faults.refuses.set('alipay.trade.refund', 'ACQ.TRADE_HAS_FINISHED');

    expect(await under.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
  });
});

describe('credentials', () => {
  it('are keys or certificates, of one application, and never both or halves', async () => {
    const [keys, certified] = [await start(), await start({ mode: 'certificates' })];
    const [one, other] = [credentialsFor(keys.simulator), credentialsFor(certified.simulator)];
    const { alipayRootCert: _, ...half } = other;
    const isTaken = (value: unknown): boolean => alipayCredentials.safeParse(value).success;

    expect([one, other].map(isTaken)).toEqual([true, true]);
    expect(isTaken({ ...one, ...other })).toBe(false);
    expect(isTaken(half)).toBe(false);
    expect(isTaken({ ...one, alipayPublicKeys: ['no key'] })).toBe(false);
    expect(isTaken({ ...one, privateKey: 'no key' })).toBe(false);
    expect(isTaken({ ...one, baseUrl: 'http://localhost' })).toBe(false);
    expect(isTaken({ ...one, sellerId: '1' })).toBe(false);
    expect(isTaken({ ...other, appCert: other.alipayCerts![0]! })).toBe(false);
  });
});
