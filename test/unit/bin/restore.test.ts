/** Copying a restored table back: which items are written, under which condition, and what a second run finds. */
import { expect, it } from 'vitest';
import {
  type CopyOptions,
  copyBack,
  isComplete,
  keyOf,
  type RawTable,
  type Stored,
} from '../../../bin/local/restore.ts';

const item = (name: string, doc: string, w = `token-${doc}`): Stored => ({
  pk: { S: `p#${name}` },
  sk: { S: name },
  doc: { B: Buffer.from(doc) },
  w: { S: w },
});
const nameOf = ({ pk, sk }: Stored): string => `${pk!.S} ${sk!.S}`;

interface FakeTable extends RawTable {
  readonly items: Map<string, Stored>;
  /** Called before each write. */
  onWrite: (table: FakeTable) => void;
  writes: number;
}

function table(...items: readonly Stored[]): FakeTable {
  const stored = new Map(items.map((one) => [nameOf(one), one]));
  const holds = (key: string, seen: Stored | undefined): boolean => stored.get(key)?.w?.S === seen?.w?.S;
  const made: FakeTable = {
    items: stored,
    onWrite: () => {},
    writes: 0,
    // Pages of two, and every segment has its own items.
    async scan(segment, of, after) {
      const own = [...stored.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      const mine = own.filter(
        (one) =>
          nameOf(one).length > 0 && [...nameOf(one)].reduce((sum, c) => sum + c.charCodeAt(0), 0) % of === segment,
      );
      const begin = after ? mine.findIndex((one) => nameOf(one) === nameOf(after)) + 1 : 0;
      const page = mine.slice(begin, begin + 2);
      const last = page.at(-1);
      return { items: page, ...(last && begin + 2 < mine.length && { after: keyOf(last) }) };
    },
    getMany: async (keys) => keys.map((key) => stored.get(nameOf(key))).filter((one) => one !== undefined),
    async put(one, seen) {
      made.onWrite(made);
      made.writes += 1;
      if (!holds(nameOf(one), seen)) return false;
      stored.set(nameOf(one), one);
      return true;
    },
    async remove(seen) {
      made.onWrite(made);
      made.writes += 1;
      return holds(nameOf(seen), seen) && stored.delete(nameOf(seen));
    },
  };
  return made;
}

const run = (from: RawTable, to: RawTable, more: Partial<CopyOptions> = {}) =>
  copyBack({ from, to, exact: false, dryRun: false, rate: 1e6, ...more });
const many = (count: number): Stored[] => Array.from({ length: count }, (_, n) => item(`i${n}`, `d${n}`));

it('writes what is missing and leaves what differs and what is newer', async () => {
  const from = table(...many(300));
  const to = table(item('i1', 'd1'), item('i2', 'changed'), item('new', 'n'));

  expect(await run(from, to)).toEqual({ same: 1, missing: 298, different: 1, newer: 1, contended: 0 });
  expect(to.items.size).toBe(301);
  expect(to.items.get('p#i7 i7')).toEqual(item('i7', 'd7'));
  expect(to.items.get('p#i2 i2')).toEqual(item('i2', 'changed'));

  const writes = to.writes;
  const again = await run(from, to);
  expect(again).toEqual({ same: 299, missing: 0, different: 1, newer: 1, contended: 0 });
  expect(to.writes).toBe(writes);
  expect([isComplete(again, false), isComplete(again, true)]).toEqual([true, false]);
});

it('with exact the table is as it was: replaced, and what was made since is gone', async () => {
  const from = table(...many(9));
  const to = table(item('i2', 'changed'), item('new', 'n'));

  expect(await run(from, to, { exact: true })).toEqual({ same: 0, missing: 8, different: 1, newer: 1, contended: 0 });
  expect(Object.fromEntries(to.items)).toEqual(Object.fromEntries(from.items));
  expect(isComplete(await run(from, to, { exact: true, dryRun: true }), true)).toBe(true);
});

it('a dry run writes nothing and counts', async () => {
  const to = table(item('new', 'n'));
  const counts = await run(table(...many(3)), to, { exact: true, dryRun: true });

  expect(counts).toEqual({ same: 0, missing: 3, different: 0, newer: 1, contended: 0 });
  expect([to.writes, to.items.size]).toEqual([0, 1]);
});

it('an item that another process writes between the read and the write stays as that process wrote it, and is counted', async () => {
  const from = table(...many(1));
  for (const before of [[], [item('i0', 'damaged')]]) {
    const to = table(...before);
    to.onWrite = ({ items }) => void items.set('p#i0 i0', item('i0', 'theirs'));
    expect(await run(from, to, { exact: true })).toMatchObject({ contended: 1 });
    expect(to.items.get('p#i0 i0')).toEqual(item('i0', 'theirs'));
  }
  const to = table(...many(1), item('new', 'n'));
  to.onWrite = ({ items }) => void items.set('p#new new', item('new', 'theirs'));
  expect(await run(from, to, { exact: true })).toMatchObject({ contended: 1 });
  expect(to.items.size).toBe(2);
});

it('marks what it writes, and a marked item is the same as the restored one', async () => {
  const [from, to] = [table(...many(2)), table(item('i1', 'd1'))];
  await run(from, to, { mark: 'm1' });

  expect(to.items.get('p#i0 i0')).toEqual({ ...item('i0', 'd0'), restored: { S: 'm1' } });
  expect(to.items.get('p#i1 i1')).toEqual(item('i1', 'd1'));
  expect(await run(from, to, { mark: 'm2', exact: true })).toMatchObject({ same: 2, missing: 0, different: 0 });
});

it('writes no faster than the rate', async () => {
  let nowMs = 0;
  const sleeps: number[] = [];
  const sleep = async (ms: number): Promise<void> => void sleeps.push(ms);
  await run(table(...many(50)), table(), { rate: 10, sleep, nowMs: () => nowMs, segments: 1 });
  nowMs += 1;

  // The clock stands still, so each write waits a tenth of a second longer than the one before.
  expect(Math.max(...sleeps)).toBeGreaterThanOrEqual(4_700);
  expect(Math.max(...sleeps)).toBeLessThanOrEqual(5_000);
});
