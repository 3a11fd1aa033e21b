/**
 * Queues over crashes: whatever is drawn of sends, failures, jumps of the clock and crashes, an acknowledged message is done or a dead letter,
 * and a FIFO group keeps its order.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { fc } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { queueChaos } from '../../bin/embedded/queues/chaos.ts';
import { countsOf, look } from '../../bin/embedded/queues/operator.ts';
import type { SqsRecord } from '../../bin/embedded/queues/sqs-event.ts';
import { type CrashingStore, crashingStore } from '../world/crashing-store.ts';
import { mapping, type TestQueues, testQueues } from '../world/queues.ts';
import { numRuns } from '../world/seed.ts';

const MAPPINGS = [
  mapping('jobs', { batchSize: 3, maxConcurrency: 2 }),
  mapping('callbacks', { batchSize: 3, maxConcurrency: 2 }),
];
const VISIBILITY_MS = 180_000;

type Step =
  | { readonly do: 'send'; readonly queue: 'jobs' | 'callbacks'; readonly group: string; readonly count: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'crash'; readonly part: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      queue: fc.constantFrom('jobs' as const, 'callbacks' as const),
      group: fc.constantFrom('p1', 'p2', 'p3'),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1000, VISIBILITY_MS) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), part: fc.constantFrom(0, 0.5, 1) }) },
);

/** How each call ends, in turn: after so many milliseconds, and for which of its messages it fails. */
const ending = fc.record({
  ms: fc.integer({ min: 0, max: 3 }),
  fails: fc.oneof(
    { weight: 5, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('all' as const, 'first' as const) },
  ),
});
type Ending = typeof ending extends fc.Arbitrary<infer T> ? T : never;

/** Everything that happened, over all lives of the stack. */
interface History {
  /** Bodies whose send was acknowledged, per group, in order. */
  readonly sent: Map<string, string[]>;
  readonly done: Set<string>;
  readonly errors: string[];
}

/** One life of the stack, from a start to a crash. What its functions see after the crash never happened. */
class Life {
  readonly world: TestQueues;
  private readonly history: History;
  private readonly endings: readonly Ending[];
  private calls = 0;
  private isOver = false;
  /** Groups of which a message is worked on. */
  private readonly busy = new Set<string>();

  constructor(on: CrashingStore, history: History, endings: readonly Ending[], random?: () => number) {
    this.history = history;
    this.endings = endings;
    const rates = { refused: 0.1, lost: 0.1, late: 0.2, longestMs: 5, beside: 0.1, later: 0.2 };
    this.world = testQueues((records) => this.call(records), {
      store: on.store,
      mappings: MAPPINGS,
      ...(random && { chaos: queueChaos(random, rates) }),
    });
  }

  end(): void {
    this.isOver = true;
  }

  async send(queue: 'jobs' | 'callbacks', group: string, body: string): Promise<void> {
    const isFifo = queue === 'callbacks';
    const name = isFifo ? group : 'standard';
    const of = this.history.sent.get(name) ?? [];
    this.history.sent.set(name, of);
    try {
      await this.world.queues.send(queue, [{ body, ...(isFifo && { group, dedupe: body }) }]);
      await this.world.store.synced();
      if (!this.isOver) of.push(body);
    } catch (error) {
      if (!String(error).includes('chaos')) throw error;
    }
  }

  private async call(records: readonly SqsRecord[]): Promise<unknown> {
    if (this.isOver) return new Promise(() => {});
    const { ms, fails } = this.endings[this.calls++ % this.endings.length]!;
    for (const record of records) this.begin(record);
    await wait(ms);
    // What others see of it, they see then.
    await this.world.store.synced();
    if (this.isOver) return new Promise(() => {});
    for (const { attributes } of records) this.busy.delete(attributes.MessageGroupId ?? '');
    if (fails === 'all') throw new Error('the function failed');
    const failed = fails === 'first' ? records.slice(0, 1) : [];
    for (const record of records) if (!failed.includes(record)) this.history.done.add(record.body);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }

  /** What must hold when a message is delivered. */
  private begin({ body, attributes }: SqsRecord): void {
    const group = attributes.MessageGroupId;
    if (group === undefined) return;
    if (this.busy.has(group)) this.history.errors.push(`${body}: another message of ${group} is in flight`);
    this.busy.add(group);
    const of = this.history.sent.get(group) ?? [];
    const at = of.indexOf(body);
    const dead = new Set(look(this.world.queues, 'callbacks-dead', 1000).map((letter) => letter.body));
    for (const earlier of at < 0 ? of.slice(0, 0) : of.slice(0, at))
      if (!this.history.done.has(earlier) && !dead.has(earlier))
        this.history.errors.push(`${body} was delivered before ${earlier} was done`);
    for (const later of at < 0 ? [] : of.slice(at + 1))
      if (this.history.done.has(later)) this.history.errors.push(`${body} was delivered after ${later} was done`);
  }
}

const idle = ({ queues }: TestQueues): boolean =>
  countsOf(queues).every(
    ({ queue, ready, delayed, inFlight }) => queue.endsWith('-dead') || ready + delayed + inFlight === 0,
  );

async function live(steps: readonly Step[], endings: readonly Ending[], random?: () => number): Promise<void> {
  const history: History = { sent: new Map(), done: new Set(), errors: [] };
  const stores = [await crashingStore()];
  let life = new Life(stores[0]!, history, endings, random);
  await life.world.queues.start();
  let count = 0;
  const sends: Promise<void>[] = [];
  for (const one of steps) {
    if (one.do === 'wait') await wait(one.ms);
    else if (one.do === 'advance') await life.world.clock.advance(one.ms);
    else if (one.do === 'send')
      for (let n = 0; n < one.count; n++) sends.push(life.send(one.queue, one.group, `m${count++}`));
    else {
      life.end();
      stores.push(await stores.at(-1)!.crash(one.part));
      void life.world.queues.stop(0);
      life = new Life(stores.at(-1)!, history, endings, random);
      await life.world.queues.start();
    }
  }
  await Promise.all(sends);
  for (let round = 0; round < 200 && !idle(life.world); round++) {
    await wait(3);
    if (round % 5 === 4) await life.world.clock.advance(VISIBILITY_MS);
  }

  const { queues } = life.world;
  const dead = ['jobs-dead', 'callbacks-dead'].flatMap((name) => look(queues, name, 1000).map(({ body }) => body));
  const lost = [...history.sent.values()].flat().filter((body) => !history.done.has(body) && !dead.includes(body));
  expect({ isIdle: idle(life.world), lost, errors: history.errors }).toEqual({ isIdle: true, lost: [], errors: [] });
  life.end();
  await queues.stop(0);
  await Promise.all(stores.map((store) => store.close()));
}

it('an acknowledged message is done or a dead letter, and a group keeps its order, over crashes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.array(ending, { minLength: 1, maxLength: 20 }),
      (steps, endings) => live(steps, endings),
    ),
    numRuns(25),
  );
});

it('the same with duplicates, late and reordered deliveries, and sends whose answers are lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.array(ending, { minLength: 1, maxLength: 20 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 50, maxLength: 50 }),
      (steps, endings, draws) => {
        let drawn = 0;
        return live(steps, endings, () => draws[drawn++ % draws.length]!);
      },
    ),
    numRuns(15),
  );
});
