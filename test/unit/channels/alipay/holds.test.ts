/** Alipay's pre-authorization, where its payer is, and whether an account's credentials work. */
import { afterEach, describe, expect, it } from 'vitest';
import { alipayChannel } from '../../../../functions/channels/alipay/client.ts';
import type { WalletClient } from '../../../../functions/channels/port/instrument.ts';
import type { AuthorizeRequest } from '../../../../functions/channels/port/port.ts';
import { httpClient } from '../../../../functions/kernel/http-client.ts';
import { parseCurrency } from '../../../../functions/kernel/money.ts';
import { type AlipayOffer, type AlipayUnderTest, alipayUnderTest } from '../../../simulators/alipay/under-test.ts';

const cny = parseCurrency('cny')!;
const HOUR_MS = 3_600_000;

const started: AlipayUnderTest[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each.close();
});
async function start(offer: AlipayOffer = { products: ['qr', 'preauth'] }): Promise<AlipayUnderTest> {
  const under = await alipayUnderTest(offer);
  started.push(under);
  return under;
}

const orderAt = (under: AlipayUnderTest, changes: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
  reference: under.reference(1),
  account: under.account,
  createdMs: under.clock.nowMs(),
  amount: 8_800n,
  currency: cny,
  capture: false,
  instrument: { kind: 'wallet', type: 'alipay' },
  offSession: false,
  returnUrl: under.returnUrl,
  expiresMs: under.clock.nowMs() + HOUR_MS,
  ...changes,
});
const operationAt = (
  under: AlipayUnderTest,
  { reference, createdMs, account }: AuthorizeRequest,
  operation: number,
) => ({
  reference,
  account,
  createdMs,
  operation,
  sentMs: under.clock.nowMs(),
  currency: cny,
});

async function actionAt(under: AlipayUnderTest, order: AuthorizeRequest) {
  const placed = await under.channel.authorize(order);
  if (placed.kind !== 'requires_action') throw new Error(placed.kind);
  return placed.action;
}

async function heldAt(under: AlipayUnderTest) {
  const order = orderAt(under);
  await under.payer(await actionAt(under, order), 'approve');
  return { order, hold: under.simulator.books.holds.get(order.reference)! };
}

describe('a hold', () => {
  it('of an account without that product is our own fault, and nothing is sent', async () => {
    const under = await start({ products: ['page', 'qr'] });
    under.simulator.faults.isDown = true;

    expect(await under.channel.authorize(orderAt(under))).toMatchObject({
      kind: 'failed',
      decline: { class: 'configuration' },
    });
  });

  it('names the payee, and ends no later than asked', async () => {
    const under = await start();
    await under.channel.authorize(orderAt(under));

    const [code] = [...under.simulator.books.codes.values()];
    expect(code).toMatchObject({ held: true, order: { expiresMs: under.clock.nowMs() + HOUR_MS - 60_000 } });
  });

  it('is held over its amount, and the callback says the same as the query', async () => {
    const under = await start();
    const { order, hold } = await heldAt(under);

    const { attempt } = await under.channel.queryAttempt(order);

    expect(attempt).toMatchObject({ kind: 'authorized', amount: 8_800n, handles: { auth_no: hold.authNo } });
    expect(await under.callbacks()).toEqual([{ about: 'attempt', reference: order.reference, outcome: attempt }]);
  });

  it('is captured once, in part, and the rest is released', async () => {
    const under = await start();
    const { order, hold } = await heldAt(under);

    expect(await under.channel.capture({ ...operationAt(under, order, 1), amount: 5_000n })).toMatchObject({
      kind: 'succeeded',
    });

    expect(hold).toMatchObject({ paid: 5_000n, rest: 0n });
    const second = await under.channel.capture({ ...operationAt(under, order, 2), amount: 100n });
    expect(second.kind).toBe('failed');
    expect(hold.paid).toBe(5_000n);
  });

  it('has a capture of another amount under the same number neither made nor denied', async () => {
    const under = await start();
    const { order, hold } = await heldAt(under);
    await under.channel.capture({ ...operationAt(under, order, 1), amount: 5_000n });

    const other = await under.channel.capture({ ...operationAt(under, order, 1), amount: 4_000n });

    expect([other.kind, hold.paid]).toEqual(['unknown', 5_000n]);
  });

  it('is refunded by the trade of its capture, whose number nothing named', async () => {
    const under = await start();
    const { order } = await heldAt(under);
    await under.channel.capture({ ...operationAt(under, order, 3), amount: 5_000n });
    const refund = {
      reference: under.reference(0),
      payment: order.reference,
      account: under.account,
      createdMs: under.clock.nowMs(),
      amount: 1_000n,
      currency: cny,
    };

    expect(await under.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });

    const trade = under.simulator.books.trades.get(`${order.reference}_3`)!;
    expect([...trade.refunds.keys()]).toEqual([refund.reference]);
    expect(await under.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
  });

  it('is released once, also where the answer to its release was lost', async () => {
    const under = await start();
    const { order, hold } = await heldAt(under);
    under.lose('response');
    const release = operationAt(under, order, 1);

    expect((await under.channel.void(release)).kind).toBe('unknown');
    expect(await under.channel.void(release)).toEqual({ kind: 'succeeded' });

    expect([hold.rest, hold.releases.size]).toEqual([0n, 1]);
    const asked = { ...order, operation: { number: 1, kind: 'void' as const, sentMs: under.clock.nowMs() } };
    expect((await under.channel.queryAttempt(asked)).operations.get(1)).toEqual({ kind: 'succeeded' });
    expect((await under.channel.void(operationAt(under, order, 2))).kind).toBe('failed');
  });

  it('that its payer has not confirmed is closed; one that is frozen stays', async () => {
    const under = await start();
    const order = orderAt(under);
    const action = await actionAt(under, order);

    expect(await under.channel.close(order)).toEqual({ kind: 'succeeded' });
    await under.payer(action, 'approve');
    expect(under.simulator.books.holds.get(order.reference)?.status).not.toBe('SUCCESS');
    const { order: frozen, hold } = await heldAt(under);
    expect((await under.channel.close(frozen)).kind).toBe('failed');
    expect(hold.rest).toBe(8_800n);
  });

  it('is never raised', async () => {
    const under = await start();
    const { order } = await heldAt(under);

    expect((await under.channel.increment({ ...operationAt(under, order, 1), amount: 9_000n })).kind).toBe('failed');
  });
});

