/** docs/data-model.md lists exactly the keys, attributes and indexes that the product writes. */
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { LAYERS } from '../../bin/local/structure.ts';
import { INDEX_KEYS, type IndexName, type Item } from '../../functions/table/table.ts';
import { TABLES, type TableName } from '../../lib/data.ts';
import { forkOfAuditedDay } from '../scenarios/busy-day.ts';
import { startApp } from '../world/app.ts';
import { daysLater, rareRequests } from '../world/every-item.ts';
import { useEverything } from '../world/every-object.ts';
import type { MemoryTable } from '../world/memory-table.ts';

const page = readFileSync('docs/data-model.md', 'utf8');
const NAMES = Object.keys(TABLES) as TableName[];

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  scope: '[0-9A-Za-z]{8}',
  object: '[0-9A-Za-z]{22}',
  shard: '[0-9A-Za-z]',
  time: '[0-9A-Za-z]{7}',
  random: '[0-9A-Za-z]{14}',
  ordinal: '[0-9A-Za-z]',
  n: '[0-9A-Za-z]{2}',
  family: '[cpro]',
  currency: '[a-z]{3}',
  sha256: '[0-9A-Za-z_-]{43}',
  hex: '[0-9a-f]{64}',
  hash: '[0-9A-Za-z_-]{22}',
  minute: '[0-9]{8}',
  hour: '[0-9]{6}',
  day: '[0-9]{5}',
  window: '[0-9]{9}',
  month: '[0-9]{4}-[0-9]{2}',
  name: '[a-z]+',
  text: '.+',
};
const PLACES: readonly string[] = LAYERS.flat();

/** An entry of the page's lists. */
interface Row {
  readonly table: TableName;
  /** pk and sk as they stand on the page. */
  readonly name: string;
  readonly pk: RegExp;
  readonly sk: RegExp;
  readonly attributes: readonly string[];
  readonly indexes: readonly string[];
  readonly expires: boolean;
  readonly folders: readonly string[];
  /** The test that writes it, where the busy day does not. */
  readonly test: string | undefined;
}

const sectionOf = (table: TableName): string => page.split(`\n## ${table}\n`)[1]!.split('\n## ')[0]!;
const coded = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
const patternOf = (key: string): RegExp =>
  new RegExp(`^${key.replace(/\{([a-z0-9]+)\}/g, (_, name: string) => `(?:${PLACEHOLDERS[name]})`)}$`);

/** The entries of a list as one line each: an entry goes on in lines that are indented. */
const entriesOf = (list: string): readonly string[] =>
  list
    .split(/\n(?=- )/)
    .slice(1)
    .map((entry) => entry.split(/\n(?! )/)[0]!.replace(/\n(?: {4}| {2}(?!-))/g, ' '));
const KNOWN = /^(?:attributes|index|written by|read by)(?: `[^`]+`)+$|^TTL \d+ \w+$/;
const partOf = (entry: string, name: string): string =>
  new RegExp(`(?:- |; )${name} ([^;\\n]+)`).exec(entry)?.[1] ?? '';

const rowsOf = (table: TableName): readonly Row[] =>
  entriesOf(sectionOf(table)).map((entry) => {
    const [first, ...details] = entry.split('\n');
    const [, partition, sort, item] = /^- `([^`]+)` \/ `([^`]+)`: (.+)$/.exec(first!) ?? [];
    if (partition === undefined || sort === undefined || item === undefined)
      throw new Error(`docs/data-model.md: not understood: ${first}`);
    const rest = details.join('\n');
    const unknown = details.flatMap((line) => line.slice(4).split('; ')).filter((part) => !KNOWN.test(part));
    if (unknown.length > 0) throw new Error(`docs/data-model.md: not understood: ${unknown.join('; ')}`);
    return {
      table,
      name: `${partition} ${sort}`,
      pk: patternOf(partition),
      sk: patternOf(sort),
      attributes: coded(partOf(rest, 'attributes')),
      indexes: coded(partOf(rest, 'index')),
      expires: partOf(rest, 'TTL') !== '',
      folders: [...coded(partOf(rest, 'written by')), ...coded(partOf(rest, 'read by'))],
      test: /; test: `([^`]+)`/.exec(item)?.[1],
    };
  });
const rows = NAMES.flatMap(rowsOf);

/** Literal characters of a key: the entry that names more of them is the closer one. */
const literal = ({ name }: Row): number => name.replace(/\{[a-z0-9]+\}/g, '').length;
const rowFor = (table: TableName, { pk, sk }: Item): Row | undefined =>
  rows
    .filter((row) => row.table === table && row.pk.test(pk) && row.sk.test(sk))
    .sort((a, b) => literal(b) - literal(a))[0];

