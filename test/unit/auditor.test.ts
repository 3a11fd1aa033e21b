/** The auditor of the tests counts by itself: a mistake of the product's own functions must not hide itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const FOLDER = 'test/audit';
/** Of saved cards and sessions: they count no money. */
const NOT_OF_MONEY = ['cards.ts', 'checkout.ts'];
/** The caller of the product's audit, records as the product decodes them, and damage by hand. */
const NOT_OF_THE_AUDITOR = ['auditor.ts', 'records.ts', 'damage.ts'];
/** Unpacking of items, and what the auditor judges: the books as the product reads them. */
const ALLOWED = ['table/pack.ts: unpack', 'table/pack.ts: unpackJson', 'balance/books.ts: readBooks'];

it('uses nothing of the product but types and the unpacking of items', () => {
  const files = readdirSync(FOLDER).filter((name) => !NOT_OF_THE_AUDITOR.includes(name));
  const used = files
    .filter((name) => !NOT_OF_MONEY.includes(name))
    .flatMap((name) => [
      ...readFileSync(`${FOLDER}/${name}`, 'utf8').matchAll(/import \{([^}]*)\} from '..\/..\/functions\/([^']+)'/g),
    ])
    .flatMap(([, names, from]) =>
      names!
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => `${from}: ${name}`),
    );

  expect(files).toContain('postings.ts');
  expect(used.filter((one) => !ALLOWED.includes(one))).toEqual([]);
  expect([...new Set(used)].sort()).toEqual([...ALLOWED].sort());
});
