import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryStore, type Store } from '../../../../bin/embedded/store/store.ts';
import { changesAfter, forgetChanges, newestChange } from '../../../../bin/embedded/table/changes.ts';
import { removeExpired } from '../../../../bin/embedded/table/expiry.ts';
import { TABLE_NAMES } from '../../../../bin/embedded/table/rows.ts';
import { type StoreTable, type StoreTableOptions, storeTable } from '../../../../bin/embedded/table/store-table.ts';
import {
  absent,
  atLeast,
  Conflict,
  equal,
  INDEX_KEYS,
  type Item,
  missing,
  present,
  type Write,
} from '../../../../functions/table/table.ts';
import { INDEXES, TABLES } from '../../../../lib/data.ts';

let store: Store;
let table: StoreTable;
beforeEach(() => {
  store = memoryStore();
  table = fresh();
});
afterEach(() => store.close());

const fresh = (options: StoreTableOptions = {}) => {
  let tokens = 0;
  return storeTable(store, { token: () => `token-${++tokens}`, nowMs: () => 1_000, ...options });
};
const key = { pk: 'p', sk: 's' };
const put = (item: Partial<Item> = {}, when: Write['when'] = absent): Write => ({
  kind: 'put',
  table: 'payments',
  item: { ...key, ...item },
  when,
});
const invalid = (run: Promise<unknown>) => expect(run).rejects.toMatchObject({ name: 'ValidationException' });
const conflictOf = async (run: Promise<unknown>): Promise<Conflict> => {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Conflict);
  return error as Conflict;
};

describe('tables and indexes', () => {
  it('are those of the template: only the payments table has a stream and indexes, and its items do not expire', () => {
    expect([...TABLE_NAMES]).toEqual(Object.keys(TABLES));
    expect(Object.entries(TABLES).filter(([, shape]) => 'stream' in shape)).toEqual([['payments', TABLES.payments]]);
    expect('expiry' in TABLES.payments).toBe(false);
    expect(Object.entries(INDEX_KEYS).map(([name, [pk, sk]]) => [name, pk, sk])).toEqual(
      INDEXES.map((each) => [...each]),
    );
  });

  it('tables do not mix', async () => {
    await table.commit({ ...put({ n: 1 }), table: 'ledger' });

    expect(await table.get('payments', key)).toBeUndefined();
    expect(await table.get('ledger', key)).toEqual({ ...key, n: 1n, w: 'token-1' });
  });

  it('an index lists keys only, and only items that have both of its attributes', async () => {
    await table.commit(put({ lpk: 'l', lsk: '1', n: 1 }), put({ sk: 't', lpk: 'l' }), put({ sk: 'u', lsk: '2' }));

    expect(await table.query('payments', { index: 'links', pk: 'l' })).toEqual({
      items: [{ ...key, lpk: 'l', lsk: '1' }],
    });
    expect(await table.query('payments', { index: 'moved', pk: 'l' })).toEqual({ items: [] });
  });

  it('an index goes on behind the place where its page ended, in both directions', async () => {
    const items = ['1', '2', '2', '3'].map((msk, at) => put({ sk: `s${at}`, mpk: 'm', msk }));
    await table.commit(...(items as [Write, ...Write[]]));

    for (const newestFirst of [false, true]) {
      const seen: string[] = [];
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const page = await table.query('payments', {
          index: 'moved',
          pk: 'm',
          newestFirst,
          limit: 1,
          ...(after && { after }),
        });
        seen.push(...page.items.map(({ sk }) => sk));
        after = page.after;
      }
      expect(seen).toEqual(newestFirst ? ['s3', 's2', 's1', 's0'] : ['s0', 's1', 's2', 's3']);
    }
  });

  it.each(['lpk', 'msk'])('an index key %s that is no text, or empty, is refused', async (name) => {
    await invalid(table.commit(put({ [name]: 1n })));
    await invalid(table.commit(put({ [name]: '' })));
    await table.commit({ ...put({ [name]: 1n }), table: 'ledger' });
  });
});

describe('conditions', () => {
  it('a failed one reports its position and the item as it stands, and nothing is written', async () => {
    await table.commit(put({ n: 1 }));

    const conflict = await conflictOf(table.commit(put({ sk: 'other' }), put({ n: 2 })));

    expect([conflict.index, conflict.old]).toEqual([1, { ...key, n: 1n, w: 'token-1' }]);
    expect(await table.get('payments', { pk: 'p', sk: 'other' })).toBeUndefined();
  });

  it('numbers compare exactly, and never with other types', async () => {
    await table.commit(put({ n: 2n ** 60n, text: '5' }));
    const check = (when: Write['when']) =>
      table.commit(put({ sk: 'x' }, { is: 'any', of: [absent, present] }), {
        kind: 'check',
        table: 'payments',
        key,
        when,
      });

    await check(equal('n', 2n ** 60n));
    await check(atLeast('n', 2n ** 60n));
    await conflictOf(check(atLeast('n', 2n ** 60n + 1n)));
    await conflictOf(check(equal('n', 2n ** 60n + 1n)));
    await conflictOf(check(atLeast('text', 5n)));
    await conflictOf(check(equal('text', 5n)));
    await conflictOf(check(missing('text')));
  });

  it('an item with the own token is the own earlier success: nothing is written again', async () => {
    const again = fresh({ token: () => 'the same' });
    await again.commit(put({ n: 1 }));

    await again.commit(put({ n: 1 }));

    expect(store.read(newestChange)).toBe(1);
    expect((await conflictOf(fresh({ token: () => 'another' }).commit(put()))).old?.n).toBe(1n);
  });
});

