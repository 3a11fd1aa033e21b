import { expect, it } from 'vitest';
import { afterSync } from '../../../bin/embedded/run/after-sync.ts';
import { VAULT_ENTRIES } from '../../../bin/embedded/vault/entries.ts';
import { vaultTables } from '../../../bin/embedded/vault/tables.ts';
import type { FunctionModel, Table } from '../../../bin/embedded/wiring/model-types.ts';
import { Conflict, type ExpiringTable } from '../../../functions/table/table.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const failed = () => Promise.reject(new Error('the disk failed'));

/** A disk that is behind until `done`. */
function slow() {
  let done = (): void => {};
  const synced = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { synced: () => synced, done: () => done() };
}

it('a call that leaves the process begins after the sync, and never where the disk failed', async () => {
  const calls: string[] = [];
  const call = async (what: string) => calls.push(what);
  const { synced, done } = slow();

  const called = afterSync(synced, call)('first');
  await turn();
  expect(calls).toEqual([]);
  done();
  expect(await called).toBe(1);
  await expect(afterSync(failed, call)('second')).rejects.toThrow('the disk failed');
  expect(calls).toEqual(['first']);
});

const model = {
  functions: new Map(
    Object.keys(VAULT_ENTRIES).map((name) => [
      name,
      { name, environment: { VAULT_TABLE: 'v' } } as unknown as FunctionModel,
    ]),
  ),
  tables: new Map([['vault', { arn: 'arn' } as Table]]),
  grants: { allows: () => true },
};

it.each([undefined, new Conflict(0, undefined)])(
  'the vault sees what a table holds, and that a commit was refused (%s), after the sync',
  async (conflict) => {
    const get = async () => {
      if (conflict) throw conflict;
      return { pk: 'a', sk: 'b' };
    };
    const { synced, done } = slow();
    const { table } = vaultTables(model, { get } as unknown as ExpiringTable, synced);

    let isAnswered = false;
    const answer = (table as (...given: unknown[]) => Promise<unknown>)('vault-api', 'get', ['vault', {}])
      .catch((error: unknown) => error)
      .finally(() => {
        isAnswered = true;
      });
    await turn();
    expect(isAnswered).toBe(false);
    done();
    expect(await answer).toEqual(conflict ?? { pk: 'a', sk: 'b' });
  },
);
