/** A hold that is raised and captured in parts: its entries, its end, and its events when messages get lost. */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { type Answer, endState, type Simulation, simulate, Unheard } from '../../world/simulation.ts';

const DAY_MS = 24 * 3_600_000;
const flexible = {
  amount: '10000',
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  capture_method: 'manual',
  'payment_method_options[card][request_incremental_authorization]': 'if_available',
  'payment_method_options[card][request_multicapture]': 'if_available',
};

interface Held {
  readonly sim: Simulation;
  readonly id: string;
  /** A request about the payment, under its own name as key. */
  readonly act: (name: string, params?: Record<string, string>, key?: string) => Promise<Answer>;
  readonly part: (amount: string, key?: string) => Promise<Answer>;
}

async function held(): Promise<Held> {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', flexible, 'hold');
  await sim.world.runQueues();
  sim.channel.callbacks.splice(0);
  const id = String(body.id);
  const act: Held['act'] = async (name, params = {}, key = `${name} ${JSON.stringify(params)}`) => {
    const answer = await sim.request('POST', `/v1/payment_intents/${id}/${name}`, params, key);
    sim.move(1_000);
    return answer;
  };
  const part = (amount: string, key?: string) =>
    act('capture', { amount_to_capture: amount, final_capture: 'false' }, key);
  return { sim, id, act, part };
}

const refund = (sim: Simulation, id: string, amount: string): Promise<Answer> =>
  sim.request('POST', '/v1/refunds', { payment_intent: id, amount }, `refund ${amount}`);
const eventTypes = async (sim: Simulation): Promise<readonly string[]> => {
  await sim.world.runQueues();
  const { body } = await sim.request('GET', '/v1/events?limit=100');
  return (body.data as { type: string }[]).map(({ type }) => type).reverse();
};
async function catchUp(sim: Simulation): Promise<void> {
  for (let run = 0; run < 60; run++) await sim.world.janitor(sim.world.clock.nowMs());
  await sim.world.runQueues();
}

