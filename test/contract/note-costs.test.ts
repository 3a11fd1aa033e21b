/** What the notes of commits cost, operation by operation: their number, and the write units (ADR 0007, Price). */
import { beforeEach, expect, it } from 'vitest';
import { sizeOf, unitsOf } from '../../bin/embedded/table/item.ts';
import { recordsOf } from '../audit/records.ts';
import { heldBack } from '../scenarios/held-back.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

const INTENT = { amount: '1000', currency: 'usd' };
const CARD = { payment_method: 'pm_card_visa' };
const CHALLENGED = { payment_method: 'pm_card_authenticationRequired', return_url: 'https://shop.example/done' };

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});
const { post, notes } = heldBack(() => sim);
const intent = async (params: Record<string, string> = {}) =>
  String((await post('/v1/payment_intents', { ...INTENT, ...params })).id);
const paid = () => intent({ ...CARD, confirm: 'true' });
const capture = (id: string) => post(`/v1/payment_intents/${id}/capture`);
const describeIntent = (id: string) => post(`/v1/payment_intents/${id}`, { description: 'Tea' });
const challenged = async (meanwhile?: () => Promise<void>) => {
  await intent({ ...CHALLENGED, confirm: 'true' });
  await meanwhile?.();
  sim.channel.finishChallenge(recordsOf(sim.world).payments[0]!.attempts[0]!.reference, true);
  sim.move(5);
  await sim.deliverCallbacks();
};
/** Everything is in the lists, and old. */
const later = async () => {
  await sim.world.runQueues();
  sim.move(600_000);
};

const CONFIRM_LATER = { ...CARD, confirm: 'true', capture_method: 'manual' };
const confirm = (id: string, params: Record<string, string> = CARD) =>
  post(`/v1/payment_intents/${id}/confirm`, params);
const refund = (id: string) => post('/v1/refunds', { payment_intent: id });
const afterwards = async <T>(made: Promise<T>): Promise<T> => {
  const value = await made;
  await later();
  return value;
};

/** Each note is one write unit here. What is prepared is not counted. */
it.each<[string, number, () => Promise<() => Promise<unknown>>]>([
  ['a payment in one request', 0, async () => () => paid()],
  ['a payment in two requests', 0, async () => async () => confirm(await intent())],
  [
    'a confirmation that says more than its method',
    1,
    async () => async () => confirm(await intent(), { ...CARD, receipt_email: 'payer@example.com' }),
  ],
  ['an update of an intent that was just made', 1, async () => async () => describeIntent(await intent())],
  [
    'an update of an old intent',
    0,
    async () => {
      const id = await afterwards(intent());
      return () => describeIntent(id);
    },
  ],
  [
    'a confirmation of an old intent',
    1,
    async () => {
      const id = await afterwards(intent());
      return () => confirm(id);
    },
  ],
  [
    'a decline, and a second attempt at once',
    1,
    async () => async () => {
      const id = await intent();
      await sim.request('POST', `/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa_chargeDeclined' });
      sim.move(5);
      await confirm(id);
    },
  ],
  ['a challenge that is passed at once', 1, async () => () => challenged()],
  ['a challenge that is passed later', 1, async () => () => challenged(later)],
  [
    'a callback that says nothing new',
    0,
    async () => {
      await paid();
      return () => sim.deliverCallbacks();
    },
  ],
  ['a capture at once', 1, async () => async () => capture(await intent(CONFIRM_LATER))],
  [
    'a capture later',
    1,
    async () => {
      const id = await afterwards(intent(CONFIRM_LATER));
      return () => capture(id);
    },
  ],
  ['a refund at once', 3, async () => async () => refund(await paid())],
  [
    'a refund later',
    3,
    async () => {
      const id = await afterwards(paid());
      return () => refund(id);
    },
  ],
  [
    'a payment that is disputed at once',
    2,
    async () => () => intent({ payment_method: 'pm_card_createDispute', confirm: 'true' }),
  ],
  ['a confirmed setup intent', 2, async () => () => post('/v1/setup_intents', { ...CARD, confirm: 'true' })],
  [
    'a confirmed setup intent of a customer',
    3,
    async () => {
      const customer = String((await afterwards(post('/v1/customers'))).id);
      return () => post('/v1/setup_intents', { ...CARD, customer, confirm: 'true' });
    },
  ],
  ['a customer', 1, async () => () => post('/v1/customers', { name: 'Payer' })],
  ['a product', 1, async () => () => post('/v1/products', { name: 'Chair' })],
  [
    'a payout',
    1,
    async () => {
      await afterwards(intent({ payment_method: 'pm_card_bypassPending', confirm: 'true' }));
      return () => post('/v1/payouts', { amount: '500', currency: 'usd' });
    },
  ],
])('%s: %i', async (_, wanted, prepare) => {
  const act = await prepare();
  const before = new Set(notes().map(({ sk }) => sk));
  await act();

  const made = notes().filter(({ sk }) => !before.has(sk));
  expect([made.length, made.reduce((sum, item) => sum + unitsOf(sizeOf(item)), 0)]).toEqual([wanted, wanted]);
});
