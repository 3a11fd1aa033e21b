/** The deployed tables, read as the in-process table: what is stored there can be audited and decoded in the same words. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Attributes } from '../../functions/table/dynamo-item.ts';
import type { TableName } from '../../functions/table/table.ts';
import { clientOptions, tableNames } from './deployed-stack.ts';
import { type MemoryTable, memoryTable } from './memory-table.ts';

/** A copy of these tables as they are now. */
export async function copyOfTables(...names: readonly TableName[]): Promise<MemoryTable> {
  const copy = memoryTable();
  for (const name of names) for (const item of await itemsOf(name)) copy.store(name, item);
  return copy;
}

/** Every item of a deployed table. */
export async function itemsOf(name: TableName): Promise<readonly Attributes[]> {
  const client = new DynamoDBClient(clientOptions());
  const TableName = (await tableNames()).get(name)!;
  const found: Attributes[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
    found.push(...Items);
  return found;
}
