/** What DynamoDB accepts as an item, and what an item weighs and costs there (Developer Guide, "item sizes and formats"). Pure. */
import {
  INDEX_KEYS,
  type Item,
  type Key,
  type TableName,
  type Value,
  type Write,
} from '../../../functions/table/table.ts';

export const MAXIMUM_ITEM_BYTES = 400 * 1024;
const MAXIMUM_DIGITS = 38;
const KEY_BYTES = { pk: 2048, sk: 1024 } as const;

/** The indexed table (functions/table/table.ts), and the only one with a stream. */
export const INDEXED: TableName = 'payments';

/** A request that DynamoDB refuses whatever is stored: a mistake of the program. */
export class ValidationError extends Error {
  override readonly name = 'ValidationException';
}

/** The item as it is read back: numbers are bigint, and neither undefined members nor empty sets are there. */
export function stored(item: Readonly<Record<string, Value | undefined>>): Item {
  const kept: [string, Value][] = [];
  for (const name in item) {
    const value = item[name];
    if (value !== undefined && !(value instanceof Set && value.size === 0)) kept.push([name, storedValue(value)]);
  }
  return Object.fromEntries(kept) as unknown as Item;
}

function storedValue(value: Value): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'bigint' || typeof value === 'number') return number(value);
  if (value instanceof Uint8Array) return value;
  if (value instanceof Set) {
    if (value.size === 0) throw new ValidationError('an empty set stands in another value');
    return value;
  }
  if (Array.isArray(value)) return (value as readonly Value[]).map(storedValue);
  const members = Object.entries(value as Readonly<Record<string, Value | undefined>>);
  return Object.fromEntries(
    members.flatMap(([name, member]) => (member === undefined ? [] : [[name, storedValue(member)]])),
  );
}

/** DynamoDB has decimal fractions too, but none of ours is one (I14). */
export function number(value: bigint | number): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new ValidationError(`${value} is not exact`);
  const exact = BigInt(value);
  if (digitsOf(exact).length > MAXIMUM_DIGITS) throw new ValidationError('a number has more than 38 digits');
  return exact;
}

export const keyOf = (write: Write): Key => (write.kind === 'put' ? write.item : write.key);

export function assertKey(key: Key): void {
  for (const name of ['pk', 'sk'] as const) {
    const bytes = Buffer.byteLength(key[name]);
    if (bytes === 0 || bytes > KEY_BYTES[name]) throw new ValidationError(`${name} has ${bytes} bytes`);
  }
}

/** The item fits, and its keys in the indexes are what an index can hold. */
export function assertStorable(table: TableName, item: Item, bytes: number): void {
  if (bytes > MAXIMUM_ITEM_BYTES) throw new ValidationError('Item size has exceeded the maximum allowed size');
  if (table !== INDEXED) return;
  for (const name of Object.values(INDEX_KEYS).flat()) {
    const value = item[name];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new ValidationError(`${name} is a key of an index: it must be a string that is not empty`);
  }
}

/** In bytes. */
export function sizeOf(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += lengthOf(name) + valueSize(item[name]!);
  return bytes;
}

function valueSize(value: Value): number {
  if (typeof value === 'string') return lengthOf(value);
  if (typeof value === 'bigint') return numberSize(value);
  if (value instanceof Uint8Array) return value.length;
  if (value === null || typeof value !== 'object') return 1;
  if (value instanceof Set) {
    let bytes = 0;
    for (const member of value as ReadonlySet<string>) bytes += lengthOf(member);
    return bytes;
  }
  if (Array.isArray(value))
    return (value as readonly Value[]).reduce<number>((sum, each) => sum + 1 + valueSize(each), 3);
  let bytes = 3;
  for (const [name, member] of Object.entries(value)) bytes += 1 + lengthOf(name) + valueSize(member as Value);
  return bytes;
}

const lengthOf = (text: string): number => Buffer.byteLength(text);

/** About one byte per two significant digits, plus one. */
const numberSize = (value: bigint): number => Math.ceil(digitsOf(value).length / 2) + 1 + (value < 0n ? 1 : 0);

/** The significant digits: zeros at the end are in the exponent. */
const digitsOf = (value: bigint): string => String(value < 0n ? -value : value).replace(/0+$/, '');

/** Write units of an item of so many bytes, also of one that is not there. */
export const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

/** Read units of a strongly consistent read, also of an item that is not there. */
export const readUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4096));

/** Each sparse KEYS_ONLY index costs a unit when an item enters or leaves it, and two when it moves in it. */
export function indexUnits(table: TableName, old: Item | undefined, now: Item | undefined): number {
  if (table !== INDEXED) return 0;
  let units = 0;
  for (const [pk, sk] of Object.values(INDEX_KEYS)) {
    const [before, after] = [isIn(old, pk, sk), isIn(now, pk, sk)];
    if (before && after && old![pk] === now![pk] && old![sk] === now![sk]) continue;
    units += (before ? 1 : 0) + (after ? 1 : 0);
  }
  return units;
}

const isIn = (item: Item | undefined, pk: string, sk: string): boolean =>
  item?.[pk] !== undefined && item[sk] !== undefined;
