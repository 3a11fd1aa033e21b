/** Queues in process, with a function that answers as a test says. */
import { setTimeout as wait } from 'node:timers/promises';
import { openClock, type StackClock } from '../../bin/embedded/clock.ts';
import type { QueueChaos } from '../../bin/embedded/queues/chaos.ts';
import { Queues } from '../../bin/embedded/queues/queues.ts';
import type { SqsRecord } from '../../bin/embedded/queues/sqs-event.ts';
import { memoryStore, type Store } from '../../bin/embedded/store/store.ts';
import type { Queue, QueueMapping } from '../../bin/embedded/wiring/model-types.ts';

const shape = (name: string, more: Partial<Queue> = {}): Queue => ({
  name,
  arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
  url: `http://127.0.0.1/${name}`,
  fifo: undefined,
  visibilityMs: 180_000,
  delayMs: 0,
  retentionMs: 14 * 86_400_000,
  redrive: undefined,
  ...more,
});

/** A standard queue and a FIFO queue as those of the product, each with its dead-letter queue. */
export const QUEUES: readonly Queue[] = [
  shape('jobs', { redrive: { to: 'jobs-dead', afterReceives: 3 } }),
  shape('jobs-dead'),
  shape('callbacks', {
    fifo: { dedupeScope: 'messageGroup' },
    redrive: { to: 'callbacks-dead', afterReceives: 3 },
  }),
  shape('callbacks-dead', { fifo: { dedupeScope: 'queue' } }),
];

export const mapping = (queue: string, more: Partial<QueueMapping> = {}): QueueMapping => ({
  id: `${queue}-mapping`,
  function: `on-${queue}`,
  queue,
  batchSize: 10,
  reportsFailures: true,
  maxConcurrency: 5,
  ...more,
});

export type Handler = (records: readonly SqsRecord[], functionName: string) => Promise<unknown>;

export interface TestQueues {
  readonly queues: Queues;
  readonly clock: StackClock;
  readonly store: Store;
  readonly logged: { readonly message: string; readonly [name: string]: unknown }[];
}

export function testQueues(
  handler: Handler,
  options: {
    readonly store?: Store;
    readonly systemMs?: () => number;
    readonly mappings?: readonly QueueMapping[];
    readonly chaos?: QueueChaos;
  } = {},
): TestQueues {
  const { store = memoryStore(), mappings = [mapping('jobs'), mapping('callbacks')], chaos } = options;
  const clock = openClock(store, options.systemMs);
  const logged: TestQueues['logged'] = [];
  const write = (message: string, facts: object): void => void logged.push({ message, ...facts });
  const queues = new Queues({
    store,
    clock,
    log: { warn: write, error: write },
    queues: QUEUES,
    mappings,
    invoke: (name, event) => handler((event as { readonly Records: readonly SqsRecord[] }).Records, name),
    ...(chaos && { chaos }),
  });
  return { queues, clock, store, logged };
}

/** What is due in the background is done, on a store that needs no disk. */
export const quiet = (ms = 8): Promise<void> => wait(ms);
