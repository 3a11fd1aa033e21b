/**
 * The table port in memory with DynamoDB's real semantics: conditions (a comparison with a missing attribute or another type is
 * false), transactions (all conditions first, then all writes), stream records in order per item, paging, sizes and write units.
 * It is compared with real engines on random commands (test/property, test/integration), so tests may trust it.
 */
import { type Attributes, attributesOf, itemOf } from '../../functions/table/dynamo-item.ts';
import {
  type Condition,
  Conflict,
  type ExpiredKeys,
  type ExpiringTable,
  INDEX_KEYS,
  type Item,
  type Key,
  type Page,
  type Query,
  type Read,
  type TableName,
  type Write,
} from '../../functions/table/table.ts';
import { indexUnits, readUnitsOf, sizeOf, unitsOf } from './item-size.ts';
import { compare, Partitions, positionOf } from './partitions.ts';

/** One change of the payments table, as its stream delivers it. */
export interface StreamRecord {
  readonly sequence: number;
  readonly key: Key;
  readonly old?: Item;
  readonly new?: Item;
}

export interface TableCall {
  /** Counts every call of the table, from 1. */
  readonly n: number;
  readonly operation: 'get' | 'getMany' | 'query' | 'commit';
  readonly writes: readonly Write[];
  /** `before`: nothing has happened yet. `after`: it took effect, and the caller has no answer yet. */
  readonly when: 'before' | 'after';
}

/** One write of a commit that took effect: the item before and after it. */
export interface Written {
  readonly write: Write;
  readonly old: Item | undefined;
  readonly now: Item | undefined;
}

export interface MemoryTable extends ExpiringTable {
  /** May throw (the call fails, before or after it took effect) or wait. */
  onCall: ((call: TableCall) => void | Promise<void>) | undefined;
  readonly calls: number;
  /** Eventually consistent reads see each item as it was before its last write. */
  lags: boolean;
  readonly consumed: {
    readUnits: number;
    writeUnits: number;
    readonly writeUnitsOf: Partial<Record<TableName, number>>;
  };
  /** Records of the payments table's stream from a sequence number on. */
  stream(after?: number): readonly StreamRecord[];
  items(table: TableName): readonly Item[];
  /** Every commit that took effect, in order: what an audit needs to tell how a state came about. */
  readonly history: readonly (readonly Written[])[];
  /** Stores what is there from the beginning: no commit, no stream, no units. */
  store(table: TableName, item: Attributes): void;
  /** The same content and past, with no hook. */
  clone(): MemoryTable;
  /** Everything stored, without writers' tokens: for comparing end states. */
  dump(): Readonly<Record<string, readonly Item[]>>;
}

const MAXIMUM_ITEM_BYTES = 400 * 1024;
const MAXIMUM_PAGE_BYTES = 1024 * 1024;
/** Items of one page of a scan: few, so that tests read several. */
const SCANNED = 10;
const KEY_BYTES = { pk: 2048, sk: 1024 } as const;

export class ValidationError extends Error {
  override readonly name = 'ValidationException';
}

export function memoryTable(): MemoryTable {
  return new Memory();
}

class Memory implements MemoryTable {
  onCall: MemoryTable['onCall'];
  calls = 0;
  readonly consumed: MemoryTable['consumed'] = { readUnits: 0, writeUnits: 0, writeUnitsOf: {} };
  readonly history: (readonly Written[])[] = [];
  private readonly tables = new Map<TableName, Map<string, Attributes>>();
  /** Made of a table's items when it is first queried. */
  private readonly partitions = new Map<TableName, Partitions>();
  private readonly records: StreamRecord[] = [];
  lags = false;
  private tokens = 0;
  private readonly before = new Map<string, Attributes | undefined>();

  clone(): MemoryTable {
    const copy = new Memory();
    for (const [name, items] of this.tables) copy.tables.set(name, new Map(items));
    copy.records.push(...this.records);
    copy.history.push(...this.history);
    copy.tokens = this.tokens;
    return copy;
  }

  get(table: TableName, key: Key): Promise<Item | undefined> {
    return this.called('get', [], () => this.read(table, key));
  }

  getMany(reads: readonly Read[], consistency?: 'eventual'): Promise<readonly (Item | undefined)[]> {
    if (reads.length > 100) throw new ValidationError('more than 100 keys');
    return this.called('getMany', [], () => reads.map(({ table, key }) => this.read(table, key, consistency)));
  }

  query(table: TableName, query: Query): Promise<Page> {
    return this.called('query', [], () => this.page(table, query));
  }

