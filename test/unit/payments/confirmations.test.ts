/** What a second confirmation says of the challenge that was passed for the first (`confirmation_method: manual`). */
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { recordsOf } from '../../audit/records.ts';
import { simulate } from '../../world/simulation.ts';

const AGREED = { 'mandate_data[customer_acceptance][type]': 'offline' };

it.each([
  ['nothing', {}, 'both'],
  ['its description', { description: 'Two chairs' }, 'both'],
  ['the amount', { amount: '12000' }, 'neither'],
  ['the currency', { currency: 'eur' }, 'neither'],
  ['the card', { payment_method: 'pm_card_authenticationRequired' }, 'neither'],
])(
  'where %s was changed since (%j), of the challenge and of what the payer agreed to with it count: %s',
  async (_, change, which) => {
    const counts = which === 'both';
    const sim = await simulate();
    const { body } = await sim.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      confirmation_method: 'manual',
      payment_method: 'pm_card_authenticationRequired',
      confirm: 'true',
      ...AGREED,
    });
    const path = `/v1/payment_intents/${String(body.id)}`;
    const [first] = [...sim.channel.charges.keys()] as [ChannelReference];
    sim.channel.finishChallenge(first, true);
    await sim.deliverCallbacks();
    if (Object.keys(change).length > 0) expect((await sim.request('POST', path, change)).status).toBe(200);

    await sim.request('POST', `${path}/confirm`);

    const [, second] = [...sim.channel.charges.values()];
    expect(second!.request.authentication).toBe(counts ? first : undefined);
    const [, attempt] = recordsOf(sim.world).payments[0]!.attempts;
    expect([attempt!.authentication, attempt!.acceptance !== undefined]).toEqual([counts ? first : undefined, counts]);
  },
);
