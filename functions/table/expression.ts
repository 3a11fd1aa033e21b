/** Conditions and updates of the table port as DynamoDB expressions; every name and value is a placeholder. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { attributeOf } from './dynamo-item.ts';
import type { Condition, Value, Write } from './table.ts';

export interface Placeholders {
  readonly names: Record<string, string>;
  readonly values: Record<string, AttributeValue>;
}

/** Hands out `#n0`, `:v0` … for one request; a name has one placeholder however often it stands. */
export class Expression implements Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};

  name(attribute: string): string {
    const known = Object.entries(this.names).find(([, name]) => name === attribute);
    if (known) return known[0];
    const placeholder = `#n${Object.keys(this.names).length}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: Value): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = attributeOf(value);
    return placeholder;
  }

  condition(condition: Condition): string {
    switch (condition.is) {
      case 'absent':
        return `attribute_not_exists(${this.name('pk')})`;
      case 'present':
        return `attribute_exists(${this.name('pk')})`;
      case 'missing':
        return `attribute_not_exists(${this.name(condition.attribute)})`;
      case 'equal':
        return `${this.name(condition.attribute)} = ${this.value(condition.value)}`;
      case 'atLeast':
        return `${this.name(condition.attribute)} >= ${this.value(condition.value)}`;
      case 'below':
        return `${this.name(condition.attribute)} < ${this.value(condition.value)}`;
      case 'all':
      case 'any':
        return condition.of.map((part) => `(${this.condition(part)})`).join(condition.is === 'all' ? ' AND ' : ' OR ');
      default:
        return condition satisfies never;
    }
  }

  /** The update, which also leaves the writer's token. */
  update(write: Extract<Write, { kind: 'update' }>, token: string): string {
    const set = Object.entries({ ...write.set, w: token }).map(
      ([attribute, value]) => `${this.name(attribute)} = ${this.value(value)}`,
    );
    const add = Object.entries(write.add ?? {})
      .filter(([, value]) => !(value instanceof Set && value.size === 0))
      .map(([attribute, value]) => `${this.name(attribute)} ${this.value(value as Value)}`);
    const remove = (write.remove ?? []).map((attribute) => this.name(attribute));
    return [
      `SET ${set.join(', ')}`,
      add.length > 0 && `ADD ${add.join(', ')}`,
      remove.length > 0 && `REMOVE ${remove.join(', ')}`,
    ]
      .filter(Boolean)
      .join(' ');
  }
}

/** The two members of a request that hold the placeholders; DynamoDB refuses empty ones. */
export const placeholders = ({ names, values }: Placeholders) => ({
  ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
  ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
});
