/** What the payer of a setup intent has to do, whatever the channel says of its time. */
import { expect, it } from 'vitest';
import type { AttemptOutcome } from '../../../functions/channels/port/port.ts';
import { clientOf } from '../../scenarios/wallet-payments.ts';
import { simulate } from '../../world/simulation.ts';

const URL_AT_BANK = 'https://bank.example/challenge';

it.each([
  ['without an expiry', {}],
  ['with an expiry', { expiresMs: Date.UTC(2027, 0, 16) }],
])('a challenge %s is where the payer is sent', async (_, expiry) => {
  const sim = await simulate();
  const asked: AttemptOutcome = { kind: 'requires_action', action: { kind: 'redirect', url: URL_AT_BANK, ...expiry } };
  Object.assign(clientOf(sim), { authorize: async () => asked });

  const params = { payment_method: 'pm_card_visa', confirm: 'true', return_url: 'https://shop.example/done' };
  const { body } = await sim.request('POST', '/v1/setup_intents', params, 'set up');

  const next = {
    type: 'redirect_to_url',
    redirect_to_url: { url: URL_AT_BANK, return_url: 'https://shop.example/done' },
  };
  expect(body).toMatchObject({ status: 'requires_action', next_action: next });
  expect((await sim.request('GET', `/v1/setup_intents/${String(body.id)}`)).body.next_action).toEqual(next);
});