describe('writes that DynamoDB refuses whatever is stored', () => {
  it('two operations on one item, more than 100, a check alone, a key that is empty or too long', async () => {
    await invalid(table.commit(put(), put()));
    const many = Array.from({ length: 101 }, (_, n) => put({ sk: `${n}` }));
    await invalid(table.commit(...(many as [Write, ...Write[]])));
    await invalid(table.commit({ kind: 'check', table: 'payments', key, when: present }));
    await invalid(table.commit(put({ sk: '' })));
    await invalid(table.commit(put({ sk: 'x'.repeat(1_025) })));
    await invalid(table.commit(put({ pk: 'ü'.repeat(1_025) })));

    await table.commit(...(many.slice(1) as [Write, ...Write[]]));
    await table.commit(put({ pk: 'ü'.repeat(1_024), sk: 'x'.repeat(1_024) }));
  });

  it('an item over 400 KB, put or grown, and a transaction over 4 MB', async () => {
    const full = 400 * 1024 - 'pk'.length - 'sk'.length - 'p'.length - 's'.length - 'w'.length - 'token-1'.length - 1;
    await invalid(table.commit(put({ a: 'x'.repeat(full + 1) })));
    await fresh().commit(put({ a: 'x'.repeat(full) }));
    await invalid(table.commit({ kind: 'update', table: 'payments', key, set: { b: 'x' }, when: present }));
    const eleven = Array.from({ length: 11 }, (_, n) => put({ sk: `t${n}`, a: 'x'.repeat(390_000) }));
    await invalid(table.commit(...(eleven as [Write, ...Write[]])));

    expect(store.read(newestChange)).toBe(1);
  });

  it('an update that names an attribute twice or a key, and an add to another type', async () => {
    await table.commit(put({ text: 'x' }));
    const update = (parts: object) => table.commit({ kind: 'update', table: 'payments', key, when: present, ...parts });

    await invalid(update({ set: { a: 1 }, remove: ['a'] }));
    await invalid(update({ set: { sk: 'other' } }));
    await invalid(update({ add: { text: 1n } }));
    await invalid(update({ add: { text: new Set(['a']) } }));
    await conflictOf(update({ add: { text: 1n }, when: absent }));
  });
});

describe('updates', () => {
  it('set, add and remove, on an item that is there and on one that is not', async () => {
    const update: Write = {
      kind: 'update',
      table: 'payments',
      key,
      set: { text: 'x', n: 1 },
      add: { count: 2n, names: new Set(['b', 'a']), none: new Set<string>() },
      remove: ['old'],
      when: { is: 'any', of: [absent, present] },
    };

    await table.commit(update);
    await table.commit(update);

    expect(await table.get('payments', key)).toEqual({
      ...key,
      text: 'x',
      n: 1n,
      count: 4n,
      names: new Set(['a', 'b']),
      w: 'token-2',
    });
  });
});

describe('reads', () => {
  it('up to 100 items in the order asked, and more are refused', async () => {
    await table.commit(put());
    const reads = Array.from({ length: 101 }, (_, n) => ({
      table: 'payments' as const,
      key: { pk: 'p', sk: n === 0 ? 's' : `${n}` },
    }));

    expect((await table.getMany(reads.slice(0, 100))).map((item) => item !== undefined)).toEqual(
      reads.slice(0, 100).map((_, n) => n === 0),
    );
    await invalid(table.getMany(reads));
    expect(await table.getMany([])).toEqual([]);
  });

  it('a partition sorts by UTF-8 bytes, which is not the order of JavaScript', async () => {
    const order = ['Z', 'a', 'é', '\uFFFD', '😀'];
    expect([...order].sort()).not.toEqual(order);
    await table.commit(...(order.map((sk) => put({ sk })) as unknown as [Write, ...Write[]]));

    const page = await table.query('payments', { pk: 'p', from: 'a', to: '😀' });

    expect(page.items.map(({ sk }) => sk)).toEqual(order.slice(1));
  });

  it('a page ends after a megabyte, and the next one goes on', async () => {
    for (let n = 0; n < 7; n++) await table.commit(put({ sk: `${n}`, doc: new Uint8Array(200 * 1024) }));

    const first = await table.query('payments', { pk: 'p' });
    const second = await table.query('payments', { pk: 'p', after: first.after! });

    expect([first.items.length, first.after, second.items.length, second.after]).toEqual([6, '5', 1, undefined]);
  });

  it('a limit that is reached says that there may be more', async () => {
    await table.commit(put());

    expect((await table.query('payments', { pk: 'p', limit: 1 })).after).toBe('s');
    expect((await table.query('payments', { pk: 'p', limit: 1, after: 's' })).after).toBeUndefined();
    expect((await table.query('payments', { pk: 'p', from: 'b', to: 'a' })).items).toEqual([]);
  });

  it('what a page leaves unread does not hold back later writes', async () => {
    await table.commit(put({ sk: '1' }), put({ sk: '2' }), put({ sk: '3' }));
    await table.query('payments', { pk: 'p', limit: 1 });

    await table.commit({ kind: 'delete', table: 'payments', key: { pk: 'p', sk: '2' }, when: present });

    expect((await table.query('payments', { pk: 'p' })).items.map(({ sk }) => sk)).toEqual(['1', '3']);
  });
});

