/** The banks there are, by the name of their channel. A channel that pays out is a line here. */
import { httpClient } from '../kernel/http-client.ts';
import type { Bank, BankOf } from './port/bank.ts';
import { named } from './port/by-name.ts';
import type { ChannelsDeps } from './registry.ts';
import { sandboxBank } from './sandbox/bank.ts';
import { sandboxApiKey } from './sandbox/credentials.ts';

/** The client of a channel's bank. Throws for a channel that never paid out. */
export function bankClients({ sandboxUrl, credentials, http = httpClient }: ChannelsDeps): BankOf {
  const clients: Readonly<Record<string, Bank>> = {
    sandbox: sandboxBank({ http, baseUrl: sandboxUrl, apiKey: sandboxApiKey(credentials) }),
  };
  return (name) => {
    const client = named(clients, name);
    if (!client) throw new Error(`channel ${name} has no bank`);
    return client;
  };
}
