/** The amounts by which a wallet misbehaves (docs/test-mode.md), as a merchant sees them with the official SDK. */
import { readFileSync } from 'node:fs';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../functions/channels/sandbox/capabilities.ts';
import { WALLET_SCENARIOS } from '../../functions/sandbox/behavior.ts';
import { contractApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';

const app = await contractApp();
const { stripe } = app;

const WALLETS = ['alipay', 'wechat_pay', 'paypal'] as const;
type Wallet = (typeof WALLETS)[number];

const pay = (type: Wallet, amount: number, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount,
    currency: 'usd',
    allowed_payment_method_types: [type],
    payment_method_data: { type },
    payment_method_options: { wechat_pay: { client: 'web' } },
    confirm: true,
    return_url: 'https://shop.example/done',
    ...more,
  });
const pageOf = ({ next_action: action }: Stripe.PaymentIntent): string =>
  action!.alipay_handle_redirect?.url ?? action!.wechat_pay_display_qr_code?.data ?? action!.redirect_to_url!.url!;

/** The payer approves. `redirect_status` at the merchant; undefined where the browser stays on the page. */
async function approve(intent: Stripe.PaymentIntent): Promise<string | null | undefined> {
  const body = new URLSearchParams({ result: 'approve' });
  const { headers } = await fetch(pageOf(intent), { method: 'POST', redirect: 'manual', body });
  const back = headers.get('location');
  return back === null ? undefined : (await app.sentOn(back)).searchParams.get('redirect_status');
}

/** The status, and the reason of the last failure. */
async function stateOf({ id }: { readonly id: string }): Promise<string> {
  const { status, last_payment_error: error } = await stripe.paymentIntents.retrieve(id);
  return error ? `${status} (${error.code})` : status;
}

/** So many minutes pass, and the janitor runs in each. */
async function afterMinutes(minutes: number): Promise<void> {
  // The stream writes the janitor's list.
  await app.settleDown();
  for (let minute = 0; minute < minutes; minute++) {
    app.later(60_000);
    await app.world.janitor(app.world.clock.nowMs());
    await app.settleDown();
  }
}

async function paid(type: Wallet, amount: number, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const intent = await pay(type, amount, more);
  await approve(intent);
  await app.settleDown();
  return intent;
}

const CANCELED = ['payment_intent.created', 'payment_intent.requires_action', 'payment_intent.canceled'];
/** Types of the events of the payment and its charges, oldest first. */
async function typesOf({ id }: { readonly id: string }): Promise<readonly string[]> {
  await app.settleDown();
  const { data } = await stripe.events.list({ limit: 100 });
  return data
    .filter(({ data: { object } }) => [Reflect.get(object, 'id'), Reflect.get(object, 'payment_intent')].includes(id))
    .map(({ type }) => type)
    .reverse();
}

const refundStatus = async ({ id }: { readonly id: string }) => (await stripe.refunds.retrieve(id)).status;
/** Captured and refunded amount of each charge of the payment. */
const moneyOf = async ({ id }: { readonly id: string }) =>
  (await stripe.charges.list({ payment_intent: id })).data.map((charge) => [
    charge.amount_captured,
    charge.amount_refunded,
  ]);

