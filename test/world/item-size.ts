/** What an item weighs and costs, as DynamoDB counts it (Developer Guide, "item sizes and formats"). */
import type { Attributes } from '../../functions/table/dynamo-item.ts';
import { INDEX_KEYS } from '../../functions/table/table.ts';

/** In bytes. */
export function sizeOf(item: Attributes): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value: Attributes[string]): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, member) => sum + 1 + valueSize(member), 0);
  if (value.M !== undefined)
    return (
      3 +
      Object.entries(value.M).reduce((sum, [name, member]) => sum + 1 + Buffer.byteLength(name) + valueSize(member), 0)
    );
  return 1;
}

/** About one byte per two significant digits, plus one. */
function numberSize(text: string): number {
  const digits = text.replace('-', '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

export const unitsOf = (item: Attributes | undefined): number =>
  item ? Math.max(1, Math.ceil(sizeOf(item) / 1024)) : 1;

/** Each sparse KEYS_ONLY index costs a unit when an item enters or leaves it, and two when it moves in it. */
export const indexUnits = (old: Attributes | undefined, now: Attributes | undefined): number =>
  Object.values(INDEX_KEYS).reduce((sum, [pk, sk]) => {
    const at = (item: Attributes | undefined): string | undefined =>
      item?.[pk]?.S === undefined ? undefined : `${item[pk].S}\n${item[sk]?.S}`;
    const [before, after] = [at(old), at(now)];
    return before === after ? sum : sum + (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1);
  }, 0);

/** Read units of a strongly consistent read of an item by its key, also of one that is not there. */
export const readUnitsOf = (item: Attributes | undefined): number =>
  item ? Math.max(1, Math.ceil(sizeOf(item) / 4096)) : 1;
