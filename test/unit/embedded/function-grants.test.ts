import { expect, it } from 'vitest';
import { absent } from '../../../functions/table/table.ts';
import { as, asNone, grantedTo, tableInUse } from '../../world/function-grants.ts';
import { memoryTable } from '../../world/memory-table.ts';
import { simulate } from '../../world/simulation.ts';

const key = { pk: 'p', sk: 's' };

it('in process a function may do with tables what docs/grants.md lists, and a test may do anything', async () => {
  const table = tableInUse(memoryTable());
  const put = () => table.commit({ kind: 'put', table: 'vault', item: key, when: absent });
  const moved = () => table.query('payments', { pk: 'p', index: 'moved' });

  await expect(as('payments-api', put)).rejects.toThrow(
    'payments-api is not authorized to perform dynamodb:PutItem on table vault',
  );
  await expect(as('payments-api', moved)).rejects.toThrow('dynamodb:Query on index payments/moved');
  await expect(as('payments-api', () => table.get('vault', key))).rejects.toThrow('dynamodb:GetItem on table vault');
  expect(await as('payments-api', () => table.get('payments', key))).toBe(undefined);
  await as('vault-api', put);
  expect(await as('payments-api', () => asNone(() => table.get('vault', key)))).toMatchObject(key);
  await expect(grantedTo('settlement-step', table).get('vault', key)).rejects.toThrow('settlement-step');
});

it('a request to the app runs as its function', async () => {
  const sim = await simulate();
  const { table } = sim.world.deps;
  const read = () => table.get('vault', key);
  let refusal: unknown;
  sim.world.table.onCall = async () => {
    refusal ??= await read().catch((error: Error) => error.message);
  };

  await sim.request('POST', '/v1/customers');

  expect(refusal).toBe(
    'AccessDeniedException: payments-api is not authorized to perform dynamodb:GetItem on table vault',
  );
});