describe('the stream', () => {
  const change = (db: Parameters<typeof changesAfter>[0]) =>
    changesAfter(db, 0, 100).map(({ sequence, key: { sk }, old, new: now, ms }) => [sequence, sk, old?.n, now?.n, ms]);

  it('has both images of each change of the payments table, in order, and nothing of other tables or of refusals', async () => {
    await table.commit(put({ n: 1 }));
    await table.commit({ ...put(), table: 'ledger' });
    await conflictOf(table.commit(put()));
    await table.commit(put({ n: 2 }, present), put({ sk: 't', n: 3 }));
    await table.commit({ kind: 'delete', table: 'payments', key, when: present });
    await table.commit({ kind: 'delete', table: 'payments', key, when: absent });

    expect(store.read(change)).toEqual([
      [1, 's', undefined, 1n, 1_000],
      [2, 's', 1n, 2n, 1_000],
      [3, 't', undefined, 3n, 1_000],
      [4, 's', 2n, undefined, 1_000],
    ]);
  });

  it('a number is not used again after its change was forgotten', async () => {
    await table.commit(put({ n: 1 }), put({ sk: 't' }));
    await store.commit((db) => forgetChanges(db, 2));
    await table.commit(put({ n: 2 }, present));

    expect(store.read((db) => changesAfter(db, 2, 10)).map(({ sequence }) => sequence)).toEqual([3]);
    expect(store.read((db) => changesAfter(db, 0, 10)).map(({ sequence }) => sequence)).toEqual([2, 3]);
  });
});

describe('expiry', () => {
  it('removes what has expired, in commits of a hundred, and leaves the rest', async () => {
    for (let n = 0; n < 250; n++) await table.commit({ ...put({ sk: `${n}`, expiresAt: n }), table: 'idempotency' });
    await table.commit({ ...put({ sk: 'never' }), table: 'idempotency' });
    await table.commit({ ...put({ sk: 'text', expiresAt: '1' }), table: 'idempotency' });

    expect(await removeExpired(store, ['idempotency', 'events'], 209)).toBe(210);

    const { items } = await table.query('idempotency', { pk: 'p' });
    expect(items).toHaveLength(42);
    expect(items.every(({ expiresAt }) => typeof expiresAt !== 'bigint' || expiresAt > 209n)).toBe(true);
  });

  it('an item whose time was moved expires then', async () => {
    const item = { ...put({ expiresAt: 10 }), table: 'cvc' as const };
    await table.commit(item);
    await table.commit({ kind: 'update', table: 'cvc', key, set: { expiresAt: 20 }, when: present });

    expect([await removeExpired(store, ['cvc'], 19), await removeExpired(store, ['cvc'], 20)]).toEqual([0, 1]);
  });

  it('the table with the stream has none', async () => {
    await expect(removeExpired(store, ['payments'], 1)).rejects.toThrow('do not expire');
  });

  it('lists the keys of expired items page by page', async () => {
    const paged = fresh({ keysPerPage: 2 });
    for (const [sk, expiresAt] of [
      ['a', 3],
      ['b', 9],
      ['c', 1],
      ['d', 2],
    ] as const)
      await paged.commit({ ...put({ sk, expiresAt }), table: 'cvc' });

    const first = await paged.expiredKeys('cvc', 3);
    const second = await paged.expiredKeys('cvc', 3, first.after);

    expect([first, second]).toEqual([
      {
        keys: [
          { pk: 'p', sk: 'a' },
          { pk: 'p', sk: 'c' },
        ],
        after: { pk: 'p', sk: 'c' },
      },
      { keys: [{ pk: 'p', sk: 'd' }] },
    ]);
  });
});

describe('faults', () => {
  it('a hook that throws before a call prevents it, and one that throws after it loses its answer', async () => {
    table.onCall = ({ when, n }) => {
      if ((when === 'before' && n === 1) || (when === 'after' && n === 2)) throw new Error(`${when} ${n}`);
    };

    await expect(table.commit(put({ n: 1 }))).rejects.toThrow('before 1');
    expect(store.read(newestChange)).toBe(0);
    await expect(table.commit(put({ n: 2 }))).rejects.toThrow('after 2');
    expect((await table.get('payments', key))?.n).toBe(2n);
    expect(table.calls).toBe(3);
  });
});
