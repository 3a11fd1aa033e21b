/** An answer that Lambda could not hand over: the gateway would make an error of its own of it. */
import { expect, it } from 'vitest';
import { fullMetadata, loud } from '../../scenarios/oversized-text.ts';
import { simulate } from '../../world/simulation.ts';

it('list: refuses a page of more than 6 MB and asks for a smaller one', async () => {
  const sim = await simulate();
  for (let n = 0; n < 40; n++) await sim.request('POST', '/v1/customers', fullMetadata(loud(500)), `customer ${n}`);

  expect(await sim.request('GET', '/v1/customers?limit=40')).toMatchObject({
    status: 400,
    body: {
      error: {
        type: 'invalid_request_error',
        param: 'limit',
        message:
          'These objects are more than the 6 MB that an answer may have: ask for fewer with `limit`, or expand less.',
      },
    },
  });
  const fewer = await sim.request('GET', '/v1/customers?limit=30');
  expect(fewer.status).toBe(200);
  expect(fewer.body.data).toHaveLength(30);
});

it('refund: answers without expansions that exceed 6 MB, because the money has moved; it is made once', async () => {
  const sim = await simulate();
  const said = fullMetadata(loud(500));
  const paid = { amount: '20000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  const { body } = await sim.request('POST', '/v1/payment_intents', { ...paid, ...said }, 'pay');
  const refund = (key: string, more: object = {}) =>
    sim.request('POST', '/v1/refunds', { payment_intent: String(body.id), amount: '100', ...said, ...more }, key);
  for (let n = 1; n <= 10; n++) await refund(`refund ${n}`);
  const everything = ['', 'payment_intent.latest_', 'charge.payment_intent.latest_'].map((to) => `${to}charge.refunds`);
  const expanded = Object.fromEntries(
    [...everything, 'charge.refunds.data.charge'].map((path, n) => [`expand[${n}]`, path]),
  );

  const told = await refund('one more', expanded);
  await sim.world.runQueues();

  expect(told).toMatchObject({ status: 200, body: { object: 'refund', amount: 100, payment_intent: body.id } });
  expect((await refund('one more', expanded)).body.id).toBe(told.body.id);
  expect(sim.channel.refunds.size).toBe(11);
});
