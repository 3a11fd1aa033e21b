/** Payments at WeChat Pay from the official Stripe SDK to the books, with its simulator behind the product. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, writeSettings } from '../../../functions/merchants/store.ts';
import { totalsOf } from '../../simulators/wechatpay/books.ts';
import { credentialsFor } from '../../simulators/wechatpay/running.ts';
import { startWechatpay, type Wechatpay } from '../../simulators/wechatpay/server.ts';
import { ACCOUNT, parties } from '../../simulators/wechatpay/under-test.ts';
import { type App, startApp } from '../../world/app.ts';
import { thrown } from '../../world/sdk-errors.ts';
import { scopeOf } from '../../world/world.ts';

let app: App;
let wechat: Wechatpay;
beforeAll(async () => {
  wechat = await startWechatpay(parties(), () => app.world.clock.nowMs());
  app = await startApp(undefined, { wechatpay: wechat.url });
  const { table, merchants } = app.world;
  const scope = scopeOf(table, app.merchant);
  const settings = await loadSettings(table, scope);
  const credentials = credentialsFor(parties());
  await table.commit(
    await merchants.encryptAccount({ ...ACCOUNT, scope, livemode: false, environment: 'test', credentials }),
    writeSettings(scope, { ...settings, version: settings.version + 1, accounts: [ACCOUNT] }),
  );
  app.later(10_000);
});
afterAll(async () => {
  await app.stop();
  await wechat.close();
});

const create = (options: object = { client: 'web' }, more: object = {}) =>
  app.stripe.paymentIntents.create({
    amount: 3_000,
    currency: 'cny',
    payment_method_types: ['wechat_pay'],
    payment_method_data: { type: 'wechat_pay' },
    payment_method_options: { wechat_pay: options },
    confirm: true,
    ...more,
  } as Stripe.PaymentIntentCreateParams);
const retrieve = ({ id }: Stripe.PaymentIntent) => app.stripe.paymentIntents.retrieve(id);
const codeOf = ({ next_action: action }: Stripe.PaymentIntent) => action!.wechat_pay_display_qr_code!.data;

/** WeChat Pay sends all that is due, each so many times, in the order or against it. */
async function deliver({ times = 1, reversed = false } = {}): Promise<readonly number[]> {
  const due = reversed ? wechat.callbacks().toReversed() : wechat.callbacks();
  const statuses: number[] = [];
  for (const { raw, headers } of due)
    for (let sent = 0; sent < times; sent++) {
      const path = `/v1/channels/${ACCOUNT.channel}/callbacks/${ACCOUNT.account}`;
      const body = Buffer.from(raw);
      statuses.push((await app.world.callback({ method: 'POST', path, query: '', headers, body })).status);
    }
  await app.settleDown();
  return statuses;
}

describe('a payment at WeChat Pay', () => {
  it('is paid by a QR code, known by a callback that comes twice, and refunded in two parts', async () => {
    const intent = await create();
    expect(intent.status).toBe('requires_action');
    wechat.controls.pay(codeOf(intent));

    expect(new Set(await deliver({ times: 2 }))).toEqual(new Set([204]));
    const paid = await retrieve(intent);
    expect(paid.status).toBe('succeeded');
    const charge = await app.stripe.charges.retrieve(paid.latest_charge as string);
    expect(charge.payment_method_details?.wechat_pay?.transaction_id).toMatch(/^42/);

    const parts = [];
    for (const amount of [1_000, 2_000])
      parts.push(await app.stripe.refunds.create({ payment_intent: intent.id, amount }));
    expect(parts.map(({ status }) => status)).toEqual(['pending', 'pending']);
    app.later(5_000);
    await deliver({ times: 2, reversed: true });
    const ends = await Promise.all(parts.map(({ id }) => app.stripe.refunds.retrieve(id)));
    expect(ends.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect((await app.stripe.charges.retrieve(charge.id)).amount_refunded).toBe(3_000);
    expect([...wechat.books.refunds.values()].map(({ amount }) => amount)).toEqual([1_000, 2_000]);
    expect(totalsOf(wechat.books, app.world.clock.nowMs())).toEqual({ paid: 3_000, refunded: 3_000 });
  });

  it.each([
    ['ios', { app_id: 'wx2421b1c4370ec43b' }, 'wechat_pay_redirect_to_ios_app'],
    ['android', { app_id: 'wx2421b1c4370ec43b' }, 'wechat_pay_redirect_to_android_app'],
    ['mini_program', { app_id: 'wx8888888888888888', openid: 'o1' }, 'wechat_pay_request_payment'],
  ])('on the client %s has the action of it', async (client, options, type) => {
    const intent = await create({ client, ...options });

    expect(intent.next_action?.type).toBe(type);
    expect(intent.next_action).toHaveProperty(type);
    expect(JSON.stringify(await retrieve(intent))).not.toContain('"o1"');
  });

  it('on a phone leads to WeChat and back, and the return finds the payment before any callback', async () => {
    const options = { client: 'mobile_web', ip_address: '192.0.2.1' };
    const intent = await create(options, { return_url: 'https://shop.example/done' });
    const { url } = intent.next_action!.redirect_to_url!;
    expect(url).toMatch(/^https:\/\/wx\.tenpay\.com\//);
    wechat.controls.pay(url!);

    const back = await app.sentOn(new URL(url!).searchParams.get('redirect_url')!);

    expect(back.searchParams.get('redirect_status')).toBe('succeeded');
    expect((await retrieve(intent)).status).toBe('succeeded');
  });

  it('whose response was lost is closed, and fails: no payer has seen it', async () => {
    wechat.controls.next('drop_response');
    const intent = await create();
    expect(intent.status).toBe('processing');

    await app.settleDown();
    app.later(7 * 60_000);
    await app.world.janitor(app.world.clock.nowMs());
    await app.settleDown();

    expect((await retrieve(intent)).status).toBe('requires_payment_method');
    expect([...wechat.books.orders.values()].at(-1)?.state).toBe('CLOSED');
  });

  it('that is canceled is closed there, and one that is paid is not canceled', async () => {
    const [open, paid] = [await create(), await create()];
    wechat.controls.pay(codeOf(paid));

    expect((await app.stripe.paymentIntents.cancel(open.id)).status).toBe('canceled');
    expect(wechat.controls.pay(codeOf(open))).toBe(false);
    expect(await thrown(app.stripe.paymentIntents.cancel(paid.id))).toMatchObject({ statusCode: 400 });
    expect((await retrieve(paid)).status).toBe('succeeded');
  });

  it('whose app is not the account’s fails, and alarms the operator', async () => {
    const before = app.world.alarms.length;

    const error = await thrown(create({ client: 'ios', app_id: 'wx0000000000000000' }));

    expect(error).toMatchObject({ statusCode: 402, code: 'processing_error' });
    expect(app.world.alarms.slice(before)).toEqual(['CallbacksRefused configuration']);
  });
});
