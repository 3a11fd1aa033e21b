/**
 * A commit replaces an answered one while the stream is held back. What was answered is in a list that is read at any await of the writer, and in one
 * during which the writer runs, at any await of the list (I17).
 */
import { describe, expect, it } from 'vitest';
import { recordsOf } from '../../audit/records.ts';
import { atEveryAwait } from '../../scenarios/at-every-await.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const INTENT = { amount: '1000', currency: 'usd' };
const CHALLENGED = { payment_method: 'pm_card_authenticationRequired', return_url: 'https://shop.example/done' };

const post = async (sim: Simulation, path: string, params: Record<string, string> = {}) => {
  const answer = await sim.request('POST', path, params, `key ${sim.world.clock.nowMs()}`);
  sim.move(5);
  return answer;
};
const idsOf = async (sim: Simulation, path: string): Promise<readonly string[]> => {
  const { status, body } = await sim.request('GET', path);
  expect([status, body.error]).toEqual([200, undefined]);
  return (body.data as readonly { readonly id: string }[]).map(({ id }) => id);
};
const payment = (sim: Simulation) => recordsOf(sim.world).payments[0]!;
const onIntent =
  (operation: string, params: Record<string, string> = {}) =>
  (sim: Simulation) =>
    post(sim, `/v1/payment_intents/pi_${payment(sim).body}${operation}`, params);

/** What is answered first, and what replaces it. */
const WRITERS: readonly (readonly [
  string,
  (sim: Simulation) => Promise<unknown>,
  (sim: Simulation) => Promise<unknown>,
])[] = [
  [
    'a callback',
    async (sim) => {
      await post(sim, '/v1/payment_intents', { ...INTENT, ...CHALLENGED, confirm: 'true' });
      sim.channel.finishChallenge(payment(sim).attempts[0]!.reference, true);
    },
    (sim) => sim.deliverCallbacks(),
  ],
  [
    'a second confirmation',
    (sim) =>
      post(sim, '/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_visa_chargeDeclined', confirm: 'true' }),
    onIntent('/confirm', { payment_method: 'pm_card_visa' }),
  ],
  [
    'a capture',
    (sim) =>
      post(sim, '/v1/payment_intents', {
        ...INTENT,
        payment_method: 'pm_card_visa',
        confirm: 'true',
        capture_method: 'manual',
      }),
    onIntent('/capture'),
  ],
  [
    'a refund',
    (sim) => post(sim, '/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_visa', confirm: 'true' }),
    (sim) => post(sim, '/v1/refunds', { payment_intent: `pi_${payment(sim).body}` }),
  ],
  ['an update', (sim) => post(sim, '/v1/payment_intents', INTENT), onIntent('', { description: 'Tea' })],
];

const LISTS = ['/v1/events?limit=100', '/v1/balance_transactions?limit=100', '/v1/charges?limit=100'];

describe.each(WRITERS)('%s', (_, first, replace) => {
  it.each(LISTS)('with %s read at each await of it', async (path) => {
    const begin = await simulate();
    await first(begin);
    const answered = await idsOf(begin, path);
    let seen: readonly string[] = [];

    const points = await atEveryAwait(
      begin,
      replace,
      async (sim) => {
        seen = await idsOf(sim, path);
      },
      async (__, ___, where) => expect(seen, where).toEqual(expect.arrayContaining([...answered])),
    );

    expect(points).toBeGreaterThan(4);
  });

  it.each(LISTS)('at each await of %s', async (path) => {
    const begin = await simulate();
    await first(begin);
    const answered = await idsOf(begin, path);

    const points = await atEveryAwait(
      begin,
      (sim) => idsOf(sim, path),
      replace,
      async (__, seen, where) => expect(seen, where).toEqual(expect.arrayContaining([...answered])),
    );

    expect(points).toBeGreaterThan(4);
  });
});
