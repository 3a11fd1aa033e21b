/** The channels there are, by name. A new channel is a folder and a line here. */
import { type HttpClient, httpClient } from '../kernel/http-client.ts';
import { known, named } from './port/by-name.ts';
import type { Callbacks } from './port/callback.ts';
import { type CardChannel, withCards } from './port/card.ts';
import type { Channel } from './port/channel.ts';
import type { CredentialSchema, ReadCredentials } from './port/credentials.ts';
import { sandboxCallbacks } from './sandbox/callback.ts';
import { sandboxChannel } from './sandbox/client.ts';
import { sandboxApiKey, sandboxCredentials } from './sandbox/credentials.ts';

export interface ChannelsDeps {
  /** Where the sandbox is, up to and with `/sandbox` (SANDBOX_URL). */
  readonly sandboxUrl: string;
  readonly credentials: ReadCredentials;
  readonly http?: HttpClient;
}

/** The client of a channel by its name on the attempt. Throws for a name that no release ever had. */
export function channelClients(deps: ChannelsDeps): (name: string) => Channel {
  const clients: Readonly<Record<string, Channel>> = {
    sandbox: sandboxChannel({
      http: deps.http ?? httpClient,
      baseUrl: deps.sandboxUrl,
      apiKey: sandboxApiKey(deps.credentials),
    }),
  };
  return (name) => known(clients, name);
}

/** The same for the vault, which forwards cards. Throws also for a channel that takes none. */
export function cardClients(deps: ChannelsDeps): (name: string) => CardChannel {
  const client = channelClients(deps);
  return (name) => withCards(name, client(name));
}

const CREDENTIALS: Readonly<Record<string, CredentialSchema>> = { sandbox: sandboxCredentials };

/** The schema of the credentials of a channel. Throws for a name that is no channel. */
export const credentialsOf = (name: string): CredentialSchema => known(CREDENTIALS, name);

const CALLBACKS: Readonly<Record<string, Callbacks>> = { sandbox: sandboxCallbacks };

/** How a channel calls back, or undefined when there is no such channel. */
export const callbacksOf = (name: string): Callbacks | undefined => named(CALLBACKS, name);
