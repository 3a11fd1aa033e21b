import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreLocked, StoreStopped } from '../../../../bin/embedded/store/errors.ts';
import { type Database, isAboutSqlite, prepared } from '../../../../bin/embedded/store/sqlite.ts';
import { memoryStore, openStore, type Store, type StoreOptions } from '../../../../bin/embedded/store/store.ts';

let directory: string;
let opened: Store[];
let release: (() => void)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  opened = [];
  release = [];
});
afterEach(async () => {
  for (const each of release) each();
  await Promise.all(opened.map((store) => store.close()));
  rmSync(directory, { recursive: true });
});

async function open(options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(directory, options);
  opened.push(store);
  return store;
}

const write = (name: string, value: number) => (db: Database) => {
  prepared(db, 'REPLACE INTO facts VALUES (?, ?)').run(name, value);
  return value;
};
const read = (name: string) => (db: Database) =>
  prepared(db, 'SELECT value FROM facts WHERE name = ?').get(name)?.value;

/** A disk whose syncs end when the test says so, and at once when the test is over. */
function slowDisk() {
  const syncs: { done: () => void; fail: (error: Error) => void }[] = [];
  let isOver = false;
  const sync = () =>
    new Promise<void>((resolve, reject) => {
      syncs.push({ done: resolve, fail: reject });
      if (isOver) resolve();
    });
  release.push(() => {
    isOver = true;
    for (const { done } of syncs) done();
  });
  return { disk: { sync }, syncs };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
/** Whether a promise has resolved so far. */
function watched(promise: Promise<unknown>): { isDone: boolean } {
  const state = { isDone: false };
  promise.then(
    () => {
      state.isDone = true;
    },
    () => {},
  );
  return state;
}

it('a commit is there after the store was closed and opened again', async () => {
  const first = await open();

  const result = await first.commit(write('a', 1));
  await first.close();
  const second = await open();

  expect(result).toBe(1);
  expect(second.read(read('a'))).toBe(1);
});

it('commits that arrive together share one sync, and do not wait for it', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  const results = await Promise.all([1, 2, 3].map((value) => store.commit(write(`n${value}`, value))));
  expect(results).toEqual([1, 2, 3]);
  expect(store.read(read('n3'))).toBe(3);
  const synced = watched(store.synced());
  await turn();
  expect([syncs.length, synced.isDone]).toEqual([1, false]);

  syncs[0]!.done();
  await store.synced();
  expect([syncs.length, synced.isDone]).toEqual([1, true]);
});

it('a commit that is written during a sync is on disk after a sync of its own', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  await store.commit(write('a', 1));
  const first = watched(store.synced());
  expect(await store.commit(write('b', 2))).toBe(2);
  const second = watched(store.synced());
  await turn();
  expect(syncs).toHaveLength(1);

  syncs[0]!.done();
  await turn();
  expect([syncs.length, first.isDone, second.isDone]).toEqual([2, true, false]);
  syncs[1]!.done();
  await turn();
  expect([syncs.length, second.isDone]).toEqual([2, true]);
});

it('synced resolves at once where all is on disk', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  await store.synced();
  expect(syncs).toEqual([]);
});

it('a commit that nothing waits for is on disk soon', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  await store.commit(write('a', 1));
  expect(syncs).toEqual([]);
  await vi.waitUntil(() => syncs.length === 1);
  syncs[0]!.done();
  await store.synced();
  expect(syncs).toHaveLength(1);
});

it('the log is copied when all of it is on disk, and no group is written meanwhile', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk, checkpointBytes: 20_000 });
  const database = () => statSync(join(directory, 'sluice.db')).size;
  const before = database();
  const large = (db: Database) => prepared(db, 'REPLACE INTO facts VALUES (?, ?)').run('large', 'x'.repeat(500_000));

  await store.commit(large);
  const first = watched(store.synced());
  await store.commit(write('b', 1));
  syncs[0]!.done();
  await turn();
  const held = watched(store.commit(write('c', 1)));
  await turn();
  expect([syncs.length, first.isDone, held.isDone, database()]).toEqual([2, false, false, before]);
  expect(store.read(read('c'))).toBeUndefined();

  syncs[1]!.done();
  await vi.waitUntil(() => held.isDone);
  expect(first.isDone).toBe(true);
  expect(database()).toBeGreaterThan(500_000);
});

it('a commit that throws leaves nothing, reports its own error, and the others of its group are stored once', async () => {
  const store = await open();
  await store.commit(write('count', 0));
  const add = (db: Database) => prepared(db, "UPDATE facts SET value = value + 1 WHERE name = 'count'").run();

  const results = await Promise.allSettled([
    store.commit(add),
    store.commit((db) => {
      write('half', 1)(db);
      throw new RangeError('late');
    }),
    store.commit(() => {
      throw new RangeError('early');
    }),
    store.commit(add),
  ]);

  expect(results.map((result) => (result.status === 'rejected' ? String(result.reason) : 'stored'))).toEqual([
    'stored',
    'RangeError: late',
    'RangeError: early',
    'stored',
  ]);
  expect([store.read(read('half')), store.read(read('count'))]).toEqual([undefined, 2]);
});

it('a group that wrote nothing needs no sync', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  expect(await store.commit(read('nothing'))).toBeUndefined();
  await expect(
    store.commit(() => {
      throw new RangeError('refused');
    }),
  ).rejects.toThrow('refused');

  expect(syncs).toEqual([]);
});

it('commits of the background wait for company, and a request ends their wait', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  const patient = store.commit(write('a', 1), { patient: true });
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(store.read(read('a'))).toBeUndefined();
  const request = store.commit(write('b', 2));
  expect(await Promise.all([patient, request])).toEqual([1, 2]);
  expect(await store.commit(write('c', 3), { patient: true })).toBe(3);
  expect(syncs).toEqual([]);
});

