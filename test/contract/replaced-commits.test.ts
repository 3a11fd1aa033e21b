/**
 * What a commit announced stays listed when another one replaces it before the stream has reached either: by a request, a callback, a payer's
 * return or a job (I17). The stream is held back, and then takes everything: the lists stay the same.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { recheckItem } from '../../functions/stream/kind/recheck.ts';
import { recordsOf } from '../audit/records.ts';
import { heldBack, type ListedEvent, typesOf } from '../scenarios/held-back.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

const INTENT = { amount: '1000', currency: 'usd' };
const MINUTE = 60_000;
const CHALLENGED = { payment_method: 'pm_card_authenticationRequired', return_url: 'https://shop.example/done' };

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
});

const { post, get, list, events, idsOf, sameOnceProjected } = heldBack(() => sim);
const available = async (): Promise<number> =>
  ((await get('/v1/balance')).available as { amount: number }[]).reduce((sum, { amount }) => sum + amount, 0);

/** Every event that was listed is a place to go on from. */
async function everyCursor(listed: readonly ListedEvent[]): Promise<void> {
  for (const [place, { id }] of listed.entries())
    expect(await idsOf(`/v1/events?limit=100&starting_after=${id}`)).toEqual(
      listed.slice(place + 1).map((event) => event.id),
    );
}

describe('the available funds', () => {
  const funded = async () => {
    await post('/v1/payment_intents', {
      ...INTENT,
      amount: '10000',
      payment_method: 'pm_card_bypassPending',
      confirm: 'true',
    });
    await sim.world.runQueues();
  };

  it('of a canceled payout are back at once', async () => {
    await funded();
    const payout = await post('/v1/payouts', { amount: '5000', currency: 'usd' });
    expect(await available()).toBe(4_680);

    await post(`/v1/payouts/${String(payout.id)}/cancel`);

    expect(await available()).toBe(9_680);
    await sim.world.runQueues();
    expect(await available()).toBe(9_680);
  });

  it('are less by a dispute at once', async () => {
    await funded();
    await post('/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_createDispute', confirm: 'true' });

    const left = await available();

    expect(left).toBeLessThan(9_680 - 1_000);
    await sim.world.runQueues();
    expect(await available()).toBe(left);
  });
});

describe('a commit that a request made, and that another writer replaces', () => {
  const challenged = async () => {
    const intent = await post('/v1/payment_intents', { ...INTENT, ...CHALLENGED, confirm: 'true' });
    expect(intent.status).toBe('requires_action');
    return recordsOf(sim.world).payments[0]!.attempts[0]!.reference;
  };

  it('is listed after a callback', async () => {
    const reference = await challenged();
    const before = await events();
    expect(typesOf(before)).toEqual(['payment_intent.requires_action', 'payment_intent.created']);

    sim.channel.finishChallenge(reference, true);
    sim.move(5);
    await sim.deliverCallbacks();

    const after = await events();
    expect(typesOf(after).slice(-2)).toEqual(typesOf(before));
    expect(after.slice(-2).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(typesOf(after)).toContain('charge.succeeded');
    await everyCursor(after);
    await sameOnceProjected();
  });

  it('is listed after the janitor has asked the channel', async () => {
    sim.move(30_000);
    const reference = await challenged();
    const before = await idsOf('/v1/events');
    // An earlier commit of the payment has reached the stream: the janitor looks at it.
    const { scope, body } = recordsOf(sim.world).payments[0]!;
    const minute = Math.floor(sim.world.clock.nowMs() / MINUTE);
    await sim.world.table.commit(recheckItem(minute, 'ABCDEFGHIJKLMN', [{ kind: 'p', scope, body }]));
    sim.channel.finishChallenge(reference, true);
    sim.channel.callbacks.splice(0);
    sim.move((minute + 1) * MINUTE - sim.world.clock.nowMs());
    await sim.janitor();
    expect(recordsOf(sim.world).payments[0]!.status).toBe('succeeded');

    const after = await events();
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before));
  });

  it('is listed after a second request, which a callback replaces in turn', async () => {
    const intent = await post('/v1/payment_intents', { ...INTENT, ...CHALLENGED, confirm: 'true' });
    const reference = recordsOf(sim.world).payments[0]!.attempts[0]!.reference;
    await post(`/v1/payment_intents/${String(intent.id)}`, { description: 'Tea' });
    sim.channel.finishChallenge(reference, false);
    sim.move(5);
    await sim.deliverCallbacks();
    await post(`/v1/payment_intents/${String(intent.id)}/confirm`, { payment_method: 'pm_card_visa' });

    const after = await sameOnceProjected();
    expect(typesOf(after).toSorted()).toEqual([
      'charge.failed',
      'charge.succeeded',
      'payment_intent.created',
      'payment_intent.payment_failed',
      'payment_intent.requires_action',
      'payment_intent.succeeded',
    ]);
  });

  it('of a callback to an old payment is listed, and stays so after the next request', async () => {
    await post('/v1/payment_intents', { ...INTENT, ...CHALLENGED, confirm: 'true' });
    const { attempts, body } = recordsOf(sim.world).payments[0]!;
    await sim.world.runQueues();
    sim.move(10 * MINUTE);
    sim.channel.finishChallenge(attempts[0]!.reference, true);
    await sim.deliverCallbacks();
    sim.move(5);
    expect(typesOf(await events())).toContain('payment_intent.succeeded');
    await post('/v1/refunds', { payment_intent: `pi_${body}` });

    const types = typesOf(await sameOnceProjected());
    expect(types).toContain('payment_intent.succeeded');
    expect(types).toContain('charge.refunded');
  });
});

it('an old intent that is given a customer is in the list of that customer at once', async () => {
  const { id } = await post('/v1/payment_intents', INTENT);
  for (let n = 0; n < 130; n++) await post('/v1/payment_intents', INTENT);
  const customer = String((await post('/v1/customers')).id);
  await sim.world.runQueues();
  sim.move(60 * MINUTE);

  await post(`/v1/payment_intents/${String(id)}`, { customer });

  expect(await idsOf(`/v1/payment_intents?customer=${customer}`)).toEqual([id]);
  await sim.world.runQueues();
  expect(await idsOf(`/v1/payment_intents?customer=${customer}`)).toEqual([id]);
});

describe('an id with a character of another shard or family', () => {
  const other = (id: string, at: number, characters: string): string =>
    `${id.slice(0, at)}${[...characters].find((character) => character !== id.charAt(at))}${id.slice(at + 1)}`;
  const missing = async (path: string): Promise<void> => {
    for (const projected of [false, true]) {
      if (projected) await sim.world.runQueues();
      expect([projected, (await sim.request('GET', path)).status]).toEqual([projected, 404]);
    }
  };

  it('names no balance transaction, also while it is derived', async () => {
    await post('/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_visa', confirm: 'true' });
    const [{ id }] = (await list('/v1/balance_transactions')) as unknown as [ListedEvent];
    expect((await get(`/v1/balance_transactions/${id}`)).id).toBe(id);

    await missing(`/v1/balance_transactions/${other(id, 'txn_'.length + 7, '0123')}`);
  });

  it.each([
    ['shard', 'evt_'.length + 7, '0123'],
    ['family', 'evt_'.length + 22, 'cpro'],
  ])('names no event: %s', async (_, at, characters) => {
    await post('/v1/payment_intents', { ...INTENT, payment_method: 'pm_card_visa', confirm: 'true' });
    const [event] = await events();
    expect((await get(`/v1/events/${event!.id}`)).id).toBe(event!.id);

    await missing(`/v1/events/${other(event!.id, at, characters)}`);
  });
});
