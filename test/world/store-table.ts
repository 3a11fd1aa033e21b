/** The embedded table without a file, with what tests need beside the port: what a `MemoryTable` has. */
import { memoryStore, type Store } from '../../bin/embedded/store/store.ts';
import { changesAfter } from '../../bin/embedded/table/changes.ts';
import { allItems, putRow, TABLE_NAMES } from '../../bin/embedded/table/rows.ts';
import { type StoreTable, storeTable } from '../../bin/embedded/table/store-table.ts';
import { type Attributes, itemOf } from '../../functions/table/dynamo-item.ts';
import type { Item, Key, Read, TableName, Write } from '../../functions/table/table.ts';
import type { MemoryTable, StreamRecord, Written } from './memory-table.ts';

export function embeddedTable(): MemoryTable {
  return new EmbeddedTable(memoryStore());
}

class EmbeddedTable implements MemoryTable {
  lags = false;
  readonly history: (readonly Written[])[] = [];
  private readonly kept: Store;
  private readonly table: StoreTable;
  /** Each item before its last write. */
  private readonly before = new Map<string, Item | undefined>();
  private tokens = 0;

  constructor(kept: Store, tokens = 0) {
    this.kept = kept;
    this.tokens = tokens;
    this.table = storeTable(kept, {
      keysPerPage: 10,
      token: () => {
        this.tokens += 1;
        return `t${this.tokens}`.padStart(12, '0');
      },
      onWritten: (written) => {
        this.history.push(written);
        for (const { write, old } of written)
          if (write.kind !== 'check') this.before.set(nameOf(write.table, keyOf(write)), old);
      },
    });
  }

  get onCall(): MemoryTable['onCall'] {
    return this.table.onCall;
  }
  set onCall(hook: MemoryTable['onCall']) {
    this.table.onCall = hook;
  }
  get calls(): number {
    return this.table.calls;
  }
  get consumed(): MemoryTable['consumed'] {
    return this.table.consumed;
  }

  get: MemoryTable['get'] = (table, key) => this.table.get(table, key);
  query: MemoryTable['query'] = (table, query) => this.table.query(table, query);
  commit: MemoryTable['commit'] = (...writes) => this.table.commit(...writes);
  expiredKeys: MemoryTable['expiredKeys'] = (...asked) => this.table.expiredKeys(...asked);

  async getMany(reads: readonly Read[], consistency?: 'eventual'): Promise<readonly (Item | undefined)[]> {
    const found = await this.table.getMany(reads, consistency);
    if (consistency !== 'eventual' || !this.lags) return found;
    return reads.map(({ table, key }, at) => {
      const name = nameOf(table, key);
      return this.before.has(name) ? this.before.get(name) : found[at];
    });
  }

  stream(after = 0): readonly StreamRecord[] {
    return this.kept.read((db) => changesAfter(db, after, -1)).map(({ ms: _, ...record }) => record);
  }

  items(table: TableName): readonly Item[] {
    return this.kept.read((db) => allItems(db, table));
  }

  dump(): Readonly<Record<string, readonly Item[]>> {
    const without = ({ w: _, ...item }: Item): Item => item;
    const filled = [...TABLE_NAMES].sort().filter((name) => this.items(name).length > 0);
    return Object.fromEntries(filled.map((name) => [name, this.items(name).map(without)]));
  }

  store(table: TableName, attributes: Attributes): void {
    const item = itemOf(attributes);
    void this.kept.commit((db) => {
      db.prepare(`DELETE FROM ${table} WHERE pk = ? AND sk = ?`).run(item.pk, item.sk);
      putRow(db, table, item, true);
    });
  }

  clone(): MemoryTable {
    const store = memoryStore();
    void store.commit((db) => {
      for (const table of [...TABLE_NAMES, 'changes']) {
        const rows = this.kept.read((from) => from.prepare(`SELECT * FROM ${table}`).all());
        const columns = Object.keys(rows[0] ?? {});
        const insert =
          columns.length > 0 &&
          db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
        for (const row of rows) if (insert) insert.run(...Object.values(row));
      }
    });
    const copy = new EmbeddedTable(store, this.tokens);
    copy.history.push(...this.history);
    return copy;
  }
}

const nameOf = (table: TableName, { pk, sk }: Key): string => `${table}\n${pk}\n${sk}`;
const keyOf = (write: Write): Key => (write.kind === 'put' ? write.item : write.key);