describe('the books', () => {
  it('have an entry per increment and per capture, and the memo ends with the last', async () => {
    const { sim, act, part } = await held();
    await act('increment_authorization', { amount: '15000' });
    await part('4000');
    await act('capture', { amount_to_capture: '5000' });
    await sim.world.runQueues();

    expect(endState(sim).payments).toEqual(['succeeded captured 9000 refunded 0 attempts captured']);
    expect(endState(sim).entries).toEqual([
      'authorized debit memo:auth_hold 10000 credit memo:auth_commit 10000',
      'captured debit memo:auth_commit 11000 credit memo:auth_hold 11000 debit assets:channel:sandbox 5000 credit liab:merchant:pending 5000 debit liab:merchant:pending 175 credit income:fees 175',
      'captured debit memo:auth_commit 4000 credit memo:auth_hold 4000 debit assets:channel:sandbox 4000 credit liab:merchant:pending 4000 debit liab:merchant:pending 146 credit income:fees 146',
      'incremented debit memo:auth_hold 5000 credit memo:auth_commit 5000',
    ]);
    expect(await audit(sim)).toEqual([]);
  });

  it.each([
    ['a cancel', (act: Held['act']) => act('cancel')],
    ['a last capture of nothing', (act: Held['act']) => act('capture', { amount_to_capture: '0' })],
  ])('%s after a part gives the rest back: the payment has succeeded', async (_, end) => {
    const { sim, act, part } = await held();
    await part('4000');

    const { body } = await end(act);
    await sim.world.runQueues();

    expect(body).toMatchObject({
      status: 'succeeded',
      amount_received: 4_000,
      amount_capturable: 0,
      canceled_at: null,
      cancellation_reason: null,
    });
    expect(endState(sim).entries.at(-1)).toBe('voided debit memo:auth_commit 6000 credit memo:auth_hold 6000');
    expect(endState(sim).channel).toEqual(['10000 captured 4000']);
    expect(await audit(sim)).toEqual([]);
  });

  it('settle each capture as a line of its own, with its own fee and share of the reserve', async () => {
    const { sim, id, part } = await held();
    const { fees } = await sim.world.payments.settings(sim.scope);
    await sim.agree({ fees: { ...fees, reserveBps: 1_000, version: 2 } });
    await part('4000');
    await sim.agree({ fees: { ...fees, feeBps: 100, reserveBps: 0, version: 3 } });
    await part('3000');
    await sim.world.runQueues();

    await sim.settle();
    await sim.world.runQueues();

    const charge = String((await sim.request('GET', `/v1/payment_intents/${id}`)).body.latest_charge);
    const { body } = await sim.request('GET', `/v1/balance_transactions?source=${charge}`);
    expect((body.data as Record<string, unknown>[]).map(({ amount, fee, status }) => [amount, fee, status])).toEqual([
      [3_000, 60, 'available'],
      [4_000, 146, 'available'],
    ]);
    // 4000 − 146 − 400 held back, and 3000 − 60.
    expect(recordsOf(sim.world).payouts.map(({ amount }) => amount)).toEqual([6_394n]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('events', () => {
  it('show every step: the charge, and the capturable amount of the payment', async () => {
    const { sim, act, part } = await held();
    const before = (await eventTypes(sim)).length;
    await act('increment_authorization', { amount: '15000' });
    await part('4000');
    await act('capture', { amount_to_capture: '1000' });

    expect((await eventTypes(sim)).slice(before)).toEqual([
      'charge.updated',
      'payment_intent.amount_capturable_updated',
      'charge.updated',
      'payment_intent.amount_capturable_updated',
      'charge.captured',
      'charge.updated',
      'payment_intent.amount_capturable_updated',
      'payment_intent.succeeded',
    ]);
    const { body } = await sim.request('GET', '/v1/events?type=charge.updated');
    expect((body.data as { data: object }[]).map(({ data }) => data).reverse()).toMatchObject([
      { object: { amount: 15_000 }, previous_attributes: { amount: 10_000 } },
      {
        object: { amount_captured: 4_000, captured: false },
        previous_attributes: { amount_captured: 0, balance_transaction: null },
      },
      {
        object: { amount_captured: 5_000, captured: true },
        previous_attributes: { amount_captured: 4_000, captured: false },
      },
    ]);
  });

  it('of a hold that is captured once are what they were', async () => {
    const sim = await simulate();
    const { payment_method: card, ...rest } = flexible;
    const plain = {
      amount: rest.amount,
      currency: 'usd',
      payment_method: card,
      confirm: 'true',
      capture_method: 'manual',
    };
    const { body } = await sim.request('POST', '/v1/payment_intents', plain, 'plain');
    await sim.request('POST', `/v1/payment_intents/${String(body.id)}/capture`, {}, 'capture');

    expect((await eventTypes(sim)).slice(-2)).toEqual(['charge.captured', 'payment_intent.succeeded']);
    expect(recordsOf(sim.world).payments[0]?.capture).toEqual({
      amount: 10_000n,
      fee: 320n,
      reserve: 0n,
      terms: expect.anything(),
      capturedMs: expect.anything(),
      handles: { capture: expect.stringMatching(/^cp[0-9a-f]{12}$/) },
    });
    expect(recordsOf(sim.world).payments[0]).not.toHaveProperty('laterCaptures');
  });
});

describe('a hold that runs out', () => {
  it('seven days after it began, whatever was added to it; what was captured of it stays', async () => {
    const { sim, id, act, part } = await held();
    sim.move(5 * DAY_MS);
    await act('increment_authorization', { amount: '15000' });
    await part('4000');
    await sim.world.runQueues();
    const before = (await eventTypes(sim)).length;
    sim.move(2 * DAY_MS + 120_000);

    await catchUp(sim);

    expect((await sim.request('GET', `/v1/payment_intents/${id}`)).body).toMatchObject({
      status: 'succeeded',
      amount: 15_000,
      amount_received: 4_000,
      amount_capturable: 0,
      cancellation_reason: null,
    });
    expect((await eventTypes(sim)).slice(before)).toEqual([
      'charge.captured',
      'payment_intent.amount_capturable_updated',
      'payment_intent.succeeded',
    ]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('refunds', () => {
  it('go up to what was captured so far, while the rest is held', async () => {
    const { sim, id, act, part } = await held();
    await part('4000');
    await part('3000');

    expect((await refund(sim, id, '7001')).status).toBe(400);
    expect((await refund(sim, id, '6000')).status).toBe(200);
    expect((await refund(sim, id, '1001')).status).toBe(400);
    expect((await refund(sim, id, '1000')).status).toBe(200);
    const charge = async () => {
      const { body } = await sim.request('GET', `/v1/payment_intents/${id}?expand[]=latest_charge`);
      return body.latest_charge as object;
    };
    expect(await charge()).toMatchObject({ amount_refunded: 7_000, captured: false, refunded: false });
    await act('cancel');
    expect(await charge()).toMatchObject({ amount_refunded: 7_000, captured: true, refunded: true });
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('are taken from available once any part was settled: what is pending of later parts is not theirs to spend', async () => {
    const { sim, id, part } = await held();
    await part('4000');
    await sim.world.runQueues();
    await sim.settle();
    await sim.world.runQueues();
    await part('3000');
    await sim.world.runQueues();

    const answer = await refund(sim, id, '3500');

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'balance_insufficient' } } });
    expect(endState(sim).refunds).toEqual([]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('an increment', () => {
  it('is tried ten times, declined or not, and a decline changes nothing but that', async () => {
    const { sim, id, act } = await held();
    const before = await sim.request('GET', `/v1/payment_intents/${id}`);
    for (let nth = 0; nth < 9; nth++) {
      const declined = { amount: String(40_000 + nth), description: 'Not kept', 'metadata[a]': 'b' };
      expect(await act('increment_authorization', declined)).toMatchObject({
        status: 402,
        body: { error: { type: 'card_error', code: 'card_declined' } },
      });
    }
    expect((await sim.request('GET', `/v1/payment_intents/${id}`)).body).toEqual(before.body);

    const tenth = { amount: '12000', description: 'Kept', 'metadata[a]': 'b', statement_descriptor: 'KEPT LTD' };
    expect((await act('increment_authorization', tenth)).body).toMatchObject({
      amount: 12_000,
      amount_capturable: 12_000,
      description: 'Kept',
      metadata: { a: 'b' },
      statement_descriptor: 'KEPT LTD',
    });

    const eleventh = await act('increment_authorization', { amount: '13000' });
    expect(eleventh).toMatchObject({ status: 400, body: { error: { code: 'payment_intent_unexpected_state' } } });
    expect(sim.channel.sent.get(`increment ${[...sim.channel.charges.keys()][0]} 11`)).toBeUndefined();
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('whose answer is lost is unknown, keeps others out, and is asked about', async () => {
    const { sim, id, act, part } = await held();
    sim.onPoint = async (label) => {
      if (label === 'after increment') throw new Unheard();
    };
    const answer = await act('increment_authorization', { amount: '15000' }).finally(() => {
      sim.onPoint = undefined;
    });
    expect(answer).toMatchObject({ status: 200, body: { amount: 10_000, status: 'requires_capture' } });
    expect((await part('1000')).status).toBe(429);
    await sim.world.runQueues();
    sim.move(120_000);
    await sim.janitor();

    expect((await sim.request('GET', `/v1/payment_intents/${id}`)).body).toMatchObject({
      amount: 15_000,
      amount_capturable: 15_000,
    });
    expect([...sim.channel.sent].filter(([name]) => name.startsWith('increment'))).toHaveLength(1);
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a request that is carried on after others came between', () => {
  it.each([
    ['capture', { amount_to_capture: '2000', final_capture: 'false' }, 5_000],
    ['increment_authorization', { amount: '12000' }, 3_000],
  ])('finds its own %s done, and sends nothing', async (name, params, received) => {
    const { sim, id, act, part } = await held();
    // It dies before the outcome is written; a callback reports it, and the merchant goes on under other keys.
    await sim.broken({ n: 10, how: 'dies' }, () => act(name, params, 'first'));
    expect(recordsOf(sim.world).payments[0]?.pending?.kind).toBe(name === 'capture' ? 'capture' : 'increment');
    await sim.deliverCallbacks();
    expect((await part('3000', 'second')).status).toBe(200);
    sim.move(41_000);

    const again = await act(name, params, 'first');

    expect(again).toMatchObject({ status: 200, body: { id, amount_received: received } });
    expect([...sim.channel.sent.keys()].filter((sent) => /^(capture|increment)/.test(sent))).toHaveLength(2);
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a channel that says something else of an operation', () => {
  const SUCCEEDED = { kind: 'succeeded' } as const;
  const FAILED = { kind: 'failed', decline: { code: 'x', message: 'No.' } } as const;
  const told = async (sim: Simulation, operation: number, outcome: typeof SUCCEEDED | typeof FAILED) => {
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    return (await sim.takeOne({ about: 'operation', reference, operation, outcome })).applied;
  };

  it('is known where it says the same of any part or increment again, and weaker where it takes one back', async () => {
    const { sim, act, part } = await held();
    await act('increment_authorization', { amount: '15000' });
    await part('4000');
    await part('3000');

    for (const operation of [1, 2, 3]) {
      expect([operation, await told(sim, operation, SUCCEEDED)]).toEqual([operation, 'known']);
      expect([operation, await told(sim, operation, FAILED)]).toEqual([operation, 'weaker']);
    }
    expect(endState(sim).payments).toEqual(['requires_capture captured 7000 refunded 0 attempts authorized']);
  });

  it('is applied when a declined or abandoned operation took effect, until the next one is sent: then money is unapplied', async () => {
    const { sim, act, part } = await held();
    await act('increment_authorization', { amount: '40000' });
    expect(await told(sim, 1, SUCCEEDED)).toBe('applied');
    expect(recordsOf(sim.world).payments[0]?.amount).toBe(40_000n);
    sim.channel.refuse('capture');
    await part('4000');
    await act('cancel');

    expect(await told(sim, 2, SUCCEEDED)).toBe('applied');
    expect(endState(sim).payments).toEqual(['canceled captured 0 refunded 0 attempts voided']);
    expect(recordsOf(sim.world).payments[0]?.attempts[0]?.unapplied).toMatchObject([{ amount: 4_000n, operation: 2 }]);
  });
});
