/**
 * One commit of the table port inside a transaction of the store. All conditions and checks come before the first write, so that a refusal leaves its
 * group of commits alone.
 */
import { Conflict, type Item, type Key, type TableName, type Write } from '../../../functions/table/table.ts';
import type { Database } from '../store/sqlite.ts';
import { applied, assertUpdate, holds } from './apply.ts';
import { appendChange } from './changes.ts';
import type { Encoded } from './codec.ts';
import { assertKey, assertStorable, INDEXED, indexUnits, keyOf, sizeOf, unitsOf, ValidationError } from './item.ts';
import { findRow, itemOf, putRow, removeRow } from './rows.ts';

const MAXIMUM_WRITES = 100;
const MAXIMUM_TRANSACTION_BYTES = 4 * 1024 * 1024;

/** One write that took effect: the item before and after it. */
export interface Written {
  readonly write: Write;
  readonly old: Item | undefined;
  readonly now: Item | undefined;
}

export interface Result {
  /** Empty where the commit conflicted, or was written before under the same token. */
  readonly written: readonly Written[];
  readonly conflict?: Conflict;
  /** As DynamoDB counts them: also for a condition that fails. */
  readonly units: readonly (readonly [TableName, number])[];
}

/** A write that DynamoDB would not refuse by itself; for a `put`, with the item that it stores. */
export interface Request {
  readonly write: Write;
  readonly key: Key;
  readonly item: Item | undefined;
}

/**
 * The writes of one commit, checked without a look at what is stored. `token` separates this commit from others (docs/invariants.md, W1).
 * @throws ValidationError
 */
export function requestsOf(writes: readonly Write[], token: string): readonly Request[] {
  if (writes.length > MAXIMUM_WRITES) throw new ValidationError('more than 100 writes');
  if (writes.length === 1 && writes[0]!.kind === 'check')
    throw new ValidationError('a check stands in a transaction only');
  const keys = new Set(writes.map((write) => `${write.table}\n${keyOf(write).pk}\n${keyOf(write).sk}`));
  if (keys.size < writes.length)
    throw new ValidationError('Transaction request cannot include multiple operations on one item');
  return writes.map((write) => {
    const key = keyOf(write);
    assertKey(key);
    if (write.kind === 'update') assertUpdate(write);
    const item = write.kind === 'put' ? applied(write, undefined, token) : undefined;
    if (item) assertStorable(write.table, item, sizeOf(item));
    return { write, key, item };
  });
}

interface Change extends Request {
  readonly row: Encoded | undefined;
  readonly old: Item | undefined;
  readonly now: Item | undefined;
}

/** Writes all or nothing. An item that carries the token already is from the same commit, whose answer was lost: then all of it is written. */
export function writeAll(db: Database, requests: readonly Request[], token: string, ms: number): Result {
  const factor = requests.length > 1 ? 2 : 1;
  const found = requests.map((request) => {
    const row = findRow(db, request.write.table, request.key);
    return { ...request, row, old: itemOf(request.key, row) };
  });
  const failed = found.findIndex(({ write, old }) => !holds(write.when, old));
  if (failed >= 0) {
    const isOwn = found.some(({ old }) => old?.w === token);
    return {
      written: [],
      ...(!isOwn && { conflict: new Conflict(failed, found[failed]!.old) }),
      units: found.map(({ write, old }) => [write.table, factor * unitsOf(old ? sizeOf(old) : 0)]),
    };
  }
  const changes = found.map((each): Change => ({ ...each, now: each.item ?? applied(each.write, each.old, token) }));
  const sizes = changes.map(({ old, now }) => [old ? sizeOf(old) : 0, now ? sizeOf(now) : 0] as const);
  for (const [at, { write, now }] of changes.entries())
    if (now && write.kind === 'update') assertStorable(write.table, now, sizes[at]![1]);
  if (sizes.reduce((sum, [, bytes]) => sum + bytes, 0) > MAXIMUM_TRANSACTION_BYTES)
    throw new ValidationError('a transaction has more than 4 MB');
  for (const change of changes) store(db, change, ms);
  return {
    written: changes.map(({ write, old, now }) => ({ write, old, now })),
    units: changes.map(({ write, old, now }, at) => [
      write.table,
      factor * unitsOf(Math.max(...sizes[at]!)) + indexUnits(write.table, old, now),
    ]),
  };
}

function store(db: Database, { write, key, row, now }: Change, ms: number): void {
  if (write.kind === 'check') return;
  if (now === undefined) {
    if (row === undefined) return;
    removeRow(db, write.table, key);
  }
  const written = now && putRow(db, write.table, now, row === undefined);
  if (write.table === INDEXED) appendChange(db, key, row, written, ms);
}
