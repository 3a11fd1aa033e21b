/** Items of the table port as DynamoDB's attribute values, and back. Numbers come back as bigint: no float touches money (I14). */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item, Value } from './table.ts';

export type Attributes = Record<string, AttributeValue>;

/** Members that are undefined and empty sets are left out, as DynamoDB has neither. */
export function attributesOf(item: Readonly<Record<string, Value | undefined>>): Attributes {
  const present = Object.entries(item).filter(([, value]) => !(value instanceof Set && value.size === 0));
  return marshall(Object.fromEntries(present), { removeUndefinedValues: true });
}

export const attributeOf = (value: Value): AttributeValue => attributesOf({ value }).value!;

/** The item; every number in it is a bigint. Throws for a number that is not whole: none of ours is. */
export const itemOf = (attributes: Attributes): Item =>
  unmarshall(attributes, { wrapNumbers: (text: string) => BigInt(text) }) as unknown as Item;