  expiredKeys(table: TableName, nowSeconds: number, after?: Key): Promise<ExpiredKeys> {
    return this.called('query', [], () => {
      const behind = this.items(table).filter((item) => !after || compare(nameOf(item), nameOf(after)) > 0);
      const seen = behind.slice(0, SCANNED);
      const last = behind.length > SCANNED ? seen.at(-1) : undefined;
      const keys = seen.filter(({ expiresAt }) => expiresAt !== undefined && Number(expiresAt) <= nowSeconds);
      return {
        keys: keys.map(({ pk, sk }) => ({ pk, sk })),
        ...(last && { after: { pk: last.pk, sk: last.sk } }),
      };
    });
  }

  commit(...writes: readonly [Write, ...Write[]]): Promise<void> {
    this.tokens += 1;
    const token = `t${this.tokens}`.padStart(12, '0');
    return this.called('commit', writes, () => this.write(writes, token));
  }

  stream(after = 0): readonly StreamRecord[] {
    return this.records.filter((record) => record.sequence > after);
  }

  items(table: TableName): readonly Item[] {
    return [...this.contents(table).entries()]
      .sort(([a], [b]) => compare(a, b))
      .map(([, attributes]) => itemOf(attributes));
  }

  dump(): Readonly<Record<string, readonly Item[]>> {
    const without = ({ w: _, ...item }: Item): Item => item;
    return Object.fromEntries([...this.tables.keys()].sort().map((name) => [name, this.items(name).map(without)]));
  }

  store(table: TableName, item: Attributes): void {
    const name = nameOf({ pk: item.pk!.S!, sk: item.sk!.S! });
    this.partitions.get(table)?.put(this.contents(table).get(name), item);
    this.contents(table).set(name, item);
  }

  private async called<T>(operation: TableCall['operation'], writes: readonly Write[], run: () => T): Promise<T> {
    this.calls += 1;
    const n = this.calls;
    // Other tasks may go on while a call is on its way, there and back.
    await Promise.resolve();
    await this.onCall?.({ n, operation, writes, when: 'before' });
    const result = run();
    await Promise.resolve();
    await this.onCall?.({ n, operation, writes, when: 'after' });
    return result;
  }

  private contents(table: TableName): Map<string, Attributes> {
    const found = this.tables.get(table) ?? new Map<string, Attributes>();
    this.tables.set(table, found);
    return found;
  }

  private read(table: TableName, key: Key, consistency?: 'eventual'): Item | undefined {
    const name = `${table}\n${nameOf(key)}`;
    const isLate = consistency === 'eventual' && this.lags && this.before.has(name);
    const found = isLate ? this.before.get(name) : this.contents(table).get(nameOf(key));
    this.consumed.readUnits += readUnitsOf(found) / (consistency === 'eventual' ? 2 : 1);
    return found && itemOf(found);
  }

  private page(table: TableName, query: Query): Page {
    const behind = this.partitionsOf(table).find(query);
    const found: Attributes[] = [];
    let bytes = 0;
    for (const item of behind) {
      if (found.length === (query.limit ?? Number.POSITIVE_INFINITY) || bytes > MAXIMUM_PAGE_BYTES) break;
      bytes += sizeOf(item);
      found.push(item);
    }
    this.consumed.readUnits += Math.max(0.5, Math.ceil(bytes / 4096) * (query.index ? 0.5 : 1));
    const items = found.map(itemOf);
    const shown =
      query.index === undefined
        ? items
        : items.map((item) => {
            const [pk, sk] = INDEX_KEYS[query.index!];
            return { pk: item.pk, sk: item.sk, [pk]: item[pk], [sk]: item[sk] };
          });
    const more = found.length < behind.length || (query.limit !== undefined && found.length === query.limit);
    return { items: shown, ...(more && found.length > 0 && { after: positionOf(query.index, found.at(-1)!) }) };
  }

  private partitionsOf(table: TableName): Partitions {
    const made = this.partitions.get(table) ?? new Partitions(this.contents(table).values());
    this.partitions.set(table, made);
    return made;
  }

  private write(writes: readonly Write[], token: string): void {
    const names = writes.map((write) => `${write.table}\n${nameOf(keyOf(write))}`);
    if (new Set(names).size < names.length)
      throw new ValidationError('Transaction request cannot include multiple operations on one item');
    if (writes.length > 100) throw new ValidationError('more than 100 writes');
    if (writes.length === 1 && writes[0]!.kind === 'check')
      throw new ValidationError('a check stands in a transaction only');
    for (const write of writes) assertKey(keyOf(write));
    const units = writes.length > 1 ? 2 : 1;
    const changes = writes.map((write) => {
      const old = this.contents(write.table).get(nameOf(keyOf(write)));
      return { write, old, now: applied(write, old, token), holds: holds(write.when, old) };
    });
    const failed = changes.findIndex(({ holds: ok }) => !ok);
    if (failed >= 0) {
      for (const { write, old } of changes) this.spend(write.table, units * unitsOf(old));
      const { old } = changes[failed]!;
      throw new Conflict(failed, old && itemOf(old));
    }
    for (const [at, { write, old, now }] of changes.entries()) {
      if (now && sizeOf(now) > MAXIMUM_ITEM_BYTES)
        throw new ValidationError('Item size has exceeded the maximum allowed size');
      this.spend(write.table, units * Math.max(unitsOf(old), unitsOf(now)));
      if (write.kind === 'check') continue;
      this.before.set(names[at]!, old);
      this.spend(write.table, indexUnits(old, now));
      if (now) this.contents(write.table).set(nameOf(keyOf(write)), now);
      else this.contents(write.table).delete(nameOf(keyOf(write)));
      this.partitions.get(write.table)?.put(old, now);
      if (write.table === 'payments') this.record(keyOf(write), old, now);
    }
    this.history.push(changes.map(written));
  }

