import { describe, expect, it } from 'vitest';
import { type QueueChaos, queueChaos } from '../../../../bin/embedded/queues/chaos.ts';
import { look } from '../../../../bin/embedded/queues/operator.ts';
import { quiet, testQueues } from '../../../world/queues.ts';

const none: QueueChaos = { send: () => undefined, lateMs: () => 0, duplicate: () => undefined };

/** Queues with faults, and what their function received: bodies, with the number of calls that ran at the time. */
function world(chaos: Partial<QueueChaos>) {
  const seen: string[] = [];
  let running = 0;
  const made = testQueues(
    async (records) => {
      running += 1;
      await quiet(1);
      seen.push(...records.map(({ body }) => `${body} ${running}`));
      running -= 1;
    },
    { chaos: { ...none, ...chaos } },
  );
  return { ...made, seen };
}

describe('a policy', () => {
  it('refuses a send, and nothing is stored', async () => {
    const { queues, seen } = world({ send: () => 'refused' });
    await queues.start();

    await expect(queues.send('jobs', [{ body: 'a' }])).rejects.toThrow('a send to jobs was refused');
    await quiet();

    expect(seen).toEqual([]);
  });

  it('loses the answer of a send: the message is delivered', async () => {
    const { queues, seen } = world({ send: () => 'lost' });
    await queues.start();

    await expect(queues.send('jobs', [{ body: 'a' }])).rejects.toThrow('the answer to a send to jobs was lost');
    await quiet();

    expect(seen).toEqual(['a 1']);
  });

  it('delivers a message late, and a later one overtakes it', async () => {
    const delays = [20, 0];
    const { queues, seen } = world({ lateMs: () => delays.shift()! });
    await queues.start();

    for (const body of ['a', 'b']) await queues.send('jobs', [{ body }]);
    await quiet(60);

    expect(seen).toEqual(['b 1', 'a 1']);
  });

  it('delivers a message twice at the same time', async () => {
    const { queues, seen } = world({ duplicate: () => 'beside' });
    await queues.start();

    await queues.send('jobs', [{ body: 'a' }]);
    await quiet(20);

    expect(seen).toEqual(['a 2', 'a 1']);
    expect(look(queues, 'jobs', 10)).toEqual([]);
  });

  it('delivers a message again that was done, and once only, so that it does not become a dead letter', async () => {
    const { queues, seen } = world({ duplicate: () => 'later' });
    await queues.start();

    await queues.send('jobs', [{ body: 'a' }]);
    await quiet(30);

    expect(seen).toEqual(['a 1', 'a 1']);
    expect(look(queues, 'jobs-dead', 10)).toEqual([]);
  });

  it('neither delays nor duplicates messages of a FIFO queue', async () => {
    const { queues, seen } = world({ duplicate: () => 'beside', lateMs: () => 1000 });
    await queues.start();

    await queues.send('callbacks', [{ body: 'a', group: 'p1', dedupe: 'a' }]);
    await quiet(20);

    expect(seen).toEqual(['a 1']);
  });
});

it('faults are drawn by their rates', () => {
  const rates = { refused: 0.1, lost: 0.2, late: 0.3, longestMs: 1000, beside: 0.4, later: 0.5 };
  const draws = [0.09, 0.1, 0.29, 0.31, 0.29, 0.5, 0.3, 0.39, 0.4, 0.89, 0.9];
  const chaos = queueChaos(() => draws.shift()!, rates);

  expect([1, 2, 3, 4].map(() => chaos.send('jobs'))).toEqual(['refused', 'lost', 'lost', undefined]);
  expect([chaos.lateMs('jobs'), chaos.lateMs('jobs')]).toEqual([500, 0]);
  expect([1, 2, 3, 4].map(() => chaos.duplicate('jobs'))).toEqual(['beside', 'later', 'later', undefined]);
});
