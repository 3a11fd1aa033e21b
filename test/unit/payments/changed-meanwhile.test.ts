/** An attempt that was declined, an intent that asks for something else since, and the attempt's money that comes after all (I15). */
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { endState, simulate } from '../../world/simulation.ts';

it.each([
  ['another amount', { amount: '20000' }, 'captured'],
  ['another currency', { currency: 'eur' }, 'captured'],
  ['another amount', { amount: '20000' }, 'authorized'],
  ['another way of capture', { capture_method: 'manual' }, 'captured'],
] as const)(
  'the intent asks for %s: the late money (%#) is given back, in what it came in',
  async (_name, change, kind) => {
    const sim = await simulate();
    const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa_chargeDeclined', confirm: 'true' };
    await sim.request('POST', '/v1/payment_intents', params, 'pay');
    await sim.deliverCallbacks();
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    const [payment] = sim.world.table.items('payments').filter((item) => item.kind === 'payment');
    const changed = await sim.request('POST', `/v1/payment_intents/pi_${payment!.sk}`, change, 'change');
    expect(changed.status).toBe(200);

    await sim.takeOne({ about: 'attempt', reference, outcome: sim.channel.decide(reference, kind) });
    await sim.world.runQueues();
    sim.move(180_000);
    await sim.janitor();
    await sim.world.runQueues();

    expect(endState(sim).payments).toEqual(['requires_payment_method captured 0 refunded 0 attempts voided']);
    expect([...sim.channel.charges.values()].map(({ voided }) => voided)).toEqual([true]);
    expect(await audit(sim)).toEqual([]);
    expect(sim.world.table.items('ledger').filter(({ pk }) => pk.includes('#j#')).length).toBe(2);
  },
);
