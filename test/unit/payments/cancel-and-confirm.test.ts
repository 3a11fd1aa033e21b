/** A cancel that read the payment before another request confirmed it: it first voids the attempt at the channel, or does not cancel. */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { endState, simulate } from '../../world/simulation.ts';

it.each([
  ['authorised', { capture_method: 'manual' }, 'requires_capture captured 0 refunded 0 attempts authorized'],
  [
    'asked for a challenge',
    { payment_method: 'pm_card_authenticationRequired' },
    'requires_action captured 0 refunded 0 attempts requires_action',
  ],
])(
  'cancel: a payment that is %s by now stays (lock_timeout), and sent again the cancel asks the channel',
  async (_name, more, meanwhile) => {
    const sim = await simulate();
    const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', ...more };
    const { body } = await sim.request('POST', '/v1/payment_intents', params, 'create');
    const path = `/v1/payment_intents/${String(body.id)}`;
    sim.world.table.onCall = async ({ writes, when }) => {
      const [write] = writes;
      if (when !== 'before' || write?.kind !== 'put' || write.item.status !== 'canceled') return;
      sim.world.table.onCall = undefined;
      await sim.request('POST', `${path}/confirm`, {}, 'confirm');
    };

    const first = await sim.request('POST', `${path}/cancel`, {}, 'cancel');

    expect(first).toMatchObject({ status: 429, body: { error: { code: 'lock_timeout' } } });
    expect(endState(sim).payments).toEqual([meanwhile]);
    expect(await sim.request('POST', `${path}/cancel`, {}, 'cancel')).toMatchObject({ body: { status: 'canceled' } });
    await sim.world.runQueues();
    expect([...sim.channel.charges.values()].map(({ voided }) => voided)).toEqual([true]);
    expect(await audit(sim)).toEqual([]);
  },
);
