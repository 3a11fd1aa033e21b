import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnreadable } from '../../../../bin/embedded/store/errors.ts';
import { FILE } from '../../../../bin/embedded/store/open.ts';
import { MIGRATIONS, migrate } from '../../../../bin/embedded/store/schema.ts';
import { type Database, SqliteDatabase } from '../../../../bin/embedded/store/sqlite.ts';
import { memoryStore, openStore } from '../../../../bin/embedded/store/store.ts';
import { storeTable } from '../../../../bin/embedded/table/store-table.ts';
import { ROOT } from '../../../../bin/local/files.ts';
import { commitOf, commitsIn, commitsLeftIn } from '../../../world/counted-load.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-schema-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const schemaOf = (db: Database) => db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();

/** Changes the file with SQLite alone. */
function edit(...statements: readonly string[]): void {
  const db = new SqliteDatabase(join(directory, FILE));
  for (const sql of statements) db.exec(sql);
  db.close();
}

const FIXTURES = join(ROOT, 'test/fixtures/store');

describe('stores of earlier versions', () => {
  it.each(MIGRATIONS.map((_, index) => index + 1))(
    'version %i is read, and has the tables of a new store',
    async (version) => {
      const fixture = join(FIXTURES, `${version}.db.gz`);
      // Only for the version that no release has yet: SLUICE_STORE_FIXTURE=write npx vitest run test/unit/embedded/store/schema.test.ts
      if (process.env.SLUICE_STORE_FIXTURE === 'write' && version === MIGRATIONS.length) await writeFixture(fixture);
      writeFileSync(join(directory, FILE), gunzipSync(readFileSync(fixture)));

      expect(await commitsLeftIn(directory)).toBe(3);

      const store = await openStore(directory);
      expect(store.read(schemaOf)).toEqual(memoryStore().read(schemaOf));
      await store.close();
    },
  );

  async function writeFixture(file: string): Promise<void> {
    const store = await openStore(join(directory, 'new'));
    for (let n = 1; n <= 3; n++) await commitOf(storeTable(store), n);
    await store.close();
    mkdirSync(FIXTURES, { recursive: true });
    writeFileSync(file, gzipSync(readFileSync(join(directory, 'new', FILE))));
  }
});

describe('migrations', () => {
  const first = ['CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY) STRICT', "INSERT INTO facts VALUES ('n', 1)"];
  const second = ["UPDATE facts SET value = value + 1 WHERE name = 'n'"];
  const facts = (db: Database) =>
    db
      .prepare('SELECT value FROM facts')
      .all()
      .map(({ value }) => value);

  it('run once each, in order, from the version that the file has', () => {
    const db = new SqliteDatabase(':memory:');

    migrate(db, [first]);
    migrate(db, [first, second, second]);
    migrate(db, [first, second, second]);

    expect(facts(db)).toEqual([3]);
  });

  it('one that fails leaves the file as it was', () => {
    const db = new SqliteDatabase(':memory:');
    migrate(db, [first]);

    expect(() => migrate(db, [first, second, ['INSERT INTO nowhere VALUES (1)']])).toThrow('no such table: nowhere');
    expect(facts(db)).toEqual([1]);
    migrate(db, [first, second]);
    expect(facts(db)).toEqual([2]);
  });
});

describe('files that are refused', () => {
  it('one that a newer release wrote, which is not changed', async () => {
    await (await openStore(directory)).close();
    edit(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    const before = readFileSync(join(directory, FILE));

    await expect(openStore(directory)).rejects.toThrow(StoreUnreadable);
    await expect(openStore(directory)).rejects.toThrow(
      `the store has version ${MIGRATIONS.length + 1}, and this release reads`,
    );
    expect(readFileSync(join(directory, FILE)).equals(before)).toBe(true);
  });

  it('one of another program, which is not changed', async () => {
    edit('CREATE TABLE other (n)');
    const before = readFileSync(join(directory, FILE));

    await expect(openStore(directory)).rejects.toThrow('the file is not a store of Sluice');
    expect(readFileSync(join(directory, FILE)).equals(before)).toBe(true);
    expect(existsSync(join(directory, `${FILE}-wal`))).toBe(false);
  });

  it('one that is no database', async () => {
    writeFileSync(
      join(directory, FILE),
      'a text of more than sixteen bytes, which is where a header would be'.repeat(100),
    );

    await expect(openStore(directory)).rejects.toThrow(StoreUnreadable);
  });
});

it('a backup is consistent while commits go on, is opened like any store, and replaces no file', async () => {
  const store = await openStore(join(directory, 'running'));
  const table = storeTable(store);
  let isDone = false;
  let n = 0;
  const load = (async () => {
    while (!isDone) await commitOf(table, ++n);
  })();
  while (n < 200) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = n - 1;

  mkdirSync(join(directory, 'copy'));
  await store.backup(join(directory, 'copy', FILE));
  isDone = true;
  await load;
  const again = store.backup(join(directory, 'copy', FILE));

  await expect(again).rejects.toThrow('a backup does not replace a file');
  expect(existsSync(join(directory, 'copy', `${FILE}.part`))).toBe(false);
  expect(await commitsLeftIn(join(directory, 'copy'))).toBeGreaterThanOrEqual(before);
  expect(commitsIn(store)).toBe(n);
  await store.close();
});

it('a backup that cannot be written leaves no file behind', async () => {
  const store = await openStore(directory);

  await expect(store.backup(join(directory, 'nowhere', 'copy.db'))).rejects.toThrow();

  expect(existsSync(join(directory, 'nowhere'))).toBe(false);
  await store.close();
});
