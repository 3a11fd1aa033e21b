/** What a write makes of an item, and whether its condition holds. Pure; items are those of `stored` (item.ts). */
import type { Condition, Item, Value, Write } from '../../../functions/table/table.ts';
import { number, stored, ValidationError } from './item.ts';

/** A comparison with a missing attribute, or with another type, does not hold. */
export function holds(condition: Condition, item: Item | undefined): boolean {
  switch (condition.is) {
    case 'absent':
      return item === undefined;
    case 'present':
      return item !== undefined;
    case 'missing':
      return item?.[condition.attribute] === undefined;
    case 'equal': {
      const { value } = condition;
      return item?.[condition.attribute] === (typeof value === 'number' ? BigInt(value) : value);
    }
    case 'atLeast':
    case 'below': {
      const found = item?.[condition.attribute];
      if (typeof found !== 'bigint') return false;
      return found >= BigInt(condition.value) === (condition.is === 'atLeast');
    }
    case 'all':
      return condition.of.every((part) => holds(part, item));
    case 'any':
      return condition.of.some((part) => holds(part, item));
    default:
      return condition satisfies never;
  }
}

/** The item after the write, with its writer's token; undefined where it is gone. */
export function applied(write: Write, old: Item | undefined, token: string): Item | undefined {
  switch (write.kind) {
    case 'put':
      return stored({ ...write.item, w: token });
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

type Update = Extract<Write, { kind: 'update' }>;

function updated({ key: { pk, sk }, set, add, remove }: Update, old: Item | undefined, token: string): Item {
  const now: Record<string, Value> = { ...(old as Record<string, Value> | undefined), pk, sk };
  Object.assign(now, stored({ ...set, w: token }));
  for (const [name, value] of Object.entries(add ?? {})) {
    const sum = added(now[name], value);
    if (sum !== undefined) now[name] = sum;
  }
  for (const name of remove ?? []) delete now[name];
  return now as Item;
}

function added(current: Value | undefined, value: number | bigint | ReadonlySet<string>): Value | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') {
    if (current !== undefined && typeof current !== 'bigint') throw wrongType();
    return number((current ?? 0n) + BigInt(value));
  }
  if (current !== undefined && !(current instanceof Set)) throw wrongType();
  const members = new Set([...((current as ReadonlySet<string> | undefined) ?? []), ...value]);
  return members.size === 0 ? undefined : new Set([...members].sort(byBytes));
}

const wrongType = () => new ValidationError('An operand in the update expression has an incorrect data type');

/** UTF-8 byte order, as DynamoDB and SQLite sort. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** An update names each attribute once, and no part of the key. */
export function assertUpdate({ set, add, remove }: Update): void {
  const names = [...Object.keys(set ?? {}), ...Object.keys(add ?? {}), ...(remove ?? [])];
  if (new Set([...names, 'pk', 'sk', 'w']).size < names.length + 3)
    throw new ValidationError('an update names an attribute twice, or a key attribute');
}
