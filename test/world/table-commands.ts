/** Random commands on the table port, and what two implementations of it make of them. */
import fc from 'fast-check';
import {
  absent,
  all,
  any,
  atLeast,
  below,
  type Condition,
  Conflict,
  equal,
  type Item,
  type Key,
  missing,
  type Page,
  present,
  type Query,
  type Table,
  type Value,
  type Write,
} from '../../functions/table/table.ts';

export type Command =
  | { readonly kind: 'get'; readonly key: Key }
  | { readonly kind: 'getMany'; readonly keys: readonly Key[] }
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'links'; readonly pk: string; readonly newestFirst: boolean }
  | { readonly kind: 'commit'; readonly writes: readonly [Write, ...Write[]] };

/** Few names, so that commands meet. Bytes beyond ASCII sort as UTF-8 does. */
const key = fc.record({ pk: fc.constantFrom('a', 'b'), sk: fc.constantFrom('1', '2', '3', 'é', 'z', 'Z') });
const attribute = fc.constantFrom('n', 's', 'flag', 'set', 'v');
const number = fc.bigInt(-1000n, 1000n);
/** Some of them near a kilobyte, where a write begins to cost more. */
const text = fc.oneof(
  fc.constantFrom('', 'x', 'y', 'ü'),
  fc.integer({ min: 900, max: 1_050 }).map((length) => 'x'.repeat(length)),
);
const scalar = fc.oneof(number, text, fc.boolean());
const set = fc.uniqueArray(fc.constantFrom('c1', 'c2', 'c3'), { minLength: 1 }).map((members) => new Set(members));
const value: fc.Arbitrary<Value> = fc.oneof(
  scalar,
  set,
  fc.uint8Array({ minLength: 1, maxLength: 20 }),
  fc.array(scalar, { maxLength: 3 }),
  fc.constant(null),
);
const attributes = fc.dictionary(attribute, value, { maxKeys: 4 });
const link = fc.option(fc.record({ lpk: fc.constantFrom('l1', 'l2'), lsk: fc.constantFrom('r1', 'r2', 'r3') }), {
  nil: undefined,
});

const simple: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant(absent),
  fc.constant(present),
  attribute.map(missing),
  fc.tuple(attribute, scalar).map(([name, wanted]) => equal(name, wanted)),
  fc.tuple(attribute, number).map(([name, wanted]) => atLeast(name, wanted)),
  fc.tuple(attribute, number).map(([name, wanted]) => below(name, wanted)),
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 1, arbitrary: fc.array(simple, { minLength: 1, maxLength: 3 }).map((of) => all(...of)) },
  { weight: 1, arbitrary: fc.array(simple, { minLength: 1, maxLength: 3 }).map((of) => any(...of)) },
);

const put: fc.Arbitrary<Write> = fc
  .tuple(key, attributes, link, condition)
  .map(([at, item, linked, when]) => ({ kind: 'put', table: 'payments', item: { ...item, ...linked, ...at }, when }));
/** Sets and adds name different attributes, as DynamoDB demands; an add to another type is a mistake of the program, not a case. */
const update: fc.Arbitrary<Write> = fc
  .tuple(
    key,
    fc.dictionary(fc.constantFrom('s', 'flag'), scalar, { maxKeys: 2 }),
    fc.option(number, { nil: undefined }),
    fc.boolean(),
    condition,
  )
  .map(([at, values, added, removed, when]) => ({
    kind: 'update',
    table: 'payments',
    key: at,
    ...(Object.keys(values).length > 0 && { set: values }),
    ...(added !== undefined && { add: { counter: added } }),
    ...(removed && { remove: ['v'] }),
    when,
  }));
const members: fc.Arbitrary<Write> = fc
  .tuple(key, set, condition)
  .map(([at, added, when]) => ({ kind: 'update', table: 'payments', key: at, add: { members: added }, when }));
const remove: fc.Arbitrary<Write> = fc
  .tuple(key, condition)
  .map(([at, when]) => ({ kind: 'delete', table: 'payments', key: at, when }));
const check: fc.Arbitrary<Write> = fc
  .tuple(key, condition)
  .map(([at, when]) => ({ kind: 'check', table: 'payments', key: at, when }));

