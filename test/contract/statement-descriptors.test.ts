/** What a payer's statement prints: what the merchant says reaches the channel, and the charge shows the same. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { descriptorOf } from '../../functions/sandbox/charge.ts';
import { loadCharge } from '../../functions/sandbox/store.ts';
import { checkoutOf } from '../scenarios/checkout-sdk.ts';
import { scopeOfApp } from '../world/app.ts';
import { contractApp } from '../world/contract-app.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

/** What the acquirer would print for the charge. */
async function printed(charge: string): Promise<string | undefined> {
  const { table, clock } = app.world;
  const [account] = (await loadSettings(table, scopeOfApp(app))).accounts;
  const reference = `${scopeOfApp(app)}${charge.slice(3)}`;
  return descriptorOf((await loadCharge(table, account!.account, reference, clock.nowMs()))!);
}

async function expectPrinted(charge: string | Stripe.Charge | null, expected: string): Promise<void> {
  const { id, calculated_statement_descriptor: shown } =
    typeof charge === 'string' ? await stripe.charges.retrieve(charge) : charge!;
  expect([shown, await printed(id)]).toEqual([expected, expected]);
}

const pay = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    ...params,
  });
const flexible = {
  capture_method: 'manual',
  payment_method_options: {
    card: { request_multicapture: 'if_available', request_incremental_authorization: 'if_available' },
  },
} as const;

describe('a suffix', () => {
  it('of a payment that is made and confirmed at once', async () => {
    await expectPrinted((await pay({ statement_descriptor_suffix: 'ORDER 7' })).latest_charge, 'SLUICE* ORDER 7');
    await expectPrinted((await pay()).latest_charge, 'SLUICE');
  });

  it('that is changed before the confirmation, and taken away', async () => {
    const draft = (suffix: string) =>
      stripe.paymentIntents
        .create({ amount: 2_000, currency: 'usd', payment_method: 'pm_card_visa', statement_descriptor_suffix: 'OLD' })
        .then(({ id }) => stripe.paymentIntents.update(id, { statement_descriptor_suffix: suffix }))
        .then(({ id }) => stripe.paymentIntents.confirm(id));

    await expectPrinted((await draft('NEW')).latest_charge, 'SLUICE* NEW');
    await expectPrinted((await draft('')).latest_charge, 'SLUICE');
  });

  it('of each capture is the last', async () => {
    const { id, latest_charge: charge } = await pay({ ...flexible, statement_descriptor_suffix: 'HELD' });
    await expectPrinted(charge, 'SLUICE* HELD');

    const part = { amount_to_capture: 500, final_capture: false };
    await stripe.paymentIntents.capture(id, { ...part, statement_descriptor_suffix: 'PARCEL 1' });
    await expectPrinted(charge, 'SLUICE* PARCEL 1');
    await stripe.paymentIntents.capture(id, part);
    await expectPrinted(charge, 'SLUICE* PARCEL 1');
    await stripe.paymentIntents.capture(id, { statement_descriptor_suffix: 'THE LAST PARCEL OF ALL' });
    await expectPrinted(charge, 'SLUICE* THE LAST PARCE');
  });

  it('stays behind the descriptor that an increment names', async () => {
    const { id, latest_charge: charge } = await pay({ ...flexible, statement_descriptor_suffix: 'ROOM 7' });

    await stripe.paymentIntents.incrementAuthorization(id, { amount: 3_000, statement_descriptor: 'HOTEL NORTH' });

    await expectPrinted(charge, 'HOTEL NORT* ROOM 7');
  });

  it('of a charge without an intent, and of its capture; its descriptor is a suffix too', async () => {
    const held = await stripe.charges.create({
      amount: 2_000,
      currency: 'usd',
      source: 'tok_visa',
      capture: false,
      statement_descriptor: 'ORDER 8',
    });
    await expectPrinted(held, 'SLUICE* ORDER 8');

    const captured = await stripe.charges.capture(held.id, { statement_descriptor_suffix: 'LATE' });
    await expectPrinted(captured, 'SLUICE* LATE');
  });

  it('of a Checkout Session', async () => {
    const checkout = checkoutOf(app);
    const { id } = await checkout.open({ payment_intent_data: { statement_descriptor_suffix: 'TEA' } });

    const intent = await checkout.intentOf(await checkout.complete(id));

    await expectPrinted(intent.latest_charge, 'SLUICE* TEA');
  });

  it.each(['<', '>', '\\', "'", '"', '*'])(
    'with %s is refused in every parameter that takes one',
    async (character) => {
      const suffix = `A${character}B`;
      const { id } = await pay(flexible);
      const refusals = [
        thrown(pay({ statement_descriptor_suffix: suffix })),
        thrown(stripe.paymentIntents.capture(id, { statement_descriptor_suffix: suffix })),
        thrown(stripe.paymentIntents.incrementAuthorization(id, { amount: 3_000, statement_descriptor: suffix })),
        thrown(
          stripe.charges.create({
            amount: 2_000,
            currency: 'usd',
            source: 'tok_visa',
            statement_descriptor_suffix: suffix,
          }),
        ),
      ];

      for (const refusal of await Promise.all(refusals)) expect(refusal).toMatchObject({ statusCode: 400 });
    },
  );
});
