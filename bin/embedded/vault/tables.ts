/** The tables, as the vault's process reaches them: each call names its function and is checked against that function's role. */
import type { ExpiringTable } from '../../../functions/table/table.ts';
import { onceSynced } from '../run/after-sync.ts';
import { grantedTable } from '../run/granted-table.ts';
import { arnsFor } from '../run/platform.ts';
import { accessOf } from '../wiring/access.ts';
import type { Model } from '../wiring/model.ts';
import { VAULT_ENTRIES } from './entries.ts';
import type { Calls } from './messages.ts';

const OPERATIONS = new Set<string>([
  'get',
  'getMany',
  'query',
  'commit',
  'expiredKeys',
] satisfies (keyof ExpiringTable)[]);

export function vaultTables(
  { functions, tables, grants }: Pick<Model, 'functions' | 'tables' | 'grants'>,
  table: ExpiringTable,
  synced: () => Promise<void>,
): Calls {
  const granted = new Map(
    Object.keys(VAULT_ENTRIES).map((name) => {
      const model = functions.get(name)!;
      return [name, grantedTable({ table, arnOf: arnsFor(model, tables), mayUse: accessOf(grants, model) })] as const;
    }),
  );
  return {
    async table(name: string, operation: keyof ExpiringTable, given: readonly unknown[]) {
      const own = granted.get(name);
      if (!own || !OPERATIONS.has(operation)) throw new Error(`the vault has no call ${operation} of ${name}`);
      // The vault calls channels: what it sees must be on disk.
      const called = (own[operation] as (...given: readonly unknown[]) => Promise<unknown>).call(own, ...given);
      return onceSynced(synced, called);
    },
  };
}
