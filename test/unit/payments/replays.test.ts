/** A key has one reply: later changes of the object do not change the stored reply (I13). */
import { expect, it } from 'vitest';
import { everyAwait, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { fullMetadata, loud } from '../../scenarios/oversized-text.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const card = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' };

it('create: is answered as before after the payment was confirmed', async () => {
  const sim = await simulate();
  const first = await sim.request('POST', '/v1/payment_intents', card, 'create');
  await sim.world.runQueues();
  sim.move(1_000);
  await sim.request('POST', `/v1/payment_intents/${String(first.body.id)}/confirm`, {}, 'confirm');
  await sim.world.runQueues();

  const again = await sim.request('POST', '/v1/payment_intents', card, 'create');

  expect(again.replayed).toBe(true);
  expect(again.body).toEqual(first.body);
});

it('create: a request that takes over a key whose request died after its only commit stores the reply', async () => {
  const create = (sim: Simulation) => sim.request('POST', '/v1/payment_intents', card, 'create');
  await everyAwait({ from: await simulate(), operation: create, hows: ['dies'], atLeast: 8 }, async (sim) => {
    sim.move(LEASE_OVER_MS);
    const second = await create(sim);
    await sim.world.runQueues();
    sim.move(LEASE_OVER_MS);
    await sim.request('POST', `/v1/payment_intents/${String(second.body.id)}/confirm`, {}, 'confirm');
    await sim.world.runQueues();

    const third = await create(sim);

    expect(second.body.status).toBe('requires_confirmation');
    expect(third).toEqual({ ...second, replayed: true });
  });
});

const DAY_MS = 24 * 3_600_000;

it('confirm: a key that was forgotten after a day is a new request’s, with a try of its own', async () => {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', { amount: '10000', currency: 'usd' });
  const confirm = (method: string) =>
    sim.request('POST', `/v1/payment_intents/${String(body.id)}/confirm`, { payment_method: method }, 'pay');
  const first = await confirm('pm_card_visa_chargeDeclined');
  await sim.world.runQueues();
  sim.move(DAY_MS + 1_000);

  const second = await confirm('pm_card_visa');

  expect(first.status).toBe(402);
  expect([second.status, second.body.status]).toEqual([200, 'succeeded']);
  expect(sim.channel.charges.size).toBe(2);
});

it('confirm of a setup intent: so too', async () => {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/setup_intents');
  const confirm = (method: string) =>
    sim.request('POST', `/v1/setup_intents/${String(body.id)}/confirm`, { payment_method: method }, 'set up');
  const first = await confirm('pm_card_visa_chargeDeclined');
  await sim.world.runQueues();
  sim.move(DAY_MS + 1_000);

  const second = await confirm('pm_card_visa');

  expect(first.status).toBe(402);
  expect([second.status, second.body.status]).toEqual([200, 'succeeded']);
});

it('increment: a request that takes over the key gets the reply again after the hold was voided', async () => {
  const sim = await simulate();
  const option = 'payment_method_options[card][request_incremental_authorization]';
  const hold = { ...card, confirm: 'true', capture_method: 'manual', [option]: 'if_available' };
  const { body } = await sim.request('POST', '/v1/payment_intents', hold, 'hold');
  const act = (name: string, params = {}) =>
    sim.request('POST', `/v1/payment_intents/${String(body.id)}/${name}`, params, name);
  const first = await act('increment_authorization', { amount: '12000' });
  await act('cancel');
  // The stream lags, so no reply is stored, and the lease of the first request is over.
  sim.move(41_000);

  const again = await act('increment_authorization', { amount: '12000' });

  expect([first.status, again.status]).toEqual([200, 200]);
  const [reference] = [...sim.channel.charges.keys()];
  expect(sim.channel.sent.get(`increment ${reference} 1`)).toBe(1);
});

/** A payment whose reply, with its customer expanded, exceeds the size of a stored reply. */
async function tooLong(sim: Simulation) {
  const said = fullMetadata(loud(500));
  const customer = await sim.request('POST', '/v1/customers', said, 'customer');
  const everything = [
    'customer',
    'latest_charge',
    'latest_charge.customer',
    'latest_charge.payment_intent',
    'latest_charge.payment_intent.customer',
    'latest_charge.payment_intent.latest_charge',
  ];
  return {
    made: { amount: '1000', currency: 'usd', customer: String(customer.body.id), ...said },
    expanded: Object.fromEntries(everything.map((path, n) => [`expand[${n}]`, path])),
  };
}

it('a reply that is too long to store is still sent, and is rendered again when the key is sent again', async () => {
  const sim = await simulate();
  const { made, expanded } = await tooLong(sim);
  const { body } = await sim.request('POST', '/v1/payment_intents', made, 'make');
  const confirm = () =>
    sim.request(
      'POST',
      `/v1/payment_intents/${body.id}/confirm`,
      { payment_method: 'pm_card_visa', ...expanded },
      'pay',
    );

  const first = await confirm();
  expect(first).toMatchObject({
    status: 200,
    body: { status: 'succeeded', latest_charge: { customer: { metadata: {} } } },
  });
  expect(JSON.stringify(first.body).length).toBeGreaterThan(1_000_000);
  await sim.world.runQueues();
  expect(await confirm()).toMatchObject({
    status: 200,
    body: { latest_charge: { id: (first.body.latest_charge as { id: string }).id } },
  });
  expect(sim.channel.charges.size).toBe(1);
});

it('a payment whose reply was too long to be kept is made once, however often its key is sent', async () => {
  const sim = await simulate();
  const { made, expanded } = await tooLong(sim);
  const paid = { ...made, payment_method: 'pm_card_visa', confirm: 'true', ...expanded };
  const pay = () => sim.request('POST', '/v1/payment_intents', paid, 'pay');

  const first = await pay();
  await sim.world.runQueues();
  const again = await pay();

  expect(JSON.stringify(first.body).length).toBeGreaterThan(1_000_000);
  expect([first.status, again.status, again.body.id]).toEqual([200, 200, first.body.id]);
  expect(sim.channel.charges.size).toBe(1);
});
