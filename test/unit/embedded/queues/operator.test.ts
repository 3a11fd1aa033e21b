import { describe, expect, it } from 'vitest';
import { countsOf, look, purgeQueue, redrive } from '../../../../bin/embedded/queues/operator.ts';
import { crashingStore } from '../../../world/crashing-store.ts';
import { mapping, quiet, testQueues } from '../../../world/queues.ts';

const DAY_MS = 86_400_000;

/** Queues whose function fails until it is repaired. Messages of both queues are in their dead-letter queues. */
async function withDeadLetters(bodies: readonly string[]) {
  const seen: string[] = [];
  let isBroken = true;
  const world = testQueues(async (records) => {
    if (isBroken) throw new Error('broken');
    seen.push(...records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`));
  });
  await world.queues.start();
  for (const body of bodies) {
    await world.queues.send('jobs', [{ body }]);
    await world.queues.send('callbacks', [{ body, group: 'p1', dedupe: body }]);
  }
  for (let round = 0; round < 4 * bodies.length; round++) {
    await quiet();
    await world.clock.advance(180_000);
  }
  await quiet();
  return { ...world, seen, repair: () => (isBroken = false) };
}

describe('dead letters', () => {
  it('can be looked at, and stay as they are', async () => {
    const { queues } = await withDeadLetters(['a']);

    const [first] = look(queues, 'callbacks-dead', 10);
    const [second] = look(queues, 'callbacks-dead', 10);

    expect(first).toMatchObject({
      body: 'a',
      attributes: { ApproximateReceiveCount: '3', MessageGroupId: 'p1', MessageDeduplicationId: 'a' },
    });
    expect(second).toEqual(first);
  });

  it('return to their queue with all their deliveries ahead, in order', async () => {
    const { queues, seen, repair } = await withDeadLetters(['a', 'b']);
    repair();

    const moved = [await redrive(queues, 'jobs-dead'), await redrive(queues, 'callbacks-dead')];
    await quiet(20);

    expect(moved).toEqual([2, 2]);
    expect(seen).toEqual(['a 1', 'b 1', 'a 1', 'b 1']);
    expect(countsOf(queues).every(({ oldestMs }) => oldestMs === undefined)).toBe(true);
  });

  it('are redriven from a dead-letter queue only', async () => {
    const { queues } = await withDeadLetters([]);

    await expect(redrive(queues, 'jobs')).rejects.toThrow('jobs is the dead-letter queue of 0 queues');
  });

  it('are all redriven where they are many, and a crash on the way loses none', async () => {
    const first = await crashingStore();
    const world = testQueues(async () => undefined, { store: first.store, mappings: [] });
    for (let n = 0; n < 111; n++)
      await world.queues.send(
        'jobs-dead',
        Array.from({ length: 10 }, (_, of) => ({ body: `${n * 10 + of}` })),
        { patient: true },
      );

    const moving = redrive(world.queues, 'jobs-dead');
    await quiet(1);
    const second = await first.crash(1);
    const after = testQueues(async () => undefined, { store: second.store, mappings: [] });
    const left = countsOf(after.queues);
    await redrive(after.queues, 'jobs-dead');

    expect(left[0]!.ready + left[1]!.ready).toBe(1110);
    expect(look(after.queues, 'jobs', 2000).map(({ body }) => Number(body))).toEqual(
      Array.from({ length: 1110 }, (_, n) => n),
    );
    expect(await moving).toBe(1110);
    await Promise.all([first.close(), second.close()]);
  });
});

it('counts show what is ready, delayed and in flight, and the age of the oldest', async () => {
  const world = testQueues(() => new Promise(() => {}), { mappings: [mapping('jobs', { maxConcurrency: 1 })] });
  await world.queues.start();

  await world.queues.send('jobs', [{ body: 'a' }, { body: 'later', delaySeconds: 60 }]);
  await world.queues.send('jobs', [{ body: 'b' }]);
  await quiet();
  await world.clock.advance(30_000);

  const [jobs, dead] = countsOf(world.queues);
  expect(jobs).toMatchObject({ queue: 'jobs', ready: 1, delayed: 1, inFlight: 1 });
  expect(Math.round(jobs!.oldestMs! / 1000)).toBe(30);
  expect(dead).toEqual({ queue: 'jobs-dead', ready: 0, delayed: 0, inFlight: 0, oldestMs: undefined });
});

it('a purge deletes every message of one queue', async () => {
  const world = testQueues(async () => undefined, { mappings: [] });
  await world.queues.send('jobs', [{ body: 'a' }, { body: 'b', delaySeconds: 60 }]);
  await world.queues.send('jobs-dead', [{ body: 'c' }]);

  expect(await purgeQueue(world.queues, 'jobs')).toBe(2);

  expect([look(world.queues, 'jobs', 10).length, look(world.queues, 'jobs-dead', 10).length]).toEqual([0, 1]);
});

describe('retention', () => {
  it('ends after 14 days for dead letters, also in a jump of the clock', async () => {
    const world = testQueues(async () => undefined, { mappings: [] });
    await world.queues.start();
    await world.queues.send('jobs-dead', [{ body: 'a' }]);

    await world.clock.advance(14 * DAY_MS - 60_000);
    await quiet();
    expect(look(world.queues, 'jobs-dead', 10)).toHaveLength(1);
    await world.clock.advance(3_600_000);
    await quiet();

    expect(look(world.queues, 'jobs-dead', 10)).toHaveLength(0);
    expect(world.logged).toEqual([{ message: 'messages expired', queue: 'jobs-dead', messages: 1 }]);
  });

  it('does not drop what a consumer would have taken in a jump of the clock', async () => {
    const seen: string[] = [];
    const world = testQueues(async (records) => void seen.push(records[0]!.body));
    await world.queues.start();
    await world.queues.send('jobs', [{ body: 'delayed', delaySeconds: 60 }]);

    await world.clock.advance(30 * DAY_MS);
    await quiet();

    expect(seen).toEqual(['delayed']);
  });

  it('ends after 14 days of steady running for a queue with a consumer', async () => {
    let systemMs = 0;
    const world = testQueues(async () => Promise.reject(new Error('broken')), { systemMs: () => systemMs });
    await world.queues.start();
    await world.queues.send('jobs', [{ body: 'a', delaySeconds: 900 }]);

    // The timer of the hour looks at the clock within a minute: it is not waited for.
    systemMs = 14 * DAY_MS + 1;
    await (world.queues as unknown as { removeExpired(): Promise<void> }).removeExpired();

    expect(look(world.queues, 'jobs', 10)).toHaveLength(0);
    await world.queues.stop(100);
  });
});
