/** What the payer of a setup intent has to do, whatever the channel says of its time. */
import type Stripe from 'stripe';
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

const FORM = { kind: 'form', url: URL_AT_BANK, fields: { order: '1' } } as const;

/** A setup intent whose card is challenged by a form, and the path of the page that posts it. */
async function challengedByForm() {
  const sim = await simulate();
  const client = clientOf(sim);
  const { card, wallets } = client.capabilities;
  const asked: AttemptOutcome = { kind: 'requires_action', action: FORM };
  Object.assign(client, { capabilities: { card: { ...card, forms: true }, wallets }, authorize: async () => asked });
  const params = { payment_method: 'pm_card_visa', confirm: 'true', return_url: 'https://shop.example/done' };
  const { body } = await sim.request('POST', '/v1/setup_intents', params, 'set up');
  const { url } = (body as unknown as Stripe.SetupIntent).next_action!.redirect_to_url!;
  return { sim, intent: String(body.id), path: url!.slice(url!.indexOf('/v1/return/')) };
}

it('a challenge by a form leads to a page of ours, which posts it', async () => {
  const { sim, path } = await challengedByForm();

  const page = await sim.world.payerReturned({ method: 'GET', path });

  expect(path).toMatch(/^\/v1\/return\/[0-9A-Za-z]{31}-[0-9A-Za-z]{24}-form$/);
  expect(page.status).toBe(200);
  expect(page.body).toContain(`action="${URL_AT_BANK}"`);
});

it('and once the setup intent does not wait for it any more, the page sends the payer on', async () => {
  const { sim, intent, path } = await challengedByForm();
  await sim.request('POST', `/v1/setup_intents/${intent}/cancel`, {}, 'cancel');

  const page = await sim.world.payerReturned({ method: 'GET', path });

  expect(page.status).toBe(303);
  expect(page.headers.location).toContain('https://shop.example/done?setup_intent=');
});
