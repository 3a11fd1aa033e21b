/** Cards whose money is available at once (docs.stripe.com/testing, Available balance): balance, payouts, refunds, and the settlement's batch. */
import type Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { setWatermark } from '../../functions/ledger/store.ts';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { Contended, type Write } from '../../functions/table/table.ts';
import { settle } from '../scenarios/available-funds.ts';
import { type App, scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

/** Each test has books of its own. */
const { newMerchant, client, ...shared } = await contractApp();
let app: App;
let stripe: Stripe;
beforeEach(async () => {
  const merchant = await newMerchant();
  stripe = client({ key: merchant.test.secretKey });
  app = { ...shared, newMerchant, client, merchant, stripe };
});

const pay = (method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}, idempotencyKey?: string) =>
  stripe.paymentIntents.create(
    { amount: 10_000, currency: 'usd', payment_method: method, confirm: true, ...more },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
/** Available and pending, in cents. */
const balance = async () => {
  const { available, pending } = await stripe.balance.retrieve();
  return [available, pending].map((lines) => lines.find(({ currency }) => currency === 'usd')?.amount);
};
const chargeTransaction = async ({ latest_charge: charge }: Stripe.PaymentIntent) =>
  (await stripe.charges.retrieve(charge as string, { expand: ['balance_transaction'] }))
    .balance_transaction as Stripe.BalanceTransaction;
/** Changes what the merchant has agreed to. */
async function agree(changes: { readonly reserveBps: number; readonly reserveDays: number }): Promise<void> {
  const scope = scopeOfApp(app);
  const settings = await loadSettings(app.world.table, scope);
  const fees = { ...settings.fees, ...changes };
  await app.world.table.commit(writeSettings(scope, { ...settings, version: settings.version + 1, fees }));
}
const reportOf = async (payout: Stripe.Payout, format: 'json' | 'csv') => {
  const headers = { authorization: `Bearer ${app.merchant.test.secretKey}` };
  return (await app.fetch(`/v1/payouts/${payout.id}/report?format=${format}`, { headers })).text();
};

describe('money that is available at once', () => {
  it.each(['pm_card_bypassPending', 'pm_card_bypassPendingInternational'])(
    '%s: is in the available balance when the payment answers, and can be paid out',
    async (method) => {
      const intent = await pay(method);

      expect(await balance()).toEqual([9_680, 0]);
      const transaction = await chargeTransaction(intent);
      expect(transaction).toMatchObject({ amount: 10_000, fee: 320, net: 9_680, status: 'available', type: 'charge' });
      expect(transaction.available_on).toBe(transaction.created);
      const payout = await stripe.payouts.create({ amount: 9_680, currency: 'usd' });
      expect([payout.status, await balance()]).toEqual(['pending', [0, 0]]);
      await app.settleDown();
      expect(await balance()).toEqual([0, 0]);
    },
  );

  it('of any other card is pending until it is settled', async () => {
    const intent = await pay('pm_card_visa');
    await app.settleDown();

    expect(await balance()).toEqual([0, 9_680]);
    expect((await chargeTransaction(intent)).status).toBe('pending');
  });

  it('is available when a hold is captured, by a token, and for a typed card', async () => {
    const held = await pay('pm_card_bypassPending', { capture_method: 'manual' });
    await app.settleDown();
    expect(await balance()).toEqual([0, 0]);
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 4_000 });
    expect(await balance()).toEqual([4_000 - 146, 0]);

    await stripe.charges.create({ amount: 1_000, currency: 'usd', source: 'tok_bypassPending' });
    const card = { number: '4000000000000077', exp_month: 12, exp_year: 2034 };
    const { id } = await stripe.paymentMethods.create({ type: 'card', card });
    await pay(id, { amount: 2_000 });

    expect(await balance()).toEqual([4_000 - 146 + 1_000 - 59 + 2_000 - 88, 0]);
  });

  it('is what a refund is taken from, and a refund beyond it is refused (balance_insufficient)', async () => {
    const intent = await pay('pm_card_bypassPending');

    const refused = await thrown(stripe.refunds.create({ payment_intent: intent.id }));
    expect(refused).toMatchObject({ code: 'balance_insufficient', statusCode: 400 });
    await stripe.refunds.create({ payment_intent: intent.id, amount: 9_000 });
    expect(await balance()).toEqual([680, 0]);
    await pay('pm_card_bypassPending');
    await stripe.refunds.create({ payment_intent: intent.id });
    await app.settleDown();

    expect(await balance()).toEqual([680 + 9_680 - 1_000, 0]);
    expect((await stripe.charges.retrieve(intent.latest_charge as string)).refunded).toBe(true);
  });

  it('is in exactly one batch: its line moves nothing out of pending, and the payout takes the rest', async () => {
    const early = await pay('pm_card_bypassPending');
    await pay('pm_card_visa', { amount: 2_000 });
    await stripe.payouts.create({ amount: 5_000, currency: 'usd' });

    await settle(app, scopeOfApp(app));
    await settle(app, scopeOfApp(app));

    const [automatic, ...others] = (await stripe.payouts.list()).data.filter((payout) => payout.automatic);
    expect([automatic?.amount, others]).toEqual([4_680 + 2_000 - 88, []]);
    const listed = await stripe.balanceTransactions.list({ payout: automatic!.id });
    expect(listed.data.filter(({ source }) => source === early.latest_charge)).toHaveLength(1);
    const report = JSON.parse(await reportOf(automatic!, 'json')) as Record<string, unknown>;
    expect(report).toMatchObject({
      opening: '4680',
      gross: '12000',
      fees: '408',
      net: '1912',
      available_at_capture: '9680',
      paid_out: '6592',
      lines: [
        { gross: '10000', fee: '320', net: '0', available_at_capture: '9680' },
        { gross: '2000', fee: '88', net: '1912' },
      ],
    });
    const [header, first, second] = (await reportOf(automatic!, 'csv')).split('\n');
    expect(header!.split(',').slice(5)).toEqual(['gross', 'fee', 'net', 'reserve', 'available_at_capture']);
    expect(first!.split(',').slice(5)).toEqual(['100.00', '3.20', '0.00', '0.00', '96.80']);
    expect(second!.split(',').slice(5)).toEqual(['20.00', '0.88', '19.12', '0.00', '0.00']);
    expect(await balance()).toEqual([0, 0]);
  });

  it('is all but the reserve, which stays pending and is held at the settlement', async () => {
    await agree({ reserveBps: 1_000, reserveDays: 30 });
    const intent = await pay('pm_card_bypassPending');
    await app.settleDown();

    expect(await balance()).toEqual([8_680, 1_000]);
    expect((await chargeTransaction(intent)).status).toBe('available');
    await settle(app, scopeOfApp(app));

    expect((await stripe.payouts.list()).data.map(({ amount }) => amount)).toEqual([8_680]);
    expect((await stripe.balance.retrieve()).connect_reserved).toEqual([{ amount: 1_000, currency: 'usd' }]);
    expect(await balance()).toEqual([0, 0]);
  });

  it('is nothing where fee and reserve take it all: a refund is taken from what is pending, as of any other card', async () => {
    await agree({ reserveBps: 9_700, reserveDays: 30 });
    const intent = await pay('pm_card_bypassPending');
    expect(await balance()).toEqual([0, 9_680]);
    await app.settleDown();
    expect(await balance()).toEqual([0, 9_680]);

    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    await app.settleDown();

    expect([refund.status, await balance()]).toEqual(['succeeded', [0, -320]]);
    await settle(app, scopeOfApp(app));
    expect(await balance()).toEqual([-320, 0]);
    expect((await stripe.payouts.list()).data).toEqual([]);
  });

  it('is posted by the stream where the period is being closed: once, as a late entry', async () => {
    const { table } = app.world;
    const scope = scopeOfApp(app);
    await table.commit(setWatermark(scope, app.world.clock.nowMs() + 1_000));

    await pay('pm_card_bypassPending');
    await app.settleDown();

    expect(await balance()).toEqual([9_680, 0]);
  });
});

