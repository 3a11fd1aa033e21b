/** A payment by wallet whose payer has paid, and which the wallet decides a day later: `processing` meanwhile. With the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import type { Charge } from '../../functions/sandbox/charge.ts';
import { loadCharge, writeCharge } from '../../functions/sandbox/store.ts';
import { tryCommit } from '../../functions/table/commit.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { eventsWithObject } from '../world/object-events.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

/** The payer of an order over 199.09, which the sandbox decides a day later, has paid and is back. */
async function paid(): Promise<{ readonly intent: Stripe.PaymentIntent; readonly back: URL }> {
  const intent = await stripe.paymentIntents.create({
    amount: 19_909,
    currency: 'usd',
    payment_method_types: ['alipay'],
    payment_method_data: { type: 'alipay' },
    confirm: true,
    return_url: 'https://shop.example/done',
  } as Stripe.PaymentIntentCreateParams);
  const answer = await fetch(intent.next_action!.alipay_handle_redirect!.url!, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ result: 'approve' }),
  });
  const back = await app.sentOn(answer.headers.get('location')!);
  await app.settleDown();
  return { intent, back };
}

/** The wallet decides now. */
async function decides(intent: Stripe.PaymentIntent, decision: Charge['decision']): Promise<void> {
  const { table, clock } = app.world;
  const [account] = (await loadSettings(table, scopeOfApp(app))).accounts;
  const reference = `${scopeOfApp(app)}${(await chargeOf(intent.id)).id.slice(3)}`;
  const known = (await loadCharge(table, account!.account, reference, clock.nowMs()))!;
  const decided = { ...known, decision, decidedMs: clock.nowMs(), version: known.version + 1 };
  expect(await tryCommit(table, writeCharge(decided, clock.nowMs()))).toBe(true);
  await app.world.janitor(Date.now() + 180_000);
  await app.settleDown();
}

async function chargeOf(id: string): Promise<Stripe.Charge> {
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  return charge as Stripe.Charge;
}

describe('a payment that the wallet has not decided', () => {
  it('is processing when the payer is back, with a pending charge and nothing left to do', async () => {
    const { intent, back } = await paid();

    expect(back.searchParams.get('redirect_status')).toBe('pending');
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'processing',
      next_action: null,
      amount_received: 0,
    });
    const charge = await chargeOf(intent.id);
    expect(charge).toMatchObject({
      status: 'pending',
      paid: false,
      captured: false,
      amount_captured: 0,
      balance_transaction: null,
      outcome: null,
      payment_method_details: { type: 'alipay' },
    });
    expect((await stripe.charges.list({ payment_intent: intent.id })).data).toEqual([charge]);
    expect((await stripe.charges.list({ limit: 1 })).data).toEqual([charge]);
    expect(await eventsWithObject(app, intent.id, 'payment_intent.processing')).toMatchObject([
      { data: { object: { status: 'processing', next_action: null, latest_charge: charge.id } } },
    ]);
    expect(await eventsWithObject(app, charge.id, 'charge.pending')).toMatchObject([
      { data: { object: { status: 'pending' } } },
    ]);
  });

  it('is neither canceled, confirmed, captured nor refunded', async () => {
    const { intent } = await paid();
    const { id } = await chargeOf(intent.id);

    const refusals = [
      await thrown(stripe.paymentIntents.cancel(intent.id)),
      await thrown(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })),
      await thrown(stripe.paymentIntents.capture(intent.id)),
    ];
    const refunds = [
      await thrown(stripe.refunds.create({ payment_intent: intent.id })),
      await thrown(stripe.refunds.create({ charge: id })),
    ];

    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
      expect(refusal.message).toContain('because it has a status of processing.');
    }
    for (const refusal of refunds) {
      expect(refusal).toMatchObject({ statusCode: 400, param: 'payment_intent' });
      expect(refusal.message).toContain('does not have a successful charge to refund');
    }
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('processing');
  });

  it('succeeds later, with the same charge, listed once', async () => {
    const { intent } = await paid();
    const { id, created } = await chargeOf(intent.id);

    await decides(intent, 'approved');

    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'succeeded',
      latest_charge: id,
      amount_received: 19_909,
    });
    expect(await stripe.charges.retrieve(id)).toMatchObject({ status: 'succeeded', paid: true, created });
    const listed = (await stripe.charges.list({ limit: 100 })).data.filter((charge) => charge.id === id);
    expect(listed).toHaveLength(1);
    expect(await eventsWithObject(app, id, 'charge.succeeded')).toHaveLength(1);
    expect((await stripe.refunds.create({ charge: id, amount: 500 })).status).toBe('succeeded');
  });

  it('fails later, and waits for another method', async () => {
    const { intent } = await paid();
    const { id } = await chargeOf(intent.id);

    await decides(intent, 'wallet_declined');

    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: id,
      last_payment_error: { code: 'payment_method_provider_decline', charge: id },
    });
    expect(await stripe.charges.retrieve(id)).toMatchObject({ status: 'failed', paid: false });
    expect(await eventsWithObject(app, id, 'charge.failed')).toHaveLength(1);
    const again = await stripe.paymentIntents.confirm(intent.id, {
      payment_method_data: { type: 'alipay' },
      return_url: 'https://shop.example/done',
    });
    expect(again.status).toBe('requires_action');
  });
});
