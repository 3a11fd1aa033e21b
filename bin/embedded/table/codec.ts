/**
 * Items as rows: a JSON text, and the item's binary attributes behind one another. Numbers are exact: what JSON's numbers cannot hold is text under a mark.
 * Pure.
 */
import type { Item, Key, Value } from '../../../functions/table/table.ts';

/** An item without its key. */
export interface Encoded {
  readonly body: string;
  readonly bytes: Uint8Array | null;
}

const NONE = new Uint8Array();

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Marks of what JSON does not have. A map with a member of such a name is under a mark itself. */
const [NUMBER, SET, BYTES, NESTED_BYTES, MAP] = ['$n', '$s', '$b', '$x', '$m'] as const;

/** Takes an item of `stored` (item.ts): its numbers are bigint, and no member is undefined. */
export function encode(item: Item): Encoded {
  const binary: Uint8Array[] = [];
  // Without a prototype, `__proto__` is a name like any other.
  const json = Object.create(null) as Record<string, Json>;
  for (const name in item) {
    if (name === 'pk' || name === 'sk') continue;
    const value = item[name]!;
    if (value instanceof Uint8Array) {
      binary.push(value);
      json[name] = { [BYTES]: value.length };
    } else json[name] = typeof value === 'string' ? value : toJson(value);
  }
  return {
    body: JSON.stringify(json),
    bytes: binary.length === 0 ? null : binary.length === 1 ? binary[0]! : new Uint8Array(Buffer.concat(binary)),
  };
}

function toJson(value: Value): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint' || typeof value === 'number') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { [NUMBER]: String(value) };
  }
  if (value instanceof Uint8Array) return { [NESTED_BYTES]: Buffer.from(value).toString('base64') };
  if (value instanceof Set) return { [SET]: [...(value as ReadonlySet<string>)] };
  if (Array.isArray(value)) return (value as readonly Value[]).map(toJson);
  const members = Object.entries(value as Readonly<Record<string, Value>>);
  const json = Object.fromEntries(members.map(([name, member]) => [name, toJson(member)]));
  return members.some(([name]) => name.startsWith('$')) ? { [MAP]: json } : json;
}

/** The item of a row. */
export function decode({ pk, sk }: Key, { body, bytes }: Encoded): Item {
  const item = JSON.parse(body) as Record<string, unknown>;
  let from = 0;
  for (const name in item) {
    const value = item[name];
    if (typeof value === 'string') continue;
    if (isMarked(value, BYTES)) {
      const length = value[BYTES] as number;
      item[name] = from === 0 && length === bytes?.length ? bytes : (bytes ?? NONE).slice(from, from + length);
      from += length;
    } else item[name] = fromJson(value as Json);
  }
  item.pk = pk;
  item.sk = sk;
  return item as unknown as Item;
}

function fromJson(json: Json): Value {
  if (typeof json === 'number') return BigInt(json);
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  if (isMarked(json, NUMBER)) return BigInt(json[NUMBER] as string);
  if (isMarked(json, SET)) return new Set(json[SET] as string[]);
  if (isMarked(json, NESTED_BYTES)) return new Uint8Array(Buffer.from(json[NESTED_BYTES], 'base64'));
  const members = isMarked(json, MAP) ? (json[MAP] as Record<string, Json>) : json;
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, fromJson(member)]));
}

function isMarked(value: unknown, mark: string): value is Record<string, Json> {
  return value !== null && typeof value === 'object' && mark in value;
}
