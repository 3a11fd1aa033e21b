/** A card without a customer pays once: whatever breaks, whatever runs at the same time, and however often it is tried. */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { comeToRest, everyAwait, LEASE_OVER_MS } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

const pay = (sim: Simulation, card: string, key: string, more: Record<string, string> = {}): Promise<Answer> =>
  sim.request(
    'POST',
    '/v1/payment_intents',
    { amount: '900', currency: 'usd', payment_method: card, confirm: 'true', ...more },
    key,
  );
const typed = { type: 'card', 'card[number]': '4242424242424242', 'card[exp_month]': '12', 'card[exp_year]': '2034' };
const minted = { type: 'card', 'card[token]': 'tok_visa' };
const newCard = async (sim: Simulation, params: Record<string, string>): Promise<string> =>
  String((await sim.request('POST', '/v1/payment_methods', params, 'card')).body.id);

/** Money that the channel took, of all payments. */
const taken = (sim: Simulation): bigint =>
  [...sim.channel.charges.values()].reduce((sum, { captured }) => sum + captured, 0n);
const REFUSED = /may not be used again/;

describe.each([
  ['typed in', typed],
  ['of a test token', minted],
])('a card %s', (_, params) => {
  it.each(['dies', 'fails'] as const)(
    'pays once when the payment %s at any await, and the repeated request is refused',
    async (how) => {
      const from = await simulate();
      const card = await newCard(from, params);
      await everyAwait({ from, operation: (sim) => pay(sim, card, 'first'), hows: [how], atLeast: 6 }, async (sim) => {
        sim.move(LEASE_OVER_MS);
        const other = await pay(sim, card, 'other');
        await comeToRest(sim);
        const again = await pay(sim, card, 'first');

        // One of them has the card; or the first had it and never got as far as the channel, and leaves it to the next.
        const paid = taken(sim) > 0n;
        expect([other.status, again.status].filter((status) => status === 400)).toHaveLength(1);
        expect(JSON.stringify([other.body, again.body])).toMatch(REFUSED);
        expect(paid || other.status === 400).toBe(true);
        expect((await pay(sim, card, 'late')).status).toBe(paid ? 400 : 200);
        expect(taken(sim)).toBe(900n);
        await comeToRest(sim);
        expect(await audit(sim)).toEqual([]);
      });
    },
  );

  it('pays once when two payments come at the same time', async () => {
    const before = await simulate();
    const card = await newCard(before, params);
    for (let at = 1; ; at++) {
      const sim = before.fork();
      let points = 0;
      let second: Promise<Answer> | undefined;
      sim.onPoint = async () => {
        points += 1;
        if (points !== at) return;
        sim.onPoint = undefined;
        second = pay(sim, card, 'second');
        await second;
      };
      const first = await pay(sim, card, 'first');
      sim.onPoint = undefined;
      if (!second) break;
      const statuses = [first.status, (await second).status].toSorted((one, other) => one - other);

      expect([at, taken(sim)]).toEqual([at, 900n]);
      // Refused for good, or asked to come again, which ends in the refusal.
      expect([200, 400, 429]).toEqual(expect.arrayContaining(statuses));
      expect(statuses[0]).toBe(200);
      await comeToRest(sim);
      const late = await pay(sim, card, 'late');
      expect(late.status).toBe(400);
      expect(JSON.stringify(late.body)).toMatch(REFUSED);
      expect(await audit(sim)).toEqual([]);
    }
  });
});

it('a card whose challenge was passed for one payment, and that another takes at the same time, pays one of them', async () => {
  const before = await simulate();
  const card = await newCard(before, { type: 'card', 'card[token]': 'tok_authenticationRequired' });
  const asked = await pay(before, card, 'ask', { confirmation_method: 'manual' });
  const [reference] = [...before.channel.charges.keys()] as [ChannelReference];
  before.channel.finishChallenge(reference, true);
  await before.deliverCallbacks();
  await before.world.runQueues();
  const confirm = (sim: Simulation) =>
    sim.request('POST', `/v1/payment_intents/${String(asked.body.id)}/confirm`, {}, 'confirm');
  const other = (sim: Simulation) => pay(sim, card, 'other');
  const ends = new Set<string>();
  for (const [one, two] of [
    [confirm, other],
    [other, confirm],
  ] as const) {
    for (let at = 1; ; at++) {
      const sim = before.fork();
      let points = 0;
      sim.onPoint = async () => {
        points += 1;
        if (points !== at) return;
        sim.onPoint = undefined;
        await two(sim);
      };
      await one(sim);
      if (points < at) break;
      for (const [waiting, { outcome }] of sim.channel.charges)
        if (outcome.kind === 'requires_action') sim.channel.finishChallenge(waiting as ChannelReference, true);
      await comeToRest(sim);
      ends.add(`${taken(sim)}`);
    }
  }
  expect([...ends]).toEqual(['900']);
});

it('a card that was declined may be tried again, by the same payment and by another', async () => {
  const sim = await simulate();
  const card = await newCard(sim, { type: 'card', 'card[token]': 'tok_visa_chargeDeclined' });
  const first = await pay(sim, card, 'first');
  const { payment_intent: intent } = first.body.error as { payment_intent: { id: string } };

  const again = await sim.request(
    'POST',
    `/v1/payment_intents/${intent.id}/confirm`,
    { payment_method: card },
    'again',
  );
  const other = await pay(sim, card, 'other');

  expect([first.status, again.status, other.status]).toEqual([402, 402, 402]);
  expect(JSON.stringify([again.body, other.body])).not.toMatch(REFUSED);
  expect(recordsOf(sim.world).payments.map(({ attempts }) => attempts.length)).toEqual([2, 1]);
});

it('a card whose payment was canceled after it was authorized has paid; one whose challenge was called off has not', async () => {
  const sim = await simulate();
  const held = await newCard(sim, typed);
  const first = await pay(sim, held, 'held', { capture_method: 'manual' });
  await sim.request('POST', `/v1/payment_intents/${String(first.body.id)}/cancel`, {}, 'cancel');
  const { body } = await sim.request(
    'POST',
    '/v1/payment_methods',
    { type: 'card', 'card[token]': 'tok_authenticationRequired' },
    'asked card',
  );
  const asked = await pay(sim, String(body.id), 'asked');
  await sim.request('POST', `/v1/payment_intents/${String(asked.body.id)}/cancel`, {}, 'call off');

  expect((await pay(sim, held, 'held again')).status).toBe(400);
  expect((await pay(sim, String(body.id), 'asked again')).body).toMatchObject({ status: 'requires_action' });
});

it('a card that a payment keeps for its customer, or that is the customer’s already, pays as often as it is asked', async () => {
  const sim = await simulate();
  const customer = String((await sim.request('POST', '/v1/customers', {}, 'customer')).body.id);
  const card = await newCard(sim, typed);

  const answers = [
    await pay(sim, card, 'kept', { customer, setup_future_usage: 'off_session' }),
    await pay(sim, card, 'second', { customer }),
    await pay(sim, card, 'third', { customer }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});