/** Runs `request` while other transactions keep what `isBusy` names from each commit; how often a commit met that. */
async function contended<T>(isBusy: (write: Write) => boolean, request: () => Promise<T>) {
  const table = app.world.table as { commit: (...writes: readonly [Write, ...Write[]]) => Promise<void> };
  const commit = table.commit.bind(table);
  let met = 0;
  table.commit = async (...writes) => {
    if (!writes.some(isBusy)) return commit(...writes);
    met += 1;
    throw new Contended(new Error('TransactionConflict'));
  };
  try {
    return { result: await request(), met };
  } finally {
    table.commit = commit;
  }
}
const isBalance = (write: Write): boolean =>
  write.kind === 'update' && write.table === 'ledger' && write.key.pk === `${scopeOfApp(app)}#b`;

describe('while other requests keep the balance busy', () => {
  it('a payment is answered all the same, and the stream posts what is available', async () => {
    const { result: intent, met } = await contended(isBalance, () => pay('pm_card_bypassPending'));

    expect([intent.status, met]).toEqual(['succeeded', 1]);
    await app.settleDown();
    expect(await balance()).toEqual([9_680, 0]);
    expect((await chargeTransaction(intent)).status).toBe('available');
    const listed = await stripe.balanceTransactions.list({ source: intent.latest_charge as string });
    expect(listed.data).toHaveLength(1);
    expect((await pay('pm_card_bypassPending')).status).toBe('succeeded');
    expect(await balance()).toEqual([19_360, 0]);
  });

  it('a capture is too', async () => {
    const { id } = await pay('pm_card_bypassPending', { capture_method: 'manual' });

    const { result, met } = await contended(isBalance, () => stripe.paymentIntents.capture(id));

    expect([result.status, met]).toEqual(['succeeded', 1]);
    await app.settleDown();
    expect(await balance()).toEqual([9_680, 0]);
  });

  it('a refund and a payout are refused (lock_timeout) and change nothing, and the same request succeeds later', async () => {
    const intent = await pay('pm_card_bypassPending');
    const refund = () =>
      stripe.refunds.create({ payment_intent: intent.id, amount: 1_000 }, { idempotencyKey: `busy-${intent.id}` });
    const busy = { statusCode: 429, code: 'lock_timeout' };

    expect((await contended(isBalance, () => thrown(refund()))).result).toMatchObject(busy);
    const payout = stripe.payouts.create.bind(stripe.payouts, { amount: 500, currency: 'usd' });
    expect((await contended(isBalance, () => thrown(payout()))).result).toMatchObject(busy);

    expect(await balance()).toEqual([9_680, 0]);
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toEqual([]);
    expect((await refund()).status).toBe('succeeded');
    expect(await balance()).toEqual([8_680, 0]);
  });
});

it('a payment whose own item stays busy is 429 lock_timeout, and the same key learns its outcome: the card is charged once', async () => {
  const isOutcome = (write: Write): boolean =>
    write.kind === 'put' && write.item.kind === 'payment' && write.item.v !== undefined && Number(write.item.v) > 1;
  const before = app.sandboxCharges().length;
  const create = () => pay('pm_card_visa', {}, 'busy-payment');

  const { result, met } = await contended(isOutcome, () => thrown(create()));

  expect(result).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
  expect(met).toBe(1);
  expect((await create()).status).toBe('succeeded');
  expect(app.sandboxCharges().length - before).toBe(1);
});