describe('where the payer is', () => {
  const at = (client: WalletClient, capture = true): Partial<AuthorizeRequest> => ({
    capture,
    instrument: { kind: 'wallet', type: 'alipay', client },
  });
  const all: AlipayOffer = { products: ['page', 'wap', 'app', 'qr', 'preauth'] };

  it('decides the product: a page, a page for phones, or an order for the app', async () => {
    const under = await start(all);
    const methodOf = (query: string): string | null => new URLSearchParams(query).get('method');
    const [web, mobile, app] = await Promise.all(
      (['web', 'mobile_web', 'ios'] as const).map((client) => actionAt(under, orderAt(under, at(client)))),
    );

    if (web?.kind !== 'redirect' || mobile?.kind !== 'redirect' || app?.kind !== 'app')
      throw new Error('another action');
    expect(methodOf(new URL(web.url).search)).toBe('alipay.trade.page.pay');
    expect(methodOf(new URL(mobile.url).search)).toBe('alipay.trade.wap.pay');
    expect(methodOf(app.parameters.native_data!)).toBe('alipay.trade.app.pay');
    const biz = JSON.parse(new URL(mobile.url).searchParams.get('biz_content')!) as Record<string, string>;
    expect(biz).toMatchObject({ product_code: 'QUICK_WAP_WAY', quit_url: under.returnUrl });
  });

  it('decides how a hold is shown: as a code, as its link on a phone, or to the app', async () => {
    const under = await start(all);
    const kinds = await Promise.all(
      (['web', 'mobile_web', 'android'] as const).map((client) => actionAt(under, orderAt(under, at(client, false)))),
    );

    expect(kinds.map(({ kind }) => kind)).toEqual(['qr_code', 'redirect', 'app']);
  });

  it('is no place for an account without a product there', async () => {
    const under = await start({ products: ['page'] });

    expect(await under.channel.authorize(orderAt(under, at('android')))).toMatchObject({
      kind: 'failed',
      decline: { class: 'configuration' },
    });
  });
});

describe('credentials that are tried', () => {
  const clientWith = (under: AlipayUnderTest, changes: object) =>
    alipayChannel({
      http: httpClient,
      nowMs: () => under.clock.nowMs(),
      credentials: async (_, schema) => schema.parse({ ...under.credentials, ...changes }),
      callbackUrl: () => '',
      baseUrl: under.simulator.baseUrl,
    });

  it('are accepted in both modes', async () => {
    for (const mode of ['keys', 'certificates'] as const) {
      const under = await start({ mode });
      expect(await under.channel.checkCredentials(under.account)).toEqual({ kind: 'accepted' });
    }
  });

  it('are refused by Alipay for another application', async () => {
    const under = await start();

    expect(await clientWith(under, { appId: '2021000000000009' }).checkCredentials(under.account)).toEqual({
      kind: 'refused',
      reason: 'isv.invalid-app-id',
    });
  });

  it('are neither where the answer cannot be verified, or there is none', async () => {
    const under = await start();
    under.simulator.rotate();
    expect((await under.channel.checkCredentials(under.account)).kind).toBe('unknown');
    under.simulator.faults.isDown = true;
    expect((await under.channel.checkCredentials(under.account)).kind).toBe('unknown');
  });
});
