/**
 * The table port: single-item conditional writes, small transactions, strongly consistent reads by key and by sort range.
 *
 * Every write names its condition, and carries a writer token (attribute `w`): a failed condition that shows our own token is
 * our own earlier success whose response was lost, so it is a success (docs/invariants.md, W1).
 */
export type TableName =
  | 'payments'
  | 'idempotency'
  | 'events'
  | 'ledger'
  | 'channels'
  | 'vault'
  | 'cvc'
  | 'risk'
  | 'merchants'
  | 'search'
  | 'sandbox';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | ReadonlySet<string>
  | readonly Value[]
  | { readonly [name: string]: Value | undefined };

/** A stored item: its key, its attributes, and the token of its last writer. */
export interface Item extends Key {
  readonly [name: string]: Value | undefined;
}

export type Condition =
  | { readonly is: 'absent' }
  | { readonly is: 'present' }
  | { readonly is: 'missing'; readonly attribute: string }
  | { readonly is: 'equal'; readonly attribute: string; readonly value: string | number | bigint | boolean }
  | { readonly is: 'atLeast' | 'below'; readonly attribute: string; readonly value: number | bigint }
  | { readonly is: 'all' | 'any'; readonly of: readonly Condition[] };

export const absent: Condition = { is: 'absent' };
export const present: Condition = { is: 'present' };
export const missing = (attribute: string): Condition => ({ is: 'missing', attribute });
export const equal = (attribute: string, value: string | number | bigint | boolean): Condition => ({
  is: 'equal',
  attribute,
  value,
});
export const atLeast = (attribute: string, value: number | bigint): Condition => ({ is: 'atLeast', attribute, value });
export const below = (attribute: string, value: number | bigint): Condition => ({ is: 'below', attribute, value });
export const all = (...of: readonly Condition[]): Condition => ({ is: 'all', of });
export const any = (...of: readonly Condition[]): Condition => ({ is: 'any', of });

/** What an aggregate's commit announces, and the image that it replaces. It is data, which a message between processes carries. */
export interface AnnouncedCommit {
  /** Types of its events. */
  readonly types: readonly string[];
  /** Lists find the aggregate by the time at which it was made while that is recent: a young one needs no note. */
  readonly scanned: boolean;
  /** Since this commit the aggregate is in the list of another object. */
  readonly listed: boolean;
  readonly before?: {
    readonly types: readonly string[];
    readonly version: number;
    readonly committedMs: number;
    /** What its item holds, not packed yet. */
    readonly doc: object;
  };
  /** The first image, where the image before shows it and this one does not. */
  readonly made?: { readonly createdMs: number; readonly doc: object };
}

/** `put` replaces the whole item; `update` sets, adds (numbers, or members of a string set) and removes; `check` writes nothing (transactions only). */
export type Write =
  | {
      readonly kind: 'put';
      readonly table: TableName;
      readonly item: Item;
      readonly when: Condition;
      /** Of an aggregate's commit: what lists need of it until the stream has reached it (just-written.ts). Not stored. */
      readonly announced?: AnnouncedCommit;
    }
  | {
      readonly kind: 'update';
      readonly table: TableName;
      readonly key: Key;
      readonly set?: Readonly<Record<string, Value>>;
      readonly add?: Readonly<Record<string, number | bigint | ReadonlySet<string>>>;
      readonly remove?: readonly string[];
      readonly when: Condition;
    }
  | { readonly kind: 'delete'; readonly table: TableName; readonly key: Key; readonly when: Condition }
  | { readonly kind: 'check'; readonly table: TableName; readonly key: Key; readonly when: Condition };

/**
 * The sparse indexes with the attributes that are their keys; an item without these attributes is not listed. `links`: what belongs to an
 * object. `moved`: what moved money long after it was made (record.ts).
 */
export const INDEX_KEYS = { links: ['lpk', 'lsk'], moved: ['mpk', 'msk'] } as const;
export type IndexName = keyof typeof INDEX_KEYS;

export interface Query {
  readonly pk: string;
  /** Inclusive bounds on the sort key. */
  readonly from?: string;
  readonly to?: string;
  readonly newestFirst?: boolean;
  readonly limit?: number;
  /** Sort key of the last item already seen; the page starts behind it. */
  readonly after?: string;
  /** A sparse KEYS_ONLY index of the payments table (`INDEX_KEYS`): eventually consistent, keys only. */
  readonly index?: IndexName;
}

export interface Page {
  readonly items: readonly Item[];
  /** Set when there may be more: pass it as `after`. */
  readonly after?: string;
}

export interface Read {
  readonly table: TableName;
  readonly key: Key;
}

export interface Table {
  /** The item, strongly consistent, or undefined. */
  get(table: TableName, key: Key): Promise<Item | undefined>;
  /**
   * Up to 100 items in one round trip, in the order asked; undefined where there is none. Strongly consistent, or `eventual` at half the
   * price: an item may then be as it was some milliseconds ago, or not there yet.
   */
  getMany(reads: readonly Read[], consistency?: 'eventual'): Promise<readonly (Item | undefined)[]>;
  query(table: TableName, query: Query): Promise<Page>;
  /**
   * One write, or several as a transaction: all or nothing. Throws `Conflict` when a condition fails (and the item does not
   * show our own token), retries throttling and transaction conflicts, jittered and bounded. Throws `Contended` when other
   * transactions keep an item busy beyond that.
   */
  commit(...writes: readonly [Write, ...Write[]]): Promise<void>;
  /** For a request that goes on where an earlier try ended: what it reads of that is noted again (`noting`, commit.ts). */
  readonly again?: Table;
}

/** A table that can tell which of its items are past their time. */
export interface ExpiringTable extends Table {
  /**
   * A page of the keys whose `expiresAt` (seconds) has come, of the whole table and in no order; `after` where there may be more. A scan:
   * for a table that holds little. Eventually consistent, so what is done with a key needs a condition.
   */
  expiredKeys(table: TableName, nowSeconds: number, after?: Key): Promise<ExpiredKeys>;
}
export interface ExpiredKeys {
  readonly keys: readonly Key[];
  readonly after?: Key;
}

/**
 * Someone else wrote first, or a condition does not hold. `index` is the position of the write that failed; `old` the item as it stands.
 * Callers ask for the name of the write instead (`commitNamed`, commit.ts).
 */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  readonly index: number;
  readonly old: Item | undefined;
  constructor(index: number, old: Item | undefined) {
    super(`the condition of write ${index} does not hold`);
    this.index = index;
    this.old = old;
  }
}

/**
 * Other transactions kept an item of the commit busy in each of its tries. As after an outage, only a read says for certain that nothing was
 * written: the response to one of the tries may have been lost.
 */
export class Contended extends Error {
  override readonly name = 'Contended';
  constructor(cause: unknown) {
    super('other transactions kept an item busy', { cause });
  }
}
