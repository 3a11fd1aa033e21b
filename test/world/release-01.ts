/** A stack that version 0.1 wrote (test/fixtures/0.1): every table as it stood, items as DynamoDB exports them. */
import { readdirSync, readFileSync } from 'node:fs';
import type { MadeMerchant } from '../../functions/operator/create.ts';
import type { Attributes } from '../../functions/table/dynamo-item.ts';
import type { TableName } from '../../functions/table/table.ts';

export interface StoredWorld {
  /** When version 0.1 stopped. */
  readonly madeMs: number;
  readonly merchant: MadeMerchant;
  readonly files: Readonly<Record<string, string>>;
  readonly tables: ReadonlyMap<TableName, readonly Attributes[]>;
}

const FOLDER = new URL('../fixtures/0.1/', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

/** Binary attributes are base64 in an export. */
const decoded = (attributes: Readonly<Record<string, { readonly B?: string }>>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(value.B, 'base64') },
    ]),
  ) as Attributes;

/** Everything that version 0.1 left behind. */
export function storedBy01(): StoredWorld {
  const { madeMs, merchant, files } = JSON.parse(textOf('world.json')) as Omit<StoredWorld, 'tables'>;
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
  const tables = names.map((name): [TableName, readonly Attributes[]] => {
    const lines = textOf(name).split('\n').filter(Boolean);
    const items = lines.map((line) => decoded((JSON.parse(line) as { Item: Parameters<typeof decoded>[0] }).Item));
    return [name.slice(0, -'.jsonl'.length) as TableName, items];
  });
  return { madeMs, merchant, files, tables: new Map(tables) };
}
