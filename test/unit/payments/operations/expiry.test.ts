/** A hold that is not captured expires: at the channel, in the payment, in the books and in the events. */
import { expect, it } from 'vitest';
import { isExpired } from '../../../../functions/payments/hold.ts';
import { paymentOf } from '../../../../functions/payments/store.ts';
import { audit } from '../../../audit/audit.ts';
import { endState, type Simulation, simulate } from '../../../world/simulation.ts';

const DAY_MS = 24 * 3_600_000;
const hold = {
  amount: '10000',
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  capture_method: 'manual',
};

async function held(): Promise<{ readonly sim: Simulation; readonly id: string }> {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', hold, 'hold');
  await sim.world.runQueues();
  return { sim, id: String(body.id) };
}

/** The janitor's runs of the time that passed, each of which visits some hours. */
async function catchUp(sim: Simulation): Promise<void> {
  for (let run = 0; run < 60; run++) await sim.world.janitor(sim.world.clock.nowMs());
  await sim.world.runQueues();
}

const intent = async (sim: Simulation, id: string) => (await sim.request('GET', `/v1/payment_intents/${id}`)).body;
const eventTypes = async (sim: Simulation): Promise<readonly string[]> => {
  const { body } = await sim.request('GET', '/v1/events?limit=100');
  return (body.data as { type: string }[]).map(({ type }) => type).reverse();
};
const payments = (sim: Simulation) =>
  sim.world.table.items('payments').flatMap((item) => (item.kind === 'payment' ? [paymentOf(item)] : []));

it('after seven days it is voided, the payment is canceled, and both are announced', async () => {
  const { sim, id } = await held();
  sim.move(7 * DAY_MS + 120_000);

  await catchUp(sim);

  expect(await intent(sim, id)).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'automatic',
    amount_capturable: 0,
  });
  expect([...sim.channel.charges.values()].map(({ operations }) => [...operations.keys()])).toEqual([[1]]);
  expect((await eventTypes(sim)).slice(-2).sort()).toEqual(['charge.expired', 'payment_intent.canceled']);
  expect(await audit(sim)).toEqual([]);
});

it('before that it stays, and the charge says until when', async () => {
  const { sim, id } = await held();
  const charge = async () =>
    (await sim.request('GET', `/v1/charges/${String((await intent(sim, id)).latest_charge)}`)).body;
  const { created, payment_method_details: details } = (await charge()) as {
    created: number;
    payment_method_details: { card: { capture_before: number } };
  };
  expect(details.card.capture_before - created).toBe(7 * 86_400);
  sim.move(7 * DAY_MS - 120_000);

  await catchUp(sim);

  expect(await intent(sim, id)).toMatchObject({ status: 'requires_capture' });
});

it('what was captured or canceled in time is left alone', async () => {
  const { sim, id } = await held();
  await sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'capture');
  const { body: other } = await sim.request('POST', '/v1/payment_intents', hold, 'other');
  await sim.request('POST', `/v1/payment_intents/${String(other.id)}/cancel`, {}, 'cancel');
  await sim.world.runQueues();
  const before = payments(sim);
  sim.move(7 * DAY_MS + 120_000);

  await catchUp(sim);

  expect(payments(sim)).toEqual(before);
});

it('a void that breaks off is asked about, and sent no second time', async () => {
  const { sim, id } = await held();
  sim.move(7 * DAY_MS + 120_000);
  let voids = 0;
  sim.onChannel = async (name) => {
    if (name !== 'void') return;
    voids += 1;
    throw new Error('no answer');
  };
  await catchUp(sim);
  expect(await intent(sim, id)).toMatchObject({ status: 'requires_capture' });
  expect(payments(sim)[0]?.pending).toMatchObject({ kind: 'void', cancellationReason: 'automatic' });
  expect(voids).toBe(1);
  sim.onChannel = undefined;

  for (let hour = 0; hour < 4; hour++) {
    sim.move(3_600_000);
    await catchUp(sim);
  }

  expect(await intent(sim, id)).toMatchObject({ status: 'canceled', cancellation_reason: 'automatic' });
  expect(endState(sim).payments).toHaveLength(1);
  expect(await audit(sim)).toEqual([]);
});

it('a hold that is being captured has not ended, whatever the time', async () => {
  const { sim, id } = await held();
  const [before] = payments(sim);
  const later = sim.world.clock.nowMs() + 8 * DAY_MS;
  let during: boolean | undefined;
  sim.onChannel = async (name) => {
    if (name === 'capture') during = isExpired(payments(sim)[0]!, later);
  };

  await sim.request('POST', `/v1/payment_intents/${id}/capture`, {}, 'capture');

  expect([isExpired(before!, later), during, isExpired(payments(sim)[0]!, later)]).toEqual([true, false, false]);
});
