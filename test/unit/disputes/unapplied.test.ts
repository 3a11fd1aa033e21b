/** A chargeback of money that the payment does not want, in the currency in which the channel took it. */
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { differencesOf } from '../../audit/auditor.ts';
import { recordsOf } from '../../audit/records.ts';
import { taken } from '../../scenarios/busy-day.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

/** A payment in euros, for which the channel took dollars: an attempt that it had declined before the currency changed. */
async function takenInDollars(): Promise<{ readonly sim: Simulation; readonly reference: ChannelReference }> {
  const sim = await simulate();
  await taken(sim, 'declined', { payment_method: 'pm_card_visa_chargeDeclined' });
  const reference = [...sim.channel.charges.keys()].at(-1) as ChannelReference;
  const [payment] = recordsOf(sim.world).payments;
  const changes = { amount: '20000', currency: 'eur' };
  const { status } = await sim.request('POST', `/v1/payment_intents/pi_${payment!.body}`, changes, 'change');
  expect(status).toBe(200);
  await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, 'captured') });
  await sim.world.runQueues();
  return { sim, reference };
}

it('a chargeback is booked in the currency of its charge, whatever the payment asks for now', async () => {
  const { sim, reference } = await takenInDollars();
  sim.channel.openDispute(reference, 'chargeback', 10_000n);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  sim.move(1_000);

  const { disputes, journal } = recordsOf(sim.world);
  expect(disputes.map(({ currency, amount, status }) => [currency, amount, status])).toEqual([
    ['usd', 10_000n, 'needs_response'],
  ]);
  const opened = journal.map(({ entry }) => entry).find(({ type }) => type === 'dispute_opened');
  expect(opened?.currency).toBe('usd');
  expect(await differencesOf(sim, { clock: { ...sim.world.clock, sleep: sim.world.runQueues } })).toEqual([]);
});

it('a chargeback in the currency that the payment asks for now, and the channel did not take, is taken again later', async () => {
  const { sim, reference } = await takenInDollars();
  sim.channel.openDispute(reference, 'chargeback', 10_000n);
  const fact = sim.channel.callbacks.splice(0).find(({ about }) => about === 'dispute')!;
  const { dispute } = fact as Extract<typeof fact, { about: 'dispute' }>;

  await expect(sim.takeOne({ ...fact, dispute: { ...dispute, currency: 'eur' } } as never)).rejects.toThrow(
    /10000 eur$/,
  );
  expect(recordsOf(sim.world).disputes).toEqual([]);
});
