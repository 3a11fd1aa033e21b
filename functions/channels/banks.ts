/** The banks there are, by the name of their channel. A channel that pays out is a line here. */
import type { Bank, BankOf } from './port/bank.ts';
import { named } from './port/by-name.ts';
import { lazyBank } from './port/lazily.ts';
import { loadSandbox, type SandboxPlace } from './sandbox/load.ts';

/** The client of a channel's bank, loaded at its first call. Throws for a channel that never paid out. */
export function bankClients(deps: SandboxPlace): BankOf {
  const clients: Readonly<Record<string, Bank>> = { sandbox: lazyBank(async () => (await loadSandbox(deps)).bank) };
  return (name) => {
    const client = named(clients, name);
    if (!client) throw new Error(`channel ${name} has no bank`);
    return client;
  };
}
