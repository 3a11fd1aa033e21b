/** What a function runs on. An entry takes everything from outside through it, so the same handlers run on AWS and in one process. */
import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock } from '../kernel/clock.ts';
import type { HttpClient } from '../kernel/http-client.ts';
import type { RandomText } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import type { sendWebhook } from '../notifications/sender.ts';
import type { Images } from '../table/stream.ts';
import type { ExpiringTable } from '../table/table.ts';

/** The part of a client's configuration that is the function's own decision. */
export interface ClientOptions {
  readonly maxAttempts?: number;
}

export interface Platform {
  /** The function's environment variables. Two functions share none. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: RandomText;
  /** The tables that the function has access to. */
  readonly table: ExpiringTable;
  /** A client of an AWS service that acts with the function's rights. */
  readonly client: <Client>(type: new (options: ClientOptions) => Client, options?: ClientOptions) => Client;
  readonly http: HttpClient;
  readonly sendWebhook: typeof sendWebhook;
  /** The logger of the function, named as in lib/functions.json. */
  readonly log: Logger;
  /** The item before and after a change of a table's stream. */
  readonly imagesOf: (record: DynamoDBRecord) => Images;
}
