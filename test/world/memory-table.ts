/**
 * The embedded table on a store without a file, with what tests need beside the port. Random commands compare it with real engines
 * (test/property, test/integration), so tests may trust it.
 */
import { changesAfter } from '../../bin/embedded/table/changes.ts';
import { allItems, putRow, removeRow, TABLE_NAMES } from '../../bin/embedded/table/rows.ts';
import { type Consumed, type StoreTable, storeTable } from '../../bin/embedded/table/store-table.ts';
import type { Written } from '../../bin/embedded/table/write.ts';
import { type Attributes, itemOf } from '../../functions/table/dynamo-item.ts';
import type { Item, Key, Read, TableName, Write } from '../../functions/table/table.ts';
import { type CopiedStore, emptyStore } from './copied-store.ts';

/** One change of the payments table, as its stream delivers it. */
export interface StreamRecord {
  readonly sequence: number;
  readonly key: Key;
  readonly old?: Item;
  readonly new?: Item;
}

export interface MemoryTable extends StoreTable {
  /** Eventually consistent reads see each item as it was before its last write. */
  lags: boolean;
  /** Records of the payments table's stream from a sequence number on. */
  stream(after?: number): readonly StreamRecord[];
  items(table: TableName): readonly Item[];
  /** Every commit that took effect, in order: what an audit needs to know how a state came about. */
  readonly history: readonly (readonly Written[])[];
  /** Stores what is there from the beginning: no commit, no stream, no units. */
  store(table: TableName, item: Attributes): void;
  /** The same content and past, with no hook. */
  clone(): MemoryTable;
  /** Everything stored, without writers' tokens: for comparing end states. */
  dump(): Readonly<Record<string, readonly Item[]>>;
}

/** Keys of expired items in one page: few, so that tests read several. */
const KEYS_PER_PAGE = 10;

export const memoryTable = (): MemoryTable => new TestTable(emptyStore());

class TestTable implements MemoryTable {
  lags = false;
  readonly history: (readonly Written[])[] = [];
  private readonly kept: CopiedStore;
  private readonly table: StoreTable;
  /** Each item before its last write. */
  private readonly before = new Map<string, Item | undefined>();
  private tokens: number;

  constructor(kept: CopiedStore, tokens = 0) {
    this.tokens = tokens;
    this.kept = kept;
    this.table = storeTable(kept, {
      keysPerPage: KEYS_PER_PAGE,
      token: () => {
        this.tokens += 1;
        return `t${this.tokens}`.padStart(12, '0');
      },
      onWritten: (written) => this.note(written),
    });
  }

  get onCall(): StoreTable['onCall'] {
    return this.table.onCall;
  }
  set onCall(hook: StoreTable['onCall']) {
    this.table.onCall = hook;
  }
  get calls(): number {
    return this.table.calls;
  }
  get consumed(): Consumed {
    return this.table.consumed;
  }

  get: StoreTable['get'] = (table, key) => this.table.get(table, key);
  query: StoreTable['query'] = (table, query) => this.table.query(table, query);
  commit: StoreTable['commit'] = (...writes) => this.table.commit(...writes);
  expiredKeys: StoreTable['expiredKeys'] = (...asked) => this.table.expiredKeys(...asked);

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
    const stored = [...TABLE_NAMES].sort().map((name) => [name, this.items(name).map(without)] as const);
    return Object.fromEntries(stored.filter(([, items]) => items.length > 0));
  }

  store(table: TableName, attributes: Attributes): void {
    const item = itemOf(attributes);
    void this.kept.commit((db) => {
      removeRow(db, table, item);
      putRow(db, table, item, true);
    });
  }

  clone(): MemoryTable {
    const copy = new TestTable(this.kept.copy(), this.tokens);
    copy.history.push(...this.history);
    return copy;
  }

  private note(written: readonly Written[]): void {
    this.history.push(written);
    for (const { write, old } of written)
      if (write.kind !== 'check') this.before.set(nameOf(write.table, keyOf(write)), old);
  }
}

const nameOf = (table: TableName, { pk, sk }: Key): string => `${table}\n${pk}\n${sk}`;
const keyOf = (write: Write): Key => (write.kind === 'put' ? write.item : write.key);

export type { Written };
