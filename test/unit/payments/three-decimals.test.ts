/** Currencies with mills (docs.stripe.com/currencies#three-decimal): every amount ends in 0, also of a part. */
import { expect, it } from 'vitest';
import { simulate } from '../../world/simulation.ts';

const card = { amount: '12340', currency: 'kwd', payment_method: 'pm_card_visa', confirm: 'true' };

it('capture: refuses a part of a fils that does not end in 0 (parameter_invalid_integer)', async () => {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...card, capture_method: 'manual' }, 'hold');
  const path = `/v1/payment_intents/${String(body.id)}/capture`;

  const refused = await sim.request('POST', path, { amount_to_capture: '6001' }, 'one');
  const captured = await sim.request('POST', path, { amount_to_capture: '6000' }, 'two');

  expect(refused).toMatchObject({
    status: 400,
    body: { error: { code: 'parameter_invalid_integer', param: 'amount_to_capture' } },
  });
  expect(captured.body).toMatchObject({ status: 'succeeded', amount_received: 6000 });
});

it('refund: refuses the same', async () => {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', card, 'pay');
  const refund = (amount: string) =>
    sim.request('POST', '/v1/refunds', { payment_intent: String(body.id), amount }, `refund ${amount}`);

  expect(await refund('6001')).toMatchObject({ status: 400, body: { error: { param: 'amount' } } });
  expect((await refund('6000')).body).toMatchObject({ amount: 6000, status: 'succeeded' });
});