  private record(key: Key, old: Attributes | undefined, now: Attributes | undefined): void {
    if (!old && !now) return;
    this.records.push({
      sequence: this.records.length + 1,
      key,
      ...(old && { old: itemOf(old) }),
      ...(now && { new: itemOf(now) }),
    });
  }

  private spend(table: TableName, units: number): void {
    this.consumed.writeUnits += units;
    this.consumed.writeUnitsOf[table] = (this.consumed.writeUnitsOf[table] ?? 0) + units;
  }
}

/** Decoded only when it is read. */
const written = (change: {
  readonly write: Write;
  readonly old: Attributes | undefined;
  readonly now: Attributes | undefined;
}): Written => ({
  write: change.write,
  get old() {
    return change.old && itemOf(change.old);
  },
  get now() {
    return change.now && itemOf(change.now);
  },
});

const nameOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
const keyOf = (write: Write): Key => (write.kind === 'put' ? { pk: write.item.pk, sk: write.item.sk } : write.key);

function assertKey(key: Key): void {
  for (const [name, maximum] of Object.entries(KEY_BYTES) as ['pk' | 'sk', number][]) {
    const bytes = Buffer.byteLength(key[name]);
    if (bytes === 0 || bytes > maximum) throw new ValidationError(`${name} has ${bytes} bytes`);
  }
}

/** The item after the write, or undefined when it is gone. */
function applied(write: Write, old: Attributes | undefined, token: string): Attributes | undefined {
  switch (write.kind) {
    case 'put':
      return attributesOf({ ...write.item, w: token });
    case 'delete':
      return undefined;
    case 'check':
      return old;
    case 'update':
      return updated(write, old, token);
    default:
      return write satisfies never;
  }
}

function updated(write: Extract<Write, { kind: 'update' }>, before: Attributes | undefined, token: string): Attributes {
  const now: Attributes = { ...(before ?? attributesOf({ ...write.key })) };
  Object.assign(now, attributesOf({ ...write.set, w: token }));
  for (const [name, value] of Object.entries(write.add ?? {})) {
    const current = now[name];
    if (value instanceof Set) {
      if (value.size === 0) continue;
      if (current && !current.SS)
        throw new ValidationError('An operand in the update expression has an incorrect data type');
      now[name] = { SS: [...new Set([...(current?.SS ?? []), ...(value as ReadonlySet<string>)])].sort(compare) };
    } else {
      if (current && current.N === undefined)
        throw new ValidationError('An operand in the update expression has an incorrect data type');
      now[name] = { N: String(BigInt(current?.N ?? '0') + BigInt(value as bigint | number)) };
    }
  }
  for (const name of write.remove ?? []) delete now[name];
  return now;
}

function holds(condition: Condition, item: Attributes | undefined): boolean {
  switch (condition.is) {
    case 'absent':
      return item === undefined;
    case 'present':
      return item !== undefined;
    case 'missing':
      return item?.[condition.attribute] === undefined;
    case 'equal': {
      const stored = item?.[condition.attribute];
      const wanted = attributesOf({ value: condition.value }).value!;
      if (!stored) return false;
      if (stored.N !== undefined && wanted.N !== undefined) return BigInt(stored.N) === BigInt(wanted.N);
      return (
        (stored.S !== undefined && stored.S === wanted.S) || (stored.BOOL !== undefined && stored.BOOL === wanted.BOOL)
      );
    }
    case 'atLeast':
    case 'below': {
      const stored = item?.[condition.attribute]?.N;
      if (stored === undefined) return false;
      return condition.is === 'atLeast'
        ? BigInt(stored) >= BigInt(condition.value)
        : BigInt(stored) < BigInt(condition.value);
    }
    case 'all':
      return condition.of.every((part) => holds(part, item));
    case 'any':
      return condition.of.some((part) => holds(part, item));
    default:
      return condition satisfies never;
  }
}
