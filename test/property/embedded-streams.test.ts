/**
 * The stream over crashes: whatever is drawn of commits, failures and crashes, each consumer gets every change of an acknowledged commit, in the
 * order of its object, and never begins again before a batch whose successor had an effect.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { fc } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import type { Database } from '../../bin/embedded/store/sqlite.ts';
import { imagesOf, type StreamRecord } from '../../bin/embedded/streams/record.ts';
import { type CrashingStore, crashingStore } from '../world/crashing-store.ts';
import { numRuns } from '../world/seed.ts';
import { rowsIn, type TestStream, testStream } from '../world/streams.ts';

const CONSUMERS = ['ledger', 'fanout'] as const;

type Step =
  | { readonly do: 'write'; readonly key: string; readonly count: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'crash'; readonly part: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      key: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), part: fc.constantFrom(0, 0.5, 1) }) },
);

/** How each call ends, in turn: after so many milliseconds, done, or failed before or after its effect. */
const ending = fc.record({
  ms: fc.integer({ min: 0, max: 3 }),
  fails: fc.oneof(
    { weight: 4, arbitrary: fc.constant('no' as const) },
    { weight: 1, arbitrary: fc.constantFrom('before' as const, 'after' as const) },
  ),
});
type Ending = typeof ending extends fc.Arbitrary<infer T> ? T : never;

const numberIn = (db: Database, name: string): number => {
  const row = db.prepare('SELECT value FROM facts WHERE name = ?').get(name) as { readonly value: number } | undefined;
  return row?.value ?? 0;
};
const setNumber = (db: Database, name: string, value: number): void =>
  void db.prepare('REPLACE INTO facts VALUES (?, ?)').run(name, value);

/** One life of the stack, from a start to a crash. Its functions keep what they have done in the store, as those of the product do. */
class Life {
  readonly world: TestStream;
  readonly on: CrashingStore;
  private readonly endings: readonly Ending[];
  private readonly errors: string[];
  private calls = 0;
  isOver = false;
  /** From here on no call fails. */
  isCalm = false;

  constructor(on: CrashingStore, endings: readonly Ending[], errors: string[]) {
    this.on = on;
    this.endings = endings;
    this.errors = errors;
    const handler = (name: string) => (records: readonly StreamRecord[]) => this.call(name, records);
    this.world = testStream(Object.fromEntries(CONSUMERS.map((name) => [name, handler(name)])), {
      store: on.store,
      mapping: { batchSize: 4, maxRetries: 1000 },
    });
    this.world.stream.start();
  }

  end(): void {
    this.isOver = true;
    void this.world.stream.stop(0);
  }

  private async call(name: string, records: readonly StreamRecord[]): Promise<void> {
    const { ms, fails } = this.endings[this.calls++ % this.endings.length]!;
    await wait(ms);
    if (this.isOver) return new Promise(() => {});
    if (fails === 'before' && !this.isCalm) throw new Error('the function failed');
    const first = Number(records[0]!.dynamodb.SequenceNumber);
    await this.on.store.commit((db) => {
      const begun = numberIn(db, `${name} begun`);
      if (first < begun) this.errors.push(`${name} began again with ${first}, before ${begun}`);
      setNumber(db, `${name} begun`, Math.max(first, begun));
      for (const record of records) {
        const { new: now } = imagesOf(record);
        const seen = numberIn(db, `${name} ${now!.pk}`);
        const n = Number(now!.n);
        if (n > seen + 1) this.errors.push(`${name} got ${now!.pk} ${n} after ${seen}`);
        setNumber(db, `${name} ${now!.pk}`, Math.max(n, seen));
      }
    });
    if (this.isOver) return new Promise(() => {});
    if (fails === 'after' && !this.isCalm) throw new Error('the function failed');
  }
}

async function run(steps: readonly Step[], endings: readonly Ending[]): Promise<void> {
  const errors: string[] = [];
  const stores = [await crashingStore()];
  let life = new Life(stores[0]!, endings, errors);
  const acknowledged = new Map<string, number>();
  const next = new Map<string, number>();
  const write = async (key: string): Promise<void> => {
    const began = life;
    const { world } = began;
    const n = (next.get(key) ?? 0) + 1;
    next.set(key, n);
    await (n === 1 ? world.make(key, n) : world.change(key, n));
    // A client has its answer then.
    await began.on.store.synced();
    if (!began.isOver) acknowledged.set(key, Math.max(n, acknowledged.get(key) ?? 0));
  };
  let writes: Promise<void>[] = [];
  for (const one of steps) {
    if (one.do === 'wait') await wait(one.ms);
    else if (one.do === 'write') for (let n = 0; n < one.count; n++) writes.push(write(one.key));
    else {
      const crash = stores.at(-1)!.crash(one.part);
      life.end();
      const crashed = await crash;
      stores.push(crashed);
      life = new Life(crashed, endings, errors);
      await Promise.allSettled(writes);
      writes = [];
      for (const key of next.keys()) {
        const item = await life.world.table.get('payments', { pk: key, sk: 'item' });
        next.set(key, Number(item?.n ?? 0));
      }
    }
  }
  await Promise.all(writes);
  life.isCalm = true;
  const { store, clock, stream } = life.world;
  const isIdle = () => store.read(() => stream.behind() === 0 && rowsIn(store) <= 1);
  for (let round = 0; round < 300 && !isIdle(); round++) {
    await wait(2);
    if (round % 5 === 4) await clock.advance(60_000);
  }

  const seen = store.read((db) =>
    [...next].flatMap(([key, n]) => CONSUMERS.map((name) => [name, key, numberIn(db, `${name} ${key}`), n] as const)),
  );
  const lost = [...acknowledged].filter(([key, n]) => n > next.get(key)!);
  expect({ isIdle: isIdle(), errors, lost }).toEqual({ isIdle: true, errors: [], lost: [] });
  expect(seen.filter(([, , got, n]) => got !== n)).toEqual([]);
  life.end();
  await Promise.all(stores.map((each) => each.close()));
}

it('each consumer gets every acknowledged change, in order, over crashes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.array(ending, { minLength: 1, maxLength: 20 }),
      run,
    ),
    numRuns(30),
  );
});
