/** Repair on the deployed stack, under the operator's own grants: what is gone comes back as it was. */
import { type AttributeValue, DeleteItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { repairAll } from '../../bin/local/operator.ts';
import { deployed, eventually, newMerchant } from '../world/deployed.ts';
import { clientOptions, tableNames } from '../world/deployed-stack.ts';

type Stored = Record<string, AttributeValue>;
const withoutToken = ({ w: _, ...item }: Stored): Stored => item;

it('a journal entry, events and search tokens that are gone are written again, and the books balance', async () => {
  const { merchant, stripe } = await newMerchant();
  const paid = await stripe.paymentIntents.create({
    amount: 4_200,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    metadata: { order: 'repair' },
  });

  const client = new DynamoDBClient(clientOptions());
  const names = await tableNames();
  /** Items of the payment in a table: its random part is in their sort keys. */
  const itemsIn = async (table: string): Promise<readonly Stored[]> => {
    const found: Stored[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: names.get(table)!, ConsistentRead: true }))
      found.push(...Items.filter(({ pk, sk }) => sk!.S!.includes(paid.id.slice(-14)) && !pk!.S!.endsWith('#late')));
    return found;
  };
  // Events and tokens are written side by side: all are there before all are deleted.
  const lost = await eventually(async () => {
    const written: [table: string, items: readonly Stored[]][] = [];
    for (const table of ['ledger', 'events', 'search']) written.push([table, await itemsIn(table)]);
    expect(written.map(([table, { length }]) => [table, length])).toEqual([
      ['ledger', 1],
      ['events', 1],
      ['search', 1],
    ]);
    return written;
  });
  for (const [table, items] of lost)
    for (const { pk, sk } of items)
      await client.send(new DeleteItemCommand({ TableName: names.get(table)!, Key: { pk: pk!, sk: sk! } }));
  expect(await itemsIn('events')).toEqual([]);

  const today = new Date().toISOString().slice(0, 10);
  const days = { merchant, from: '2026-01-01', to: today } as const;
  const dry = await repairAll(deployed().operator, { ...days, dryRun: true });
  // The API shows what was just written without the journal: the tables say that a dry run wrote nothing.
  for (const [table] of lost) expect(await itemsIn(table)).toEqual([]);
  const { counts, audit } = await repairAll(deployed().operator, days);

  expect(counts).toMatchObject({ entries: 1, events: 1, tokens: 1, unread: 0 });
  expect(counts).toEqual(dry.counts);
  expect(audit).toMatchObject({ balanced: true, differences: [], orphans: [] });
  for (const [table, items] of lost) {
    const again = await itemsIn(table);
    expect(again.map(withoutToken)).toEqual(items.map(withoutToken));
  }
  expect((await stripe.charges.list()).data.map(({ id }) => id)).toEqual([paid.latest_charge]);
  expect((await repairAll(deployed().operator, days)).counts).toMatchObject({ entries: 0, events: 0, tokens: 0 });
});
