/** What the janitor finds, when it looks again, and what never stops it. */
import { describe, expect, it } from 'vitest';
import { resolveRefund } from '../../../functions/recovery/resolve.ts';
import { recordsOf } from '../../audit/records.ts';
import { minutes, ordered, statusesOf } from '../../scenarios/wallet-payments.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

const MINUTE_MS = 60_000;
const card = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa' };
const pending = { ...card, payment_method: 'pm_card_sandbox_pendingThenSucceeds', confirm: 'true' };

const statuses = (sim: Simulation) => endState(sim).payments.map((text) => text.split(' ')[0]);

async function open(sim: Simulation, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await sim.request('POST', '/v1/payment_intents', pending, `open ${n}`);
  await sim.world.runQueues();
}

const settleAll = (sim: Simulation): void => {
  for (const reference of sim.channel.charges.keys()) sim.channel.decide(reference as never, 'captured');
};

describe('a look', () => {
  it('that breaks off holds up no other, and is taken again', async () => {
    const sim = await simulate();
    await open(sim, 3);
    settleAll(sim);
    sim.move(2 * MINUTE_MS);
    const [bad] = [...sim.channel.charges.keys()];
    sim.onChannel = async (name, reference) => {
      if (name === 'queryAttempt' && reference === bad) throw new Error('no such account');
    };

    const first = await sim.world.janitor(sim.world.clock.nowMs());

    expect(statuses(sim)).toEqual(['processing', 'succeeded', 'succeeded']);
    expect(first).toMatchObject({ looked: 3, open: 1, failures: [{ error: { message: 'no such account' } }] });

    sim.onChannel = undefined;
    sim.move(4 * MINUTE_MS);
    await sim.world.janitor(sim.world.clock.nowMs());
    expect(statuses(sim)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('at a channel that does not answer ends with the run; the rest is looked at in the next', async () => {
    const sim = await simulate();
    await open(sim, 40);
    sim.move(2 * MINUTE_MS);
    sim.onChannel = async () => sim.move(12_000);

    const first = await sim.world.janitor(sim.world.clock.nowMs());
    settleAll(sim);
    sim.onChannel = undefined;
    sim.move(10 * MINUTE_MS);
    await sim.world.janitor(sim.world.clock.nowMs());

    expect(first.looked).toBeLessThan(40);
    expect(statuses(sim).filter((status) => status !== 'succeeded')).toEqual([]);
  });

  it('comes soon after an attempt, however old the payment is, and reports it when it is open for an hour', async () => {
    const sim = await simulate();
    const { body } = await sim.request('POST', '/v1/payment_intents', { amount: '10000', currency: 'usd' }, 'make');
    sim.move(180 * MINUTE_MS);
    await sim.janitor();
    await sim.request(
      'POST',
      `/v1/payment_intents/${String(body.id)}/confirm`,
      { payment_method: 'pm_card_sandbox_pendingThenSucceeds' },
      'confirm',
    );
    await sim.world.runQueues();

    const looks: number[] = [];
    let told = 0;
    for (let minute = 1; minute <= 100; minute++) {
      sim.move(MINUTE_MS);
      const { looked, overdue } = await sim.world.janitor(sim.world.clock.nowMs());
      if (looked > 0) looks.push(minute);
      if (overdue.length > 0 && told === 0) told = minute;
    }

    expect(looks).toEqual([2, 5, 11, 23, 47, 95]);
    expect(told).toBe(95);
  });

  it.each([
    ['alipay', 60],
    ['wechat_pay', 120],
    ['paypal', 180],
  ] as const)(
    'at an order of %s, which no payer opens, comes when it has expired after %i minutes',
    async (type, expiry) => {
      const sim = await simulate();
      const { intent } = await ordered(sim, type);

      await minutes(sim, expiry);
      expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
      await minutes(sim, 3);

      expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    },
  );

  it('twice at once finds once', async () => {
    const sim = await simulate();
    await open(sim, 2);
    settleAll(sim);
    sim.move(2 * MINUTE_MS);

    await Promise.all([1, 2].map(() => sim.world.janitor(sim.world.clock.nowMs())));
    await sim.world.runQueues();

    expect(statuses(sim)).toEqual(['succeeded', 'succeeded']);
    expect(endState(sim).entries).toHaveLength(2);
  });

  it('that is overtaken by the next run does not send it back', async () => {
    const sim = await simulate();
    await open(sim, 1);
    sim.move(2 * MINUTE_MS);
    sim.onChannel = async () => {
      sim.onChannel = undefined;
      sim.move(10 * MINUTE_MS);
      await sim.janitor();
    };
    await sim.world.janitor(sim.world.clock.nowMs());

    const cursor = sim.world.table.items('idempotency').find(({ sk }) => sk === 'cursor');
    expect(cursor?.minute).toBe(BigInt(sim.world.clock.nowMs() / MINUTE_MS));
  });
});

describe('the cursor', () => {
  const cursors = (sim: Simulation): readonly bigint[] =>
    sim.world.table.history.flatMap((commit) =>
      commit.flatMap(({ write }) =>
        write.kind === 'update' && write.key.sk === 'cursor' ? [BigInt(write.set?.minute as number)] : [],
      ),
    );

  it('is written once for hours in which nothing was due', async () => {
    const sim = await simulate();
    sim.move(200 * MINUTE_MS);
    await sim.janitor();

    expect(cursors(sim)).toEqual([BigInt(sim.world.clock.nowMs() / MINUTE_MS)]);
  });

  it('is written after each minute in which something was due, and stays there where the run breaks off behind it', async () => {
    const sim = await simulate();
    const startMinute = sim.world.clock.nowMs() / MINUTE_MS;
    await open(sim, 1);
    sim.move(200 * MINUTE_MS);
    const failing = sim.fork();
    const last = `watch#${startMinute + 150}`;
    const query = failing.world.table.query.bind(failing.world.table);
    failing.world.table.query = async (table, asked) => {
      if (asked.pk === last) throw new Error('table out of reach');
      return query(table, asked);
    };

    await sim.janitor();
    await expect(failing.janitor()).rejects.toThrow('table out of reach');

    const after = BigInt(startMinute + 2);
    expect(cursors(sim)).toEqual([after, BigInt(startMinute + 200)]);
    expect(cursors(failing)).toEqual([after]);
  });
});

describe('what the channel does not know', () => {
  /** Breaks off the request of this name before it is sent, lets time pass and sends it again. */
  async function again(sim: Simulation, name: string, ageMs: number, request: () => ReturnType<Simulation['request']>) {
    sim.onChannel = async (called) => {
      if (called === name) throw new Error('broke off before it was sent');
    };
    await request();
    sim.onChannel = undefined;
    sim.move(ageMs);
    return request();
  }

  it.each([
    [60_000, 'processing'],
    [60_001, 'requires_payment_method'],
  ])('of a payment is lost %i ms after it was sent, and not before: %s', async (ageMs, status) => {
    const sim = await simulate();
    await again(sim, 'authorize', ageMs, () =>
      sim.request('POST', '/v1/payment_intents', { ...card, confirm: 'true' }, 'one'),
    );

    expect(statuses(sim)).toEqual([status]);
  });

  it.each([
    [60_000, 200, true],
    [60_001, 400, false],
  ])('of a capture is lost %i ms after it was sent, and not before: %i', async (ageMs, status, pendingStill) => {
    const sim = await simulate();
    const held = { ...card, confirm: 'true', capture_method: 'manual' };
    const { body } = await sim.request('POST', '/v1/payment_intents', held, 'hold');
    const answer = await again(sim, 'capture', ageMs, () =>
      sim.request('POST', `/v1/payment_intents/${String(body.id)}/capture`, {}, 'capture'),
    );

    expect(answer.status).toBe(status);
    expect(endState(sim).payments[0]!.endsWith('pending')).toBe(pendingStill);
  });

  it.each([
    [60_000, 'pending'],
    [60_001, 'failed'],
  ])('of a refund is lost %i ms after it was sent, and not before: %s', async (ageMs, status) => {
    const sim = await simulate();
    const { body } = await sim.request('POST', '/v1/payment_intents', { ...card, confirm: 'true' }, 'pay');
    const refund = () => sim.request('POST', '/v1/refunds', { payment_intent: String(body.id) }, 'refund');
    await again(sim, 'refund', 0, refund);
    const [made] = recordsOf(sim.world).refunds;

    await resolveRefund(sim.world.payments, sim.scope, made!.body, made!.createdMs + ageMs);

    expect(endState(sim).refunds).toEqual([`${status} 10000`]);
  });
});

it('waits between two looks at most as long as the channel says', async () => {
  const looksIn = async (longestWaitMs: number): Promise<number> => {
    const sim = await simulate();
    Object.assign(sim.channel.client, { timing: { ...sim.channel.client.timing, longestWaitMs } });
    await open(sim, 1);
    let looks = 0;
    for (let minute = 1; minute <= 60; minute++) {
      sim.move(MINUTE_MS);
      looks += (await sim.world.janitor(sim.world.clock.nowMs())).looked;
    }
    return looks;
  };

  expect(await looksIn(5 * MINUTE_MS)).toBeGreaterThan(10);
  expect(await looksIn(60 * MINUTE_MS)).toBeLessThan(10);
});
