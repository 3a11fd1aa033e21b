/** The table port on the embedded store, with DynamoDB's semantics as the product uses them. */
import { systemClock, systemRandom } from '../../../functions/kernel/clock.ts';
import type {
  ExpiredKeys,
  ExpiringTable,
  Item,
  Key,
  Page,
  Query,
  Read,
  TableName,
  Write,
} from '../../../functions/table/table.ts';
import { type Database, prepared } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { readUnitsOf, sizeOf, ValidationError } from './item.ts';
import { findPage, findRow, itemOf } from './rows.ts';
import { type Result, requestsOf, type Written, writeAll } from './write.ts';

const MAXIMUM_READS = 100;
const KEYS_PER_PAGE = 1_000;

export interface TableCall {
  /** Counts the calls of this table, from 1. */
  readonly n: number;
  readonly operation: 'get' | 'getMany' | 'query' | 'commit';
  readonly writes: readonly Write[];
  /** `before`: nothing has happened yet. `after`: it took effect, and the caller has no answer yet. */
  readonly when: 'before' | 'after';
}

/** Capacity units since the table was made, as DynamoDB counts them. */
export interface Consumed {
  readUnits: number;
  writeUnits: number;
  readonly writeUnitsOf: Partial<Record<TableName, number>>;
}

export interface StoreTableOptions {
  /** Its commits wait some milliseconds for others to share a transaction: for work that no request waits for. */
  readonly patient?: boolean;
  /** A text of 12 characters that no other commit has. */
  readonly token?: () => string;
  readonly nowMs?: () => number;
  /** Sees each commit that took effect, in order. */
  readonly onWritten?: (written: readonly Written[]) => void;
  /** Keys of expired items that a page lists. */
  readonly keysPerPage?: number;
}

export interface StoreTable extends ExpiringTable {
  /** May throw (the call fails, before or after it took effect) or wait. */
  onCall: ((call: TableCall) => void | Promise<void>) | undefined;
  readonly calls: number;
  readonly consumed: Consumed;
}

/** What a table needs of a store. */
export type TableStore = Pick<Store, 'commit' | 'read'>;

export function storeTable(store: TableStore, options: StoreTableOptions = {}): StoreTable {
  return new TableOnStore(store, options);
}

/** Writers' tokens: half of each is drawn once per table, and half counts. */
function tokens(): () => string {
  const drawn = systemRandom(6);
  let count = 0;
  return () => {
    count += 1;
    return drawn + count.toString(36).padStart(6, '0');
  };
}

class TableOnStore implements StoreTable {
  onCall: StoreTable['onCall'];
  calls = 0;
  readonly consumed: Consumed = { readUnits: 0, writeUnits: 0, writeUnitsOf: {} };
  private readonly store: TableStore;
  private readonly options: StoreTableOptions;
  private readonly token: () => string;
  private readonly nowMs: () => number;

  constructor(store: TableStore, options: StoreTableOptions) {
    this.store = store;
    this.options = options;
    this.token = options.token ?? tokens();
    this.nowMs = options.nowMs ?? (() => systemClock.nowMs());
  }

  get(table: TableName, key: Key): Promise<Item | undefined> {
    return this.called('get', [], () => this.store.read((db) => this.item(db, table, key, 1)));
  }

  getMany(reads: readonly Read[], consistency?: 'eventual'): Promise<readonly (Item | undefined)[]> {
    return this.called('getMany', [], () => {
      const nameOf = ({ table, key: { pk, sk } }: Read): string => `${table}\n${pk}\n${sk}`;
      const asked = new Map(reads.map((read) => [nameOf(read), read]));
      if (asked.size > MAXIMUM_READS) throw new ValidationError('more than 100 keys');
      const price = consistency === 'eventual' ? 0.5 : 1;
      const found = this.store.read(
        (db) => new Map([...asked].map(([name, { table, key }]) => [name, this.item(db, table, key, price)])),
      );
      return reads.map((read) => found.get(nameOf(read)));
    });
  }

  query(table: TableName, query: Query): Promise<Page> {
    return this.called('query', [], () => {
      const { page, bytes } = this.store.read((db) => findPage(db, table, query));
      this.consumed.readUnits += Math.max(0.5, Math.ceil(bytes / 4096) * (query.index ? 0.5 : 1));
      return page;
    });
  }

  expiredKeys(table: TableName, nowSeconds: number, after?: Key): Promise<ExpiredKeys> {
    return this.called('query', [], () => {
      const limit = this.options.keysPerPage ?? KEYS_PER_PAGE;
      const { pk, sk } = after ?? { pk: '', sk: '' };
      const keys = this.store.read((db) =>
        prepared(
          db,
          `SELECT pk, sk FROM ${table} WHERE expires <= ? AND (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?`,
        ).all(nowSeconds, pk, sk, limit),
      ) as unknown as Key[];
      const last = keys.length === limit ? keys.at(-1) : undefined;
      return {
        keys: keys.map((key) => ({ pk: key.pk, sk: key.sk })),
        ...(last && { after: { pk: last.pk, sk: last.sk } }),
      };
    });
  }

  commit(...writes: readonly [Write, ...Write[]]): Promise<void> {
    const token = this.token();
    return this.called('commit', writes, async () => {
      const requests = requestsOf(writes, token);
      const { patient = false } = this.options;
      const ms = this.nowMs();
      const result = await this.store.commit((db) => writeAll(db, requests, token, ms), { patient });
      this.count(result);
      if (result.conflict) throw result.conflict;
      if (result.written.length > 0) this.options.onWritten?.(result.written);
    });
  }

  private async called<T>(
    operation: TableCall['operation'],
    writes: readonly Write[],
    run: () => T | Promise<T>,
  ): Promise<T> {
    this.calls += 1;
    const n = this.calls;
    await this.onCall?.({ n, operation, writes, when: 'before' });
    const result = await run();
    await this.onCall?.({ n, operation, writes, when: 'after' });
    return result;
  }

  private item(db: Database, table: TableName, key: Key, price: number): Item | undefined {
    const item = itemOf(key, findRow(db, table, key));
    this.consumed.readUnits += readUnitsOf(item ? sizeOf(item) : 0) * price;
    return item;
  }

  private count({ units }: Result): void {
    for (const [table, spent] of units) {
      this.consumed.writeUnits += spent;
      this.consumed.writeUnitsOf[table] = (this.consumed.writeUnitsOf[table] ?? 0) + spent;
    }
  }
}