it('after a failed sync nothing is acknowledged, read or tried again, and the owner is notified', async () => {
  const { disk, syncs } = slowDisk();
  const reasons: StoreStopped[] = [];
  const store = await open({ disk, onStop: (reason) => reasons.push(reason) });
  const refused = (promise: Promise<unknown>) => expect(promise).rejects.toThrow(StoreStopped);

  await store.commit(write('a', 1));
  const first = refused(store.synced());
  await store.commit(write('b', 2));
  const second = refused(store.synced());
  const waiting = refused(store.commit(write('d', 4), { patient: true }));
  syncs[0]!.fail(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
  await Promise.all([first, second, waiting]);

  await refused(store.commit(write('c', 3)));
  await refused(store.synced());
  expect(() => store.read(read('a'))).toThrow('EIO');
  await turn();
  expect([syncs.length, reasons.length]).toEqual([1, 1]);
});

it('a second opening of the directory is refused with the reason, until the first is closed', async () => {
  const first = await open();

  await expect(open()).rejects.toThrow(StoreLocked);
  await expect(open()).rejects.toThrow('another process uses the data in');
  await first.close();

  expect((await open()).read(read('a'))).toBeUndefined();
});

it('close stores what waits, and refuses what comes later', async () => {
  const first = await open();

  const waiting = [first.commit(write('a', 1)), first.commit(write('b', 2), { patient: true })];
  const closed = first.close();
  await expect(first.commit(write('c', 3))).rejects.toThrow('the store is closed');
  await Promise.all([closed, ...waiting]);
  const second = await open();

  expect(['a', 'b', 'c'].map((name) => second.read(read(name)))).toEqual([1, 2, undefined]);
});

it('the log does not grow without limit, and everything is read after each checkpoint', async () => {
  const checkpointBytes = 200_000;
  const store = await open({ checkpointBytes });

  const sizes: number[] = [];
  for (let n = 0; n < 400; n++) {
    await store.commit(write(`n${n % 50}`, n));
    await store.synced();
    sizes.push(statSync(join(directory, 'sluice.db-wal')).size);
  }

  expect(Math.max(...sizes)).toBeGreaterThan(checkpointBytes);
  expect(Math.max(...sizes)).toBeLessThan(3 * checkpointBytes);
  expect(store.read(read('n49'))).toBe(399);
});

it('a full database refuses the whole group and loses nothing, and commits go on when there is space again', async () => {
  const notices: string[] = [];
  const store = await open({ onFull: ({ message }) => notices.push(message) });
  await store.commit(write('a', 1));
  const large = (db: Database) => prepared(db, 'REPLACE INTO facts VALUES (?, ?)').run('large', 'x'.repeat(100_000));
  const limitPages = (pages: number) => store.read((db) => db.exec(`PRAGMA max_page_count = ${pages}`));
  limitPages(1);

  const both = await Promise.allSettled([store.commit(write('b', 2)), store.commit(large)]);
  expect(both.map((result) => result.status === 'rejected' && (result.reason as Error).name)).toEqual([
    'StoreFull',
    'StoreFull',
  ]);
  expect(['a', 'b', 'large'].map((name) => store.read(read(name)))).toEqual([1, undefined, undefined]);
  await store.commit(write('a', 3));
  limitPages(1_000_000);
  await store.commit(large);

  expect(store.read(read('a'))).toBe(3);
  expect(String(store.read(read('large')))).toHaveLength(100_000);
  // The second refusal is within minutes of the first.
  limitPages(1);
  const larger = (db: Database) =>
    prepared(db, 'REPLACE INTO facts VALUES (?, ?)').run('larger', 'x'.repeat(1_000_000));
  await expect(store.commit(larger)).rejects.toMatchObject({ name: 'StoreFull' });
  expect(notices).toEqual(['the disk is full: the commit was refused']);
});

it('a group that a full disk ends leaves no transaction open: SQLite ends it by itself in some cases only', async () => {
  const store = await open();

  const full = store.commit((db) => {
    write('a', 1)(db);
    throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
  });
  await expect(full).rejects.toMatchObject({ name: 'StoreFull' });

  expect(await store.commit(write('b', 2))).toBe(2);
  expect(store.read(read('a'))).toBeUndefined();
});

it('a disk that is full at a sync stops the store, because nothing shows what it dropped', async () => {
  const { disk, syncs } = slowDisk();
  const store = await open({ disk });

  await store.commit(write('a', 1));
  const synced = store.synced().catch((error: unknown) => error);
  syncs[0]!.fail(Object.assign(new Error('ENOSPC: no space left on device, fdatasync'), { code: 'ENOSPC' }));

  expect(await synced).toBeInstanceOf(StoreStopped);

  await expect(store.commit(write('b', 2))).rejects.toThrow('ENOSPC');
});

it('of all warnings only the one that SQLite is experimental is left out', () => {
  const warnings = [
    'SQLite is an experimental feature and might change at any time',
    new Error('SQLite is an experimental feature and might change at any time'),
    'WASI is an experimental feature and might change at any time',
    new Error('another warning'),
  ];

  expect(warnings.map(isAboutSqlite)).toEqual([true, true, false, false]);
});

it('a memory store keeps the same promises without a file', async () => {
  const store = memoryStore();

  await store.commit(write('a', 1));
  await expect(
    store.commit((db) => {
      write('a', 2)(db);
      throw new RangeError('late');
    }),
  ).rejects.toThrow('late');
  await store.synced();

  expect(store.read(read('a'))).toBe(1);
  expect(existsSync(':memory:')).toBe(false);
  await store.close();
});