describe('amounts by which a wallet misbehaves', () => {
  it.each([
    ['alipay', 'requires_payment_method (processing_error)'],
    ['wechat_pay', 'requires_action'],
    ['paypal', 'requires_action'],
  ] as const)('9901, %s: the response is lost: processing, then %s', async (type, state) => {
    const intent = await pay(type, 19_901);
    expect(intent.status).toBe('processing');

    await afterMinutes(2);

    expect(await stateOf(intent)).toBe(state);
  });

  it.each(['wechat_pay', 'paypal'] as const)('9901, %s: the order that was found can be paid', async (type) => {
    const intent = await pay(type, 19_901);
    await afterMinutes(2);

    await approve(await stripe.paymentIntents.retrieve(intent.id));

    await app.settleDown();
    expect(await stateOf(intent)).toBe('succeeded');
  });

  it.each(WALLETS)('9902, %s: the order never arrived: processing, then failed', async (type) => {
    const intent = await pay(type, 19_902);
    expect(intent.status).toBe('processing');

    await afterMinutes(2);

    expect(await stateOf(intent)).toBe('requires_payment_method (processing_error)');
  });

  it.each(WALLETS)('9903, %s: the wallet declines what its payer approved', async (type) => {
    const intent = await paid(type, 19_903);

    expect(await stateOf(intent)).toBe('requires_payment_method (payment_method_provider_decline)');
  });

  it.each(WALLETS)('9904, %s: callbacks that come three times are one event each', async (type) => {
    const intent = await paid(type, 19_904);

    expect(await stateOf(intent)).toBe('succeeded');
    for (const name of ['payment_intent.requires_action', 'payment_intent.succeeded'])
      expect(await eventsWithObject(app, intent.id, name)).toHaveLength(1);
  });

  it.each(['alipay', 'paypal'] as const)('9905, %s: no callback: succeeded at the return', async (type) => {
    const intent = await pay(type, 19_905);

    expect(await approve(intent)).toBe('succeeded');

    expect(await stateOf(intent)).toBe('succeeded');
  });

  it('9905, wechat_pay: no callback: succeeded within minutes', async () => {
    const intent = await paid('wechat_pay', 19_905);
    expect(await stateOf(intent)).toBe('requires_action');

    await afterMinutes(2);

    expect(await stateOf(intent)).toBe('succeeded');
  });

  it.each(WALLETS)('9906, %s: the browser stays on the page, and the callback reports the success', async (type) => {
    const intent = await pay(type, 19_906);

    expect(await approve(intent)).toBeUndefined();

    await app.settleDown();
    expect(await stateOf(intent)).toBe('succeeded');
  });

  it('9907, alipay and paypal: the callback reports the success before the browser returns', async () => {
    const intents = [await pay('alipay', 19_907), await pay('paypal', 19_907)];
    let returned = 0;
    const returning = intents.map(async (intent) => {
      const status = await approve(intent);
      returned++;
      return status;
    });

    for (const intent of intents) while ((await stateOf(intent)) !== 'succeeded') await app.settleDown();

    expect(returned).toBe(0);
    expect(await Promise.all(returning)).toEqual(['succeeded', 'succeeded']);
  });

  it.each(WALLETS)('9908, %s: half of the amount does not pay, and goes back to the payer', async (type) => {
    const intent = await paid(type, 19_908);

    expect(await stateOf(intent)).toBe('requires_payment_method (payment_intent_payment_attempt_failed)');
    await afterMinutes(2);
    expect(await moneyOf(intent)).toEqual([[9_954, 9_954]]);
  });

  it.each(WALLETS)('9909, %s: the wallet decides after a day: processing, then succeeded', async (type) => {
    const intent = await pay(type, 19_909);

    expect(await approve(intent)).toBe(type === 'wechat_pay' ? undefined : 'pending');

    await afterMinutes(23 * 60);
    expect(await stateOf(intent)).toBe('processing');
    await afterMinutes(2 * 60);
    expect(await stateOf(intent)).toBe('succeeded');
  });

  it.each(WALLETS)('9910, %s: canceled; money that the wallet takes nevertheless goes back', async (type) => {
    const intent = await pay(type, 19_910);

    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('canceled');

    await afterMinutes(2);
    expect(await stateOf(intent)).toBe('canceled');
    expect(await moneyOf(intent)).toEqual([[19_910, 19_910]]);
  });

  it.each(WALLETS)('9911, %s: the response to a cancel is lost: requires_action, then canceled', async (type) => {
    const intent = await pay(type, 19_911);

    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('requires_action');

    await afterMinutes(2);
    expect(await stateOf(intent)).toBe('canceled');
    expect(await typesOf(intent)).toEqual(CANCELED);
  });

  it.each(['alipay', 'paypal'] as const)(
    '9911, %s: the payer comes back meanwhile: canceled at the return',
    async (type) => {
      const intent = await pay(type, 19_911);
      await stripe.paymentIntents.cancel(intent.id);

      expect(await approve(intent)).toBe('failed');

      expect(await stateOf(intent)).toBe('canceled');
      await afterMinutes(2);
      expect(await stateOf(intent)).toBe('canceled');
      expect(await typesOf(intent)).toEqual(CANCELED);
    },
  );

  it('9912, paypal: the response to the completion is lost: pending at the return, then succeeded', async () => {
    const intent = await pay('paypal', 19_912);

    expect(await approve(intent)).toBe('pending');

    expect(await stateOf(intent)).toBe('requires_action');
    await app.settleDown();
    expect(await stateOf(intent)).toBe('succeeded');
  });

  it.each([
    [19_913, 'capture', 'succeeded'],
    [19_914, 'cancel', 'canceled'],
  ] as const)('%s, paypal: the response to a %s is lost: requires_capture, then %s', async (amount, verb, status) => {
    const intent = await paid('paypal', amount, { capture_method: 'manual' });

    expect((await stripe.paymentIntents[verb](intent.id)).status).toBe('requires_capture');

    await app.settleDown();
    expect(await stateOf(intent)).toBe(status);
  });

  it.each(WALLETS)('9915, %s: the response to a refund is lost: pending, then succeeded', async (type) => {
    const { id } = await paid(type, 19_915);

    const refund = await stripe.refunds.create({ payment_intent: id, amount: 500 });

    expect(refund.status).toBe('pending');
    app.later(3_000);
    await app.settleDown();
    expect(await refundStatus(refund)).toBe('succeeded');
  });

  it.each(WALLETS)('9916, %s: a refund that succeeded fails 3 s later', async (type) => {
    const { id } = await paid(type, 19_916);

    const refund = await stripe.refunds.create({ payment_intent: id, amount: 500 });

    expect(refund.status).toBe('succeeded');
    app.later(3_000);
    await app.settleDown();
    expect(await refundStatus(refund)).toBe('failed');
  });

  it.each(WALLETS)(
    '9916, %s: after it failed, the whole payment is refunded again, with the same end',
    async (type) => {
      const { id } = await paid(type, 19_916);
      const refunds: Stripe.Refund[] = [];

      for (const round of [1, 2]) {
        refunds.push(await stripe.refunds.create({ payment_intent: id, metadata: { round } }));
        app.later(3_000);
        await app.settleDown();
      }

      expect(refunds.map(({ status, amount }) => [status, amount])).toEqual([
        ['succeeded', 19_916],
        ['succeeded', 19_916],
      ]);
      expect(await Promise.all(refunds.map(refundStatus))).toEqual(['failed', 'failed']);
      expect(await moneyOf({ id })).toEqual([[19_916, 0]]);
    },
  );

  it.each(WALLETS)('9917, %s: a refund beyond the balance is pending, then succeeded', async (type) => {
    const { id } = await paid(type, 19_917);

    const refund = await stripe.refunds.create({ payment_intent: id, amount: 500 });

    await app.settleDown();
    expect(await refundStatus(refund)).toBe('pending');
    await afterMinutes(5);
    expect(await refundStatus(refund)).toBe('succeeded');
  });

  it.each(WALLETS)('9918, %s: a callback about a refund and its charge is one event each', async (type) => {
    const { id } = await paid(type, 19_918);

    const refund = await stripe.refunds.create({ payment_intent: id, amount: 500 });

    app.later(3_000);
    await app.settleDown();
    expect(await refundStatus(refund)).toBe('succeeded');
    expect(await eventsWithObject(app, id, 'payment_intent.succeeded')).toHaveLength(1);
    expect(await eventsWithObject(app, refund.id, 'refund.created')).toHaveLength(1);
  });
});