/** Every item that a commit wrote or replaced. */
const itemsIn = ({ history }: MemoryTable): readonly (readonly [TableName, Item])[] =>
  history.flatMap((commit) =>
    commit.flatMap(({ write, old, now }) => [old, now].flatMap((item) => (item ? [[write.table, item] as const] : []))),
  );

let written: readonly (readonly [TableName, Item])[];
const attributesOf = new Map<string, Set<string>>();
const nameOf = ({ table, name }: Row): string => `${table}: ${name}`;

beforeAll(async () => {
  const day = await forkOfAuditedDay();
  await daysLater(day);
  const app = await startApp();
  try {
    await useEverything(app);
    await rareRequests(app);
    written = [...itemsIn(day.world.table), ...itemsIn(app.world.table)];
  } finally {
    await app.stop();
  }
  for (const [table, item] of written) {
    const row = rowFor(table, item);
    if (!row) continue;
    const known = attributesOf.get(nameOf(row)) ?? new Set<string>();
    attributesOf.set(nameOf(row), known);
    for (const name of Object.keys(item)) if (!['pk', 'sk', 'w'].includes(name)) known.add(name);
  }
}, 120_000);

it('every item that the busy day writes is listed', () => {
  const without = written.filter(([table, item]) => !rowFor(table, item)).map(([table, { pk, sk }]) => [table, pk, sk]);

  expect(written.length).toBeGreaterThan(1_000);
  expect(without).toEqual([]);
});

it('every entry is of an item that the busy day writes, or names the test that writes it', () => {
  const unseen = rows.filter((row) => !attributesOf.has(nameOf(row)));

  expect(unseen.filter(({ test }) => test === undefined).map(nameOf)).toEqual([]);
  expect(unseen.filter(({ test }) => test !== undefined && !existsSync(test)).map(nameOf)).toEqual([]);
  expect(rows.filter(({ test }) => test !== undefined).map(nameOf)).toEqual(unseen.map(nameOf));
});

it.each(rows.filter(({ test }) => test === undefined).map((row) => [nameOf(row), row] as const))(
  '%s: has exactly the attributes of its entry',
  (name, { attributes, expires, indexes }) => {
    const seen = attributesOf.get(name) ?? new Set();
    const inIndex = (Object.keys(INDEX_KEYS) as IndexName[]).filter((index) => seen.has(INDEX_KEYS[index][0]));

    expect([...seen].sort()).toEqual([...attributes].sort());
    expect([name, expires]).toEqual([name, seen.has('expiresAt')]);
    expect([...indexes].sort()).toEqual(inIndex);
  },
);

describe.each(NAMES)('table %s', (table) => {
  const shape: { logicalId: string; recovery?: string; expiry?: true; stream?: true } = TABLES[table];
  const [text] = sectionOf(table).split('\n- ');

  it('has its logical id, stream, recovery and expiry on the page', () => {
    expect(text).toContain(`Logical id \`${shape.logicalId}\``);
    expect(text!.includes('Stream of')).toBe(shape.stream === true);
    expect(/[Rr]ecovery[ .:]/.test(text!)).toBe(true);
    expect(text!.includes('No recovery')).toBe(shape.recovery === undefined);
    expect(text!.includes('and daily backup')).toBe(shape.recovery === 'daily');
    expect(rowsOf(table).some(({ expires }) => expires)).toBe(shape.expiry === true);
  });
});

it('indexes stand in the section of the payments table with their keys', () => {
  const named = [...sectionOf('payments').matchAll(/Index `(\w+)` \(`(\w+)`, `(\w+)`\)/g)].map(([, ...keys]) => keys);

  expect(named).toEqual(Object.entries(INDEX_KEYS).map(([name, keys]) => [name, ...keys]));
});

it('the page has a section for each table and no other table', () => {
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);

  expect(sections).toEqual(NAMES);
});

it('every placeholder is explained, and every folder exists', () => {
  const explained = page.slice(0, page.indexOf('\n## ')).match(/\{[a-z0-9]+\}/g) ?? [];
  const used = rows.flatMap(({ name }) => name.match(/\{[a-z0-9]+\}/g) ?? []);

  expect([...new Set(explained)].sort()).toEqual(
    Object.keys(PLACEHOLDERS)
      .map((name) => `{${name}}`)
      .sort(),
  );
  expect([...new Set(used)].sort()).toEqual([...new Set(explained)].sort());
  expect(rows.flatMap(({ folders }) => folders).filter((folder) => !PLACES.includes(folder))).toEqual([]);
});
