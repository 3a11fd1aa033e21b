import { beforeEach, expect, it } from 'vitest';
import { base62 } from '../../../functions/kernel/ids.ts';
import { noteDue, sendDue } from '../../../functions/notifications/due.ts';
import type { DeliveryMessage } from '../../../functions/notifications/messages.ts';
import type { SendAll } from '../../../functions/table/queue.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import * as images from './images.ts';

const START_MS = 1_790_000_040_000;
let table: MemoryTable;
let nowMs: number;
let sent: string[];
beforeEach(() => {
  table = memoryTable();
  nowMs = START_MS;
  sent = [];
});

/** All of one shard. */
const messageOf = (n: number): DeliveryMessage => ({
  scope: images.SCOPE,
  endpoint: 'VVrda1w0EndpointBody00',
  events: { pk: 'AcmeTest#e#c#2', sk: `VVrdaA0${base62(n * 62, 14)}02` },
  attempt: 2,
});
const note = async (count: number, atMs: number): Promise<void> => {
  for (let n = 0; n < count; n++) await table.commit(noteDue(messageOf(n), atMs));
};
const take: SendAll = async (bodies) => void sent.push(...bodies);
const run = (asOfMs = nowMs, deliveries = take) =>
  sendDue({ table, clock: { nowMs: () => nowMs, sleep: async () => undefined }, deliveries }, asOfMs);

it('sends what is due when its minute comes, once, and nothing before', async () => {
  await note(3, START_MS + 61_000);

  expect(await run()).toEqual({ sent: 0 });
  nowMs += 119_999;
  expect(await run()).toEqual({ sent: 0 });
  nowMs += 1;
  expect(await run()).toEqual({ sent: 3 });
  expect(await run()).toEqual({ sent: 0 });

  expect(sent).toEqual([0, 1, 2].map((n) => JSON.stringify(messageOf(n))));
});

it('notes a delivery twice under one minute as once', async () => {
  await note(1, START_MS);

  await expect(note(1, START_MS)).rejects.toThrow('does not hold');
});

it('sends all pages of a full minute, and minutes that became due while no run took place', async () => {
  await run();
  await note(501, START_MS + 300_000);
  await note(7, START_MS + 420_000);
  nowMs += 4 * 3_600_000;

  expect(await run()).toEqual({ sent: 508 });
  expect(new Set(sent).size).toBe(501);
});

it('goes on with the page that could not be sent', async () => {
  await note(501, START_MS);
  const refuseOne = async (bodies: readonly string[]): Promise<void> => {
    if (bodies.length === 1) throw new Error('queue out of reach');
    sent.push(...bodies);
  };
  await expect(run(nowMs, refuseOne)).rejects.toThrow('queue out of reach');
  expect(sent).toHaveLength(500);

  expect(await run()).toEqual({ sent: 1 });
  expect(new Set(sent).size).toBe(501);
});

it('leaves to another run what that one has begun', async () => {
  await note(501, START_MS);
  const slow = run(nowMs, async (bodies) => {
    if (bodies.length > 0 && sent.length === 0) await run();
    sent.push(...bodies);
  });

  expect(await slow).toEqual({ sent: 500 });
  expect(sent).toHaveLength(1_001);
  expect(new Set(sent).size).toBe(501);
});

it('sends ahead of time without passing over what is noted later', async () => {
  await note(1, START_MS + 300_000);
  expect(await run(START_MS + 360_000)).toEqual({ sent: 1 });
  await table.commit(noteDue(messageOf(5), START_MS + 240_000));
  nowMs += 240_000;

  expect(await run()).toEqual({ sent: 1 });
});

it('writes once for hours in which nothing is due, and after each page that was sent', async () => {
  await run();
  const before = table.history.length;
  nowMs += 4 * 3_600_000;

  expect(await run()).toEqual({ sent: 0 });
  expect(table.history).toHaveLength(before + 1);

  await note(2, nowMs + 3_600_000);
  nowMs += 4 * 3_600_000;
  expect(await run()).toEqual({ sent: 2 });
  expect(table.history).toHaveLength(before + 5);
});

it('reads again the idle minutes of a run that broke off behind them, and sends what was noted meanwhile', async () => {
  await run();
  await note(1, START_MS + 3_600_000);
  nowMs += 4 * 3_600_000;
  const refuse: SendAll = async (bodies) => {
    if (bodies.length > 0) throw new Error('queue out of reach');
  };
  await expect(run(nowMs, refuse)).rejects.toThrow('queue out of reach');

  expect(await run()).toEqual({ sent: 1 });
});
