import { describe, expect, it } from 'vitest';
import { grantedTable } from '../../../bin/embedded/run/granted-table.ts';
import { accessOf } from '../../../bin/embedded/wiring/access.ts';
import type { Grants } from '../../../bin/embedded/wiring/grants.ts';
import { absent, type ExpiringTable, present, type TableName, type Write } from '../../../functions/table/table.ts';

const key = { pk: 'a', sk: 'b' };
const item = { ...key, n: 1 };
const put: Write = { kind: 'put', table: 'payments', item, when: absent };
const update: Write = { kind: 'update', table: 'payments', key, set: { n: 2 }, when: present };
const remove: Write = { kind: 'delete', table: 'payments', key, when: present };
const check: Write = { kind: 'check', table: 'payments', key, when: present };

const CALLS: readonly (readonly [action: string, resource: string, (table: ExpiringTable) => Promise<unknown>])[] = [
  ['GetItem', 'payments', (table) => table.get('payments', key)],
  ['BatchGetItem', 'payments', (table) => table.getMany([{ table: 'payments', key }])],
  ['Query', 'payments', (table) => table.query('payments', { pk: 'a' })],
  ['Query', 'payments/index/links', (table) => table.query('payments', { pk: 'a', index: 'links' })],
  ['Scan', 'payments', (table) => table.expiredKeys('payments', 1)],
  ['PutItem', 'payments', (table) => table.commit(put)],
  ['UpdateItem', 'payments', (table) => table.commit(update)],
  ['DeleteItem', 'payments', (table) => table.commit(remove)],
  ['ConditionCheckItem', 'payments', (table) => table.commit(check)],
];

/** A table that records what reached it. */
function reached() {
  const calls: string[] = [];
  const called = (name: string) => async () => {
    calls.push(name);
    return [] as never;
  };
  const table = Object.fromEntries(
    ['get', 'getMany', 'query', 'commit', 'expiredKeys'].map((name) => [name, called(name)]),
  ) as unknown as ExpiringTable;
  return { calls, table };
}
const arnOf = (table: TableName): string => `arn:${table}`;
const only = (action: string, resource: string): Grants => ({
  allows: (role, asked, arn) => role === 'r' && asked === `dynamodb:${action}` && arn === `arn:${resource}`,
});

describe.each(CALLS)('%s on %s', (action, resource, call) => {
  it('is done with the right', async () => {
    const { table, calls } = reached();
    const mayUse = accessOf(only(action, resource), { name: 'one', role: 'r' });
    await call(grantedTable({ table, arnOf, mayUse }));
    expect(calls).toHaveLength(1);
  });

  it.each(CALLS.filter(([other, where]) => other !== action || where !== resource))(
    'is refused with the right to %s on %s alone, before the table is asked',
    async (other, where) => {
      const { table, calls } = reached();
      const mayUse = accessOf(only(other, where), { name: 'one', role: 'r' });
      await expect(call(grantedTable({ table, arnOf, mayUse }))).rejects.toThrow(
        `is not authorized to perform: dynamodb:${action} on resource: arn:${resource}`,
      );
      expect(calls).toEqual([]);
    },
  );
});

it('a transaction needs the right to each of its writes', async () => {
  const { table, calls } = reached();
  const mayUse = accessOf(only('PutItem', 'payments'), { name: 'one', role: 'r' });
  const granted = grantedTable({ table, arnOf, mayUse });
  await expect(granted.commit(put, check)).rejects.toThrow('dynamodb:ConditionCheckItem');
  await expect(granted.commit(put, { ...put, table: 'ledger' })).rejects.toThrow('arn:ledger');
  expect(calls).toEqual([]);
});

it('a table that the environment does not name is refused by it', async () => {
  const { table } = reached();
  const unnamed = (): never => {
    throw new Error('VAULT_TABLE is not set');
  };
  await expect(grantedTable({ table, arnOf: unnamed, mayUse: () => {} }).get('vault', key)).rejects.toThrow(
    'VAULT_TABLE is not set',
  );
});
