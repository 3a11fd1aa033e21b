/** Named writes, commits that may lose, changes that are made again, and the bounded retry. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { sourcesIn } from '../../../bin/local/structure.ts';
import {
  type Change,
  commitChange,
  commitNamed,
  LOST,
  RACES,
  retryRaces,
  tryCommit,
} from '../../../functions/table/commit.ts';
import { absent, equal, type Item, present, type Table, type Write } from '../../../functions/table/table.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';

const put = (pk: string): Write => ({ kind: 'put', table: 'payments', item: { pk, sk: 'a' }, when: absent });
const broken: Pick<Table, 'commit'> = {
  commit: async () => {
    throw new Error('no connection');
  },
};

let table: MemoryTable;
const stored = (): readonly string[] => table.items('payments').map(({ pk }) => pk);

beforeEach(() => {
  table = memoryTable();
});

describe('commitNamed', () => {
  it('writes everything in one transaction and returns undefined', async () => {
    expect(await commitNamed(table, { refund: put('r'), payment: put('p') })).toBeUndefined();
    expect(stored()).toEqual(['p', 'r']);
  });

  it.each([
    ['refund', 'payment', 'balance'],
    ['refund', 'balance', 'payment'],
    ['payment', 'refund', 'balance'],
    ['payment', 'balance', 'refund'],
    ['balance', 'refund', 'payment'],
    ['balance', 'payment', 'refund'],
  ] as const)('names the write that fails in the order %s, %s, %s', async (...order) => {
    await table.commit(put('balance'));
    const writes = Object.fromEntries(order.map((name) => [name, put(name)])) as Record<(typeof order)[number], Write>;

    const conflict = await commitNamed(table, writes);

    expect(conflict).toMatchObject({ on: 'balance', old: { pk: 'balance' } });
    expect(stored()).toEqual(['balance']);
  });

  it('names the first write that fails where two do', async () => {
    await table.commit(put('b'), put('c'));

    expect(await commitNamed(table, { first: put('a'), second: put('b'), third: put('c') })).toMatchObject({
      on: 'second',
    });
  });

  it('counts every write of a group, and none where a name has none', async () => {
    await table.commit(put('d'));
    const group = [put('b'), put('c')];

    expect(await commitNamed(table, { a: put('a'), none: undefined, group, empty: [], d: put('d') })).toMatchObject({
      on: 'd',
    });
    expect(await commitNamed(table, { a: put('a'), none: undefined, group: [put('b'), put('d')] })).toMatchObject({
      on: 'group',
    });
    expect(await commitNamed(table, { a: put('a'), none: undefined, group, empty: [] })).toBeUndefined();
    expect(stored()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses a transaction without a write, and throws any other error', async () => {
    await expect(commitNamed(table, { none: undefined, empty: [] })).rejects.toThrow('at least one write');
    await expect(commitNamed(broken, { a: put('a') })).rejects.toThrow('no connection');
  });

  it('does not compile with a name that is not in the transaction', async () => {
    const conflict = await commitNamed(table, { refund: put('r'), balance: put('b') });

    // @ts-expect-error: `blance` is not a write of this transaction
    expect(conflict?.on === 'blance').toBe(false);
  });
});

describe('commitNamed with other writes for a conflict', () => {
  it('commits those in place of all, once', async () => {
    await table.commit(put('m'));
    const asked: unknown[] = [];

    const conflict = await commitNamed(table, { object: put('o'), method: put('m') }, ({ on }, { object, method }) => {
      asked.push(on);
      return { object, method: { ...method, when: present } };
    });

    expect([conflict, asked]).toEqual([undefined, ['method']]);
    expect(stored()).toEqual(['m', 'o']);
  });

  it('returns the conflict where there are none, and that of the other writes', async () => {
    await table.commit(put('m'), put('o'));
    const writes = { method: put('m'), object: put('o') };

    expect(await commitNamed(table, writes, () => undefined)).toMatchObject({ on: 'method' });
    expect(await commitNamed(table, writes, (_, { object }) => ({ object, method: put('n') }))).toMatchObject({
      on: 'object',
    });
    expect(stored()).toEqual(['m', 'o']);
  });
});

describe('tryCommit', () => {
  it('says whether the writes are stored: all of them, or none', async () => {
    expect(await tryCommit(table, put('a'))).toBe(true);
    expect(await tryCommit(table, put('b'), put('a'))).toBe(false);
    expect(stored()).toEqual(['a']);
  });

  it('throws any error but a conflict', async () => {
    await expect(tryCommit(broken, put('a'))).rejects.toThrow('no connection');
  });
});

describe('retryRaces', () => {
  it('runs an attempt that does not lose once, also when its result is undefined', async () => {
    let attempts = 0;

    const result = await retryRaces(
      async () => {
        attempts += 1;
      },
      () => {
        throw new Error('gave up');
      },
    );

    expect([result, attempts]).toEqual([undefined, 1]);
  });

  it('runs a lost attempt again, and passes to each how many may follow', async () => {
    const seen: number[] = [];

    const result = await retryRaces(
      async (left) => {
        seen.push(left);
        return seen.length < 3 ? LOST : 'won';
      },
      () => 'gave up',
    );

    expect([result, seen]).toEqual(['won', [7, 6, 5]]);
  });

  it('gives up after eight lost attempts', async () => {
    const seen: number[] = [];

    const result = await retryRaces<string>(
      async (left) => {
        seen.push(left);
        return LOST;
      },
      () => 'gave up',
    );

    expect([RACES, result, seen]).toEqual([8, 'gave up', [7, 6, 5, 4, 3, 2, 1, 0]]);
  });

  it('ends with an error of the attempt', async () => {
    await expect(
      retryRaces(
        () => Promise.reject(new Error('refused')),
        () => 'gave up',
      ),
    ).rejects.toThrow('refused');
  });
});

describe('commitChange', () => {
  interface Counter {
    readonly version: number;
    readonly sum: number;
  }
  const putCounter = ({ version, sum }: Counter, before?: Counter): Write => ({
    kind: 'put',
    table: 'payments',
    item: { pk: 'counter', sk: 'a', version, sum },
    when: before ? equal('version', before.version) : absent,
  });
  const counterOf = (item: Item | undefined): Counter => ({ version: Number(item!.version), sum: Number(item!.sum) });
  const giveUp = () => {
    throw new Error('gave up');
  };
  const begun: Counter = { version: 1, sum: 1 };
  const adding = (amount: number, most = Number.POSITIVE_INFINITY): Change<Counter, 'counter'> => ({
    apply: ({ version, sum }) => (sum < most ? { version: version + 1, sum: sum + amount } : undefined),
    writes: async (current, changed) => ({ counter: putCounter(changed, current) }),
    newest: async ({ old }) => counterOf(old),
  });

  beforeEach(() => table.commit(putCounter(begun)));

  it('writes the change, and returns the value with it', async () => {
    expect(await commitChange(table, begun, adding(5), giveUp)).toEqual({
      value: { version: 2, sum: 6 },
      changed: true,
    });
    expect(counterOf(table.items('payments')[0])).toEqual({ version: 2, sum: 6 });
  });

  it('changes what another writer wrote first, not what it was given', async () => {
    await commitChange(table, begun, adding(10), giveUp);

    expect(await commitChange(table, begun, adding(5), giveUp)).toEqual({
      value: { version: 3, sum: 16 },
      changed: true,
    });
  });

  it('writes nothing where nothing changes, or where another writer made the change', async () => {
    await commitChange(table, begun, adding(10), giveUp);

    expect(await commitChange(table, begun, adding(5, 1), giveUp)).toEqual({ value: begun, changed: false });
    expect(await commitChange(table, begun, adding(5, 2), giveUp)).toEqual({
      value: { version: 2, sum: 11 },
      changed: false,
    });
    expect(counterOf(table.items('payments')[0])).toEqual({ version: 2, sum: 11 });
  });

  it('gives up after eight lost races', async () => {
    const lefts: number[] = [];
    const stale: Change<Counter, 'counter'> = {
      ...adding(5),
      newest: async (_, current, left) => {
        lefts.push(left);
        return current;
      },
    };

    await expect(commitChange(table, { version: 0, sum: 0 }, stale, giveUp)).rejects.toThrow('gave up');
    expect(lefts).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  });
});

describe('functions', () => {
  const sources = sourcesIn('functions').map((file) => [file, readFileSync(file, 'utf8')] as const);
  const outside = sources.filter(([file]) => !file.startsWith('functions/table/'));

  it('learn of a conflict by its name: two files catch the error itself, for they need no name', () => {
    const catching = outside.filter(([, text]) => /\bConflict\b[^;]*from '[^']*table\/table\.ts'/.test(text));

    expect(catching.map(([file]) => file).sort()).toEqual(['functions/api/idempotency.ts', 'functions/api/lock.ts']);
    expect(outside.filter(([, text]) => /\b(error|conflict)\w*\.index\b/i.test(text))).toEqual([]);
  });

  it('use every result of commitNamed: a dropped conflict would be a lost write', () => {
    const dropped = outside.filter(([, text]) => /^\s*(await |return void )?commitNamed\(/m.test(text));

    expect(dropped.map(([file]) => file)).toEqual([]);
  });

  it('count lost races in one place', () => {
    const counting = outside.filter(([, text]) => /\bRACES = |let race = /.test(text));

    expect(counting.map(([file]) => file)).toEqual(['functions/recovery/recover.ts']);
  });
});
