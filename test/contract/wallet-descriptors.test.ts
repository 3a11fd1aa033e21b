/** `statement_descriptor`, which only charges without a card have, with the official SDK. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { descriptorOf } from '../../functions/sandbox/charge.ts';
import { loadCharge } from '../../functions/sandbox/store.ts';
import { BACK, walletSteps } from '../scenarios/wallet-sdk.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;
const { create, pay, decide } = walletSteps(app);

const MIXED = { payment_method_types: ['card', 'alipay'] };
const REFUSED = {
  statusCode: 400,
  type: 'StripeInvalidRequestError',
  param: 'statement_descriptor',
  message:
    'The statement_descriptor parameter is not supported for card charges. Use statement_descriptor_suffix instead.',
};
/** Records of payments, and charges at the sandbox. */
const traces = () => [app.itemCount('payments', 'payment'), app.sandboxCharges().length];

async function chargeOf({ id }: { readonly id: string }): Promise<Stripe.Charge> {
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
  return charge as Stripe.Charge;
}

/** What the wallet would print for the charge. */
async function printed({ id }: Stripe.Charge): Promise<string | undefined> {
  const { table, clock } = app.world;
  const [account] = (await loadSettings(table, scopeOfApp(app))).accounts;
  const reference = `${scopeOfApp(app)}${id.slice(3)}`;
  return descriptorOf((await loadCharge(table, account!.account, reference, clock.nowMs()))!);
}

describe('the descriptor of a payment by wallet', () => {
  it.each(['alipay', 'wechat_pay', 'paypal'] as const)('is the whole text of its charge: %s', async (type) => {
    const intent = await pay(type, { statement_descriptor: 'NORTH STAR TEA ROOMS 7' });
    await decide(intent, 'approve');

    const charge = await chargeOf(intent);

    expect(intent).toMatchObject({ statement_descriptor: 'NORTH STAR TEA ROOMS 7', statement_descriptor_suffix: null });
    expect(charge).toMatchObject({
      paid: true,
      statement_descriptor: 'NORTH STAR TEA ROOMS 7',
      calculated_statement_descriptor: 'NORTH STAR TEA ROOMS 7',
    });
    expect(await printed(charge)).toBe('NORTH STAR TEA ROOMS 7');
  });

  it('is changed and taken away before the confirmation, and not afterwards', async () => {
    const { id } = await create({ payment_method_types: ['alipay'], statement_descriptor: 'OLD' });

    expect((await stripe.paymentIntents.update(id, { statement_descriptor: '' })).statement_descriptor).toBeNull();
    await stripe.paymentIntents.update(id, { statement_descriptor: 'NEW' });
    const intent = await stripe.paymentIntents.confirm(id, {
      payment_method_data: { type: 'alipay' },
      return_url: BACK,
    });
    await decide(intent, 'approve');

    expect((await chargeOf(intent)).calculated_statement_descriptor).toBe('NEW');
    expect(await thrown(stripe.paymentIntents.update(id, { statement_descriptor: 'LATE' }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      param: 'statement_descriptor',
    });
  });

  it('is named by the capture of a hold, and of a card’s hold it is not', async () => {
    const held = await pay('paypal', { capture_method: 'manual', statement_descriptor: 'HELD' });
    await decide(held, 'approve');
    const card = await create({ payment_method: 'pm_card_visa', confirm: true, capture_method: 'manual' });

    const captured = await stripe.paymentIntents.capture(held.id, { statement_descriptor: 'PARCEL 1' });

    const charge = await chargeOf(captured);
    expect([captured.statement_descriptor, charge.calculated_statement_descriptor]).toEqual(['PARCEL 1', 'PARCEL 1']);
    expect(await printed(charge)).toBe('PARCEL 1');
    expect(await thrown(stripe.paymentIntents.capture(card.id, { statement_descriptor: 'PARCEL 1' }))).toMatchObject(
      REFUSED,
    );
    expect((await stripe.paymentIntents.retrieve(card.id)).status).toBe('requires_capture');
  });

  it.each(['x'.repeat(23), '1234', 'A<B', 'A>B', 'A\\B', "A'B", 'A"B', 'A*B'])('is not %s', async (descriptor) => {
    const before = traces();

    expect(await thrown(pay('alipay', { statement_descriptor: descriptor }))).toMatchObject({
      statusCode: 400,
      param: 'statement_descriptor',
    });
    expect(traces()).toEqual(before);
  });
});

describe('the descriptor of a payment by card', () => {
  it.each([
    ['created', () => create({ statement_descriptor: 'SHOP' })],
    [
      'created and confirmed',
      () => create({ statement_descriptor: 'SHOP', payment_method: 'pm_card_visa', confirm: true }),
    ],
    [
      'created for a card or a wallet, and confirmed with a card',
      () =>
        create({
          ...MIXED,
          statement_descriptor: 'SHOP',
          payment_method: 'pm_card_visa',
          confirm: true,
          return_url: BACK,
        }),
    ],
  ])('is refused, and nothing is left of it: %s', async (_, attempt) => {
    const before = traces();

    expect(await thrown(attempt())).toMatchObject(REFUSED);
    expect(traces()).toEqual(before);
  });

  it('is refused when it is added, and when the other types go', async () => {
    const plain = await create();
    const mixed = await create({ ...MIXED, statement_descriptor: 'SHOP' });
    const onlyCard = { payment_method_types: ['card'] } as Stripe.PaymentIntentUpdateParams;

    expect(await thrown(stripe.paymentIntents.update(plain.id, { statement_descriptor: 'SHOP' }))).toMatchObject(
      REFUSED,
    );
    expect(await thrown(stripe.paymentIntents.update(mixed.id, onlyCard))).toMatchObject(REFUSED);
    expect(await stripe.paymentIntents.update(mixed.id, { ...onlyCard, statement_descriptor: '' })).toMatchObject({
      statement_descriptor: null,
      payment_method_types: ['card'],
    });
  });

  it('is refused at the confirmation where a wallet may pay too, and the intent waits for another method', async () => {
    const { id } = await create({ ...MIXED, statement_descriptor: 'SHOP' });
    const before = traces();

    const error = await thrown(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }));

    expect(error).toMatchObject(REFUSED);
    expect(traces()).toEqual(before);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: null,
      statement_descriptor: 'SHOP',
    });
    const intent = await stripe.paymentIntents.confirm(id, {
      payment_method_data: { type: 'alipay' },
      return_url: BACK,
    });
    expect(intent.status).toBe('requires_action');
  });
});
