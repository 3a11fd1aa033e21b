/** What the client of a channel is made with. */
import type { Clock } from '../../kernel/clock.ts';
import type { HttpClient } from '../../kernel/http-client.ts';
import type { RandomText } from '../../kernel/ids.ts';
import type { ReadCredentials } from './credentials.ts';

export interface ClientDeps {
  readonly http: HttpClient;
  readonly credentials: ReadCredentials;
  readonly clock: Clock;
  readonly random: RandomText;
  /** Stands for the channel's own hosts, which are compiled in: only on a stack on this machine. */
  readonly baseUrl?: string;
}
