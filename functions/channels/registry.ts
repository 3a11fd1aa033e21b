/** The channels there are, by name. A new channel is a folder, and a line here, in `capabilities.ts`, `credentials.ts` and `verifiers.ts`. */
import { CHANNELS, described } from './capabilities.ts';
import { known, named } from './port/by-name.ts';
import { type CardChannel, withCards } from './port/card.ts';
import type { Channel } from './port/channel.ts';
import type { ClientDeps } from './port/client-deps.ts';
import { lazily } from './port/lazily.ts';
import { loadSandbox, type SandboxPlace } from './sandbox/load.ts';

export interface ChannelsDeps extends SandboxPlace, Omit<ClientDeps, 'baseUrl'> {
  /** Addresses that stand for a channel's own hosts, by its name: only on a stack on this machine. */
  readonly baseUrls?: Readonly<Record<string, string>>;
}

/** The client of each channel, each a chunk of its own in a function's bundle. */
const LOADS: Readonly<Record<string, (deps: ChannelsDeps) => Promise<Channel>>> = {
  sandbox: async (deps) => (await loadSandbox(deps)).channel,
  stripe: async (deps) => (await import('./stripe/client.ts')).stripeChannel(at('stripe', deps)),
  alipay: async (deps) => (await import('./alipay/client.ts')).alipayChannel(at('alipay', deps)),
  wechatpay: async (deps) => (await import('./wechatpay/client.ts')).wechatpayChannel(at('wechatpay', deps)),
};

/** What the client of a channel is made with; on a stack on this machine, with the address that stands for its hosts. */
export function at(name: string, { baseUrls = {}, ...deps }: ChannelsDeps): ClientDeps {
  const baseUrl = named(baseUrls, name);
  return { ...deps, ...(baseUrl !== undefined && { baseUrl }) };
}

/** Loads the client of a channel. Rejects for a name that is no channel. */
export const loadClient = async (name: string, deps: ChannelsDeps): Promise<Channel> => known(LOADS, name)(deps);

/** The client of a channel by its name on the attempt, loaded at its first call. Throws for a name that no release ever had. */
export function channelClients(deps: ChannelsDeps): (name: string) => Channel {
  const clients = Object.fromEntries(
    CHANNELS.map((name) => [name, lazily(described(name), () => loadClient(name, deps))]),
  );
  return (name) => known(clients, name);
}

/** The same for the vault, which forwards cards. Throws also for a channel that takes none. */
export function cardClients(deps: ChannelsDeps): (name: string) => CardChannel {
  const client = channelClients(deps);
  return (name) => withCards(name, client(name));
}
