/** What the client of a channel is made with. */
import type { HttpClient } from '../../kernel/http-client.ts';
import type { RandomText } from '../../kernel/ids.ts';
import type { ReadCredentials } from './credentials.ts';
import type { ChannelAccount } from './port.ts';

export interface ClientDeps {
  readonly http: HttpClient;
  readonly credentials: ReadCredentials;
  readonly nowMs: () => number;
  readonly random: RandomText;
  /** Where the channel sends the callbacks of an account: an address of ours. */
  readonly callbackUrl: (account: ChannelAccount) => string;
  /** Stands for the channel's own hosts, which are compiled in: only on a stack on this machine. */
  readonly baseUrl?: string;
}
