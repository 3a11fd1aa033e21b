/** The stream of an embedded table in process, with functions that answer as a test says. */
import { openClock, type StackClock } from '../../bin/embedded/clock.ts';
import type { Store } from '../../bin/embedded/store/store.ts';
import { memoryStore } from '../../bin/embedded/store/store.ts';
import { imagesOf, type StreamRecord } from '../../bin/embedded/streams/record.ts';
import { Stream } from '../../bin/embedded/streams/stream.ts';
import { storeTable } from '../../bin/embedded/table/store-table.ts';
import type { StreamMapping } from '../../bin/embedded/wiring/model-types.ts';
import { absent, type ExpiringTable, present } from '../../functions/table/table.ts';

export type StreamHandler = (records: readonly StreamRecord[]) => Promise<unknown>;

export const streamMapping = (name: string, more: Partial<StreamMapping> = {}): StreamMapping => ({
  id: `${name}-mapping`,
  function: name,
  table: 'payments',
  batchSize: 100,
  bisectOnError: true,
  maxRetries: 2,
  maxRecordAgeMs: 72_000_000,
  onFailure: 'stream-failures',
  ...more,
});

export interface TestStream {
  readonly store: Store;
  readonly clock: StackClock;
  readonly stream: Stream;
  readonly table: ExpiringTable;
  /** Bodies on the queue of failures. */
  readonly failures: string[];
  readonly logged: { readonly message: string; readonly [name: string]: unknown }[];
  /** Makes, changes or removes an item; its value is a number. */
  readonly make: (key: string, n: number) => Promise<void>;
  readonly change: (key: string, n: number) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
}

export function testStream(
  handlers: Readonly<Record<string, StreamHandler>>,
  options: {
    readonly store?: Store;
    readonly systemMs?: () => number;
    readonly mostBehind?: number;
    readonly mapping?: Partial<StreamMapping>;
  } = {},
): TestStream {
  const { store = memoryStore(), mostBehind = 1_000_000 } = options;
  const clock = openClock(store, options.systemMs);
  const failures: string[] = [];
  const logged: TestStream['logged'] = [];
  const write = (message: string, facts: object): void => void logged.push({ message, ...facts });
  const stream: Stream = new Stream({
    store,
    clock,
    log: { warn: write, error: write },
    streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/payments/stream/1',
    mappings: Object.keys(handlers).map((name) => streamMapping(name, options.mapping)),
    arnOfFunction: (name) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    invoke: (name, event) => handlers[name]!((event as { readonly Records: readonly StreamRecord[] }).Records),
    enqueue: (_, queue, body) => void failures.push(`${queue} ${body}`),
    mostBehind,
  });
  const table = storeTable(store, { nowMs: () => clock.nowMs(), onWritten: () => stream.notice() });
  const keyOf = (key: string) => ({ pk: key, sk: 'item' });
  return {
    store,
    clock,
    stream,
    table,
    failures,
    logged,
    make: (key, n) => table.commit({ kind: 'put', table: 'payments', item: { ...keyOf(key), n }, when: absent }),
    change: (key, n) => table.commit({ kind: 'update', table: 'payments', key: keyOf(key), set: { n }, when: present }),
    remove: (key) => table.commit({ kind: 'delete', table: 'payments', key: keyOf(key), when: present }),
  };
}

/** `key old>new` of each record. */
export const changesIn = (records: readonly StreamRecord[]): readonly string[] =>
  records.map((record) => {
    const { old, new: now } = imagesOf(record);
    const value = (item: typeof old): string => (item === undefined ? '-' : `${item.n}`);
    return `${(now ?? old)!.pk} ${value(old)}>${value(now)}`;
  });

/** A function that keeps what it was given. */
export function keeping() {
  const batches: (readonly string[])[] = [];
  const handler: StreamHandler = async (records) => void batches.push(changesIn(records));
  return { batches, handler, all: () => batches.flat() };
}

/** A function whose calls end when the test says so. */
export function held() {
  const calls: { readonly changes: readonly string[]; readonly end: () => void; readonly fail: () => void }[] = [];
  const handler: StreamHandler = (records) =>
    new Promise((resolve, reject) => {
      calls.push({
        changes: changesIn(records),
        end: () => resolve(undefined),
        fail: () => reject(new Error('the function failed')),
      });
    });
  return { calls, handler, batches: () => calls.map(({ changes }) => changes) };
}

/** How many changes the store holds. */
export const rowsIn = (store: Store): number =>
  store.read((db) => (db.prepare('SELECT count(*) AS n FROM changes').get() as { readonly n: number }).n);
