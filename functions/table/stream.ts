/** Records of a table's stream as items of the table port. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { itemOf } from './dynamo-item.ts';
import type { Item } from './table.ts';

export interface Images {
  readonly old?: Item;
  readonly new?: Item;
}

/** Attribute of an item that a restore wrote. Never the same twice for one item. */
export const RESTORED = 'restored';

/**
 * Whether the change is one that was made before a restore and copied back by it: its entries, events and webhooks were written then, and what
 * of these is lost is the repair's to write. The next commit replaces the item, so that its own changes are followed again.
 */
export const isCopiedBack = ({ old, new: now }: Images): boolean =>
  now?.[RESTORED] !== undefined && now[RESTORED] !== old?.[RESTORED];

/** The item before and after the change; one of them is absent when it was made or removed. */
export function imagesOf(record: DynamoDBRecord): Images {
  const { OldImage: old, NewImage: now } = record.dynamodb ?? {};
  return { ...(old && { old: itemOf(decoded(old)) }), ...(now && { new: itemOf(decoded(now)) }) };
}

/** Lambda hands binary attributes over as base64 text; the SDK's own type is bytes. */
function decoded(
  image: NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>,
): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(image).map(([name, value]) => [
      name,
      'B' in value && typeof value.B === 'string' ? { B: Buffer.from(value.B, 'base64') } : value,
    ]),
  ) as Record<string, AttributeValue>;
}
