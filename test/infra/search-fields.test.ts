/** docs/api.md lists the fields that each object is searched by, the operators of each type, and the fields with notes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SEARCH_FIELDS as EMPTY_SEARCHES } from '../../functions/empty-lists/searches.ts';
import { ALWAYS_NOTED, DEFAULT_SEARCH_FIELDS, SEARCH_FIELDS } from '../../functions/merchants/search-fields.ts';
import { type Fields, type FieldType, parseQuery } from '../../functions/search/index/query.ts';
import { charges, customers, intents } from '../../functions/search/operations.ts';
import { prices, products } from '../../functions/search/products.ts';

const page = readFileSync('docs/api.md', 'utf8');
const section = page.slice(page.indexOf('## Search fields'), page.indexOf('## Paths'));

/** The rows of the table with this header, each as its cells. */
function rowsOf(header: string): readonly (readonly string[])[] {
  const [, , ...rows] = section.slice(section.indexOf(header)).split('\n\n')[0]!.split('\n');
  return rows.map((row) => row.split('|').slice(1, -1));
}
const words = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

const SEARCHED: Readonly<Record<string, Fields>> = {
  ...Object.fromEntries(
    [intents, charges, customers, products, prices].map(({ path, fields }) => [path.slice(4), fields]),
  ),
  ...EMPTY_SEARCHES,
};

it('lists the fields of every object, by their type', () => {
  const list = section.slice(section.indexOf('- `charges`'), section.indexOf('| type |'));
  const listed = list
    .split(/^- /m)
    .slice(1)
    .map((object): readonly [string, Fields] => {
      const [name, ...types] = object.split(/^ {2}- /m);
      const fields = types.flatMap((type) =>
        words(type).map((field) => [field, type.split(':')[0] as FieldType] as const),
      );
      return [words(name)[0]!, Object.fromEntries(fields)];
    });

  expect(listed.length).toBe(7);
  expect(Object.fromEntries(listed)).toEqual(SEARCHED);
});

describe.each(
  rowsOf('| type | operators').map(([type, operators]) => [type!.trim() as FieldType, words(operators)] as const),
)('a %s field', (type, operators) => {
  const value = { number: '4', text: '"four"', boolean: '"true"' }[type];
  const taken = (operator: string): boolean => {
    try {
      parseQuery(`field${operator}${value}`, { field: type }, 'objects');
      return true;
    } catch {
      return false;
    }
  };

  it('takes the operators that are listed, and no other', () => {
    expect([':', '~', '>', '<', '>=', '<='].filter(taken).sort()).toEqual([...operators].sort());
  });
});

it('lists the fields with notes, and which of them a new merchant has', () => {
  const rows = rowsOf('| field | objects').map(([fields, , byDefault]) => ({ fields: words(fields), byDefault }));
  const named = (wanted: RegExp) =>
    rows
      .flatMap(({ fields, byDefault = '' }) => (wanted.test(byDefault) ? fields : []))
      .map((field) => field.replace('["…"]', ''));

  expect(named(/^ (?:yes|no) $/).sort()).toEqual([...SEARCH_FIELDS].sort());
  expect(named(/yes/).sort()).toEqual([...DEFAULT_SEARCH_FIELDS].sort());
  expect(named(/always/)).toEqual([ALWAYS_NOTED]);
});
