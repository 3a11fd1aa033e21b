/** The channels there are, by name. A new channel is a folder and a line here. */
import { type HttpClient, httpClient } from '../kernel/http-client.ts';
import type { CardChannel } from './port/card.ts';
import type { Credentials } from './port/credentials.ts';
import type { ChannelAccount } from './port/port.ts';
import type { CallbackVerifier } from './port/verifier.ts';
import { sandboxVerifier } from './sandbox/callback.ts';
import { sandboxChannel } from './sandbox/client.ts';

export interface ChannelsDeps {
  /** Where the sandbox is, up to and with `/sandbox` (SANDBOX_URL). */
  readonly sandboxUrl: string;
  readonly credentials: (account: ChannelAccount) => Promise<Credentials>;
  readonly http?: HttpClient;
}

/** The client of a channel by its name on the attempt. Throws for a name that no release ever had. */
export function channelClients(deps: ChannelsDeps): (name: string) => CardChannel {
  const apiKey = async (account: ChannelAccount) => (await deps.credentials(account)).apiKey;
  const clients: Readonly<Record<string, CardChannel>> = {
    sandbox: sandboxChannel({ http: deps.http ?? httpClient, baseUrl: deps.sandboxUrl, apiKey }),
  };
  return (name) => {
    const client = Object.hasOwn(clients, name) ? clients[name] : undefined;
    if (!client) throw new Error(`there is no channel ${name}`);
    return client;
  };
}

const VERIFIERS: Readonly<Record<string, CallbackVerifier>> = { sandbox: sandboxVerifier };

/** How callbacks of a channel are verified, or undefined when there is no such channel. */
export const verifierOf = (name: string): CallbackVerifier | undefined =>
  Object.hasOwn(VERIFIERS, name) ? VERIFIERS[name] : undefined;
