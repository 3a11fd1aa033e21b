/** The banks there are, by the name of their channel. A channel that pays out is a line here. */
import type { Table } from '../table/table.ts';
import { fileBank } from './file/bank.ts';
import type { Bank, BankOf } from './port/bank.ts';
import { named } from './port/by-name.ts';
import { lazyBank } from './port/lazily.ts';
import { loadSandbox, type SandboxPlace } from './sandbox/load.ts';

/**
 * The client of a channel's bank, loaded at its first call. `table` holds the orders of the bank whose orders leave in files. Throws for a channel that
 * never paid out.
 */
export function bankClients(deps: SandboxPlace & { readonly table: Table }): BankOf {
  const clients: Readonly<Record<string, Bank>> = {
    sandbox: lazyBank(async () => (await loadSandbox(deps)).bank),
    file: fileBank(deps.table),
  };
  return (name) => {
    const client = named(clients, name);
    if (!client) throw new Error(`channel ${name} has no bank`);
    return client;
  };
}