const one = fc.oneof(put, put, update, members, remove);
const several = fc
  .uniqueArray(fc.oneof(one, check), { minLength: 2, maxLength: 4, selector: (write) => JSON.stringify(keyOf(write)) })
  .map((writes) => writes as unknown as [Write, ...Write[]]);
const keyOf = (write: Write): Key => (write.kind === 'put' ? { pk: write.item.pk, sk: write.item.sk } : write.key);

const query = fc
  .record({
    pk: fc.constantFrom('a', 'b'),
    from: fc.option(fc.constantFrom('1', '2', 'Z', 'z'), { nil: undefined }),
    to: fc.option(fc.constantFrom('2', '3', 'z', 'é'), { nil: undefined }),
    newestFirst: fc.boolean(),
    limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    after: fc.option(fc.constantFrom('1', '2', 'Z'), { nil: undefined }),
  })
  .map(({ pk, newestFirst, ...rest }): Query => {
    const given = Object.fromEntries(Object.entries(rest).filter(([, member]) => member !== undefined));
    // DynamoDB refuses a start key outside the range that is asked for.
    const { after, ...without } = given;
    return given.from === undefined && given.to === undefined && after !== undefined
      ? { pk, newestFirst, ...given }
      : { pk, newestFirst, ...without };
  });

export const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: one.map((write): Command => ({ kind: 'commit', writes: [write] })) },
    { weight: 3, arbitrary: several.map((writes): Command => ({ kind: 'commit', writes })) },
    { weight: 2, arbitrary: key.map((at): Command => ({ kind: 'get', key: at })) },
    {
      weight: 1,
      arbitrary: fc.array(key, { minLength: 1, maxLength: 5 }).map((keys): Command => ({ kind: 'getMany', keys })),
    },
    { weight: 2, arbitrary: query.map((asked): Command => ({ kind: 'query', query: asked })) },
    {
      weight: 1,
      arbitrary: fc
        .record({ pk: fc.constantFrom('l1', 'l2'), newestFirst: fc.boolean() })
        .map((asked): Command => ({ kind: 'links', ...asked })),
    },
  ),
  { minLength: 5, maxLength: 30 },
);

/** The result of a command, in a form that can be compared: items without writers' tokens. */
export async function carryOut(table: Table, command: Command): Promise<unknown> {
  switch (command.kind) {
    case 'get':
      return shown(await table.get('payments', command.key));
    case 'getMany':
      return (await table.getMany(command.keys.map((at) => ({ table: 'payments' as const, key: at })))).map(shown);
    case 'query':
      return pageOf(await table.query('payments', command.query));
    case 'links': {
      const page = await table.query('payments', { index: 'links', pk: command.pk, newestFirst: command.newestFirst });
      // Items under one index key have no order among themselves.
      return page.items.map((item) => `${item.lsk as string} ${item.pk} ${item.sk}`).sort();
    }
    case 'commit':
      return committed(table, command.writes);
    default:
      return command satisfies never;
  }
}

async function committed(table: Table, writes: readonly [Write, ...Write[]]): Promise<unknown> {
  try {
    await table.commit(...writes);
    return 'done';
  } catch (error) {
    if (error instanceof Conflict) return { conflict: error.index, old: shown(error.old) };
    return { refused: error instanceof Error && /Validation/.test(error.name) };
  }
}

/** A page without its cursor: an engine may return one when nothing follows. */
const pageOf = (page: Page): unknown => page.items.map(shown);

function shown(item: Item | undefined): unknown {
  if (!item) return 'nothing';
  const { w: _, ...rest } = item;
  return Object.fromEntries(
    Object.entries(rest)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, printed(member)]),
  );
}

function printed(member: Value | undefined): unknown {
  if (member instanceof Uint8Array) return `bytes ${Buffer.from(member).toString('hex')}`;
  if (member instanceof Set) return `set ${[...(member as ReadonlySet<string>)].sort().join(' ')}`;
  if (typeof member === 'bigint') return `number ${member}`;
  if (Array.isArray(member)) return (member as readonly Value[]).map(printed);
  return member;
}