it.each([
  ['alipay', 60],
  ['wechat_pay', 120],
  ['paypal', 180],
] as const)('an order at %s is payable for %i minutes, and has expired three minutes later', async (type, minutes) => {
  const intent = await pay(type, 2_000);

  await afterMinutes(minutes - 1);
  expect(await stateOf(intent)).toBe('requires_action');
  await afterMinutes(4);

  expect(await stateOf(intent)).toBe('requires_payment_method (payment_intent_payment_attempt_expired)');
});

describe('docs/test-mode.md', () => {
  const page = readFileSync('docs/test-mode.md', 'utf8');

  it('has a row for each scenario', () => {
    const rows = [...page.matchAll(/^\| (99\d\d) \| /gm)].map(([, digits]) => digits);

    expect(rows).toEqual(Object.keys(WALLET_SCENARIOS));
  });

  it.each(WALLETS)(
    '%s: has its currencies and limits, how long it is payable, its captures and its refunds',
    (type) => {
      const { currencies, amounts, payableMs, refundDays, capture } = CAPABILITIES.wallets[type]!;
      const money = (minor: bigint) => (Number(minor) / 100).toLocaleString('en', { minimumFractionDigits: 2 });
      const limits = Object.entries(amounts!).map(
        ([currency, { least, greatest } = {}]) =>
          `${least === undefined ? 'at most' : `${money(least)} to`} ${money(greatest!)} ${currency.toUpperCase()}`,
      );
      const [row, list] = [...page.matchAll(new RegExp(`^\\| \`${type}\` \\|.*$`, 'gm'))].map(([line]) => line);

      expect(list).toBe(`| \`${type}\` | ${(currencies as readonly string[]).join(' ')} | ${limits.join(', ')} |`);
      expect(row).toMatch(new RegExp(`\\| ${payableMs! / 3_600_000} hours? \\|`));
      expect(row).toContain(capture === 'later' ? '| at once or later |' : '| at once |');
      expect(row).toContain(`for ${refundDays} days |`);
    },
  );
});
