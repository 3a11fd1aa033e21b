/** Repair derives what a commit announced from the payment alone: also where commits that announce nothing came between the creation and its outcome. */
import { expect, it } from 'vitest';
import { recordsOf } from '../../audit/records.ts';
import { misremembered } from '../../scenarios/lost-stream.ts';
import { clientOf, EVERY_TYPE, walletMethod } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

const CREATE = { amount: '10000', currency: 'usd', confirm: 'true', return_url: 'https://shop.example/done' };

it.each([
  ['pm_card_visa', 'succeeded'],
  ['pm_card_authenticationRequired', 'requires_action'],
  ['pm_card_chargeDeclined', 'requires_payment_method'],
  ['alipay', 'requires_action'],
] as const)('%s: handles that are reported before the answer are no announcement', async (type, status) => {
  for (const names of [[], ['order'], ['order', 'transaction']]) {
    const sim = await simulate();
    const client = clientOf(sim);
    const { authorize } = client;
    client.authorize = async (request) => {
      const { reference } = request;
      for (const name of names) {
        const outcome = { kind: 'unknown', reason: 'received', handles: { [name]: `${name}-1` } } as const;
        expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('applied');
      }
      return authorize(request);
    };
    const method = type === 'alipay' ? await walletMethod(sim, type) : type;
    const params = { ...CREATE, ...(type === 'alipay' && EVERY_TYPE), payment_method: method };

    await sim.request('POST', '/v1/payment_intents', params);
    await sim.world.runQueues();

    const [payment] = recordsOf(sim.world).payments;
    expect(payment).toMatchObject({ status, version: 2 + names.length });
    const { body: events } = await sim.request('GET', '/v1/events?limit=100');
    expect((events.data as { type: string }[]).filter((one) => one.type === 'payment_intent.created')).toHaveLength(1);
    expect(misremembered(sim)).toEqual([]);
  }
});
