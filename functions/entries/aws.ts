/** A Lambda function's platform: its environment, and AWS. Each bundle hands it to its entry (bin/bundle.mjs). */
import { systemClock, systemRandom } from '../kernel/clock.ts';
import { httpClient } from '../kernel/http-client.ts';
import { logger } from '../kernel/log.ts';
import { sendWebhook } from '../notifications/sender.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { imagesOf } from '../table/stream.ts';
import type { TableName } from '../table/table.ts';
import type { Platform } from './platform.ts';

export function aws(env: Platform['env']): Platform {
  return {
    env,
    clock: systemClock,
    random: systemRandom,
    table: dynamoTable({ nameOf: tableNames(env) }),
    client: (type, options = {}) => new type(options),
    http: httpClient,
    sendWebhook,
    log: logger(env.FUNCTION_ID ?? 'unknown'),
    imagesOf,
  };
}

/** A table whose name is not in the environment is none of the function's business. */
const tableNames =
  (env: Platform['env']) =>
  (table: TableName): string => {
    const variable = `${table.toUpperCase()}_TABLE`;
    const name = env[variable];
    if (name === undefined) throw new Error(`${variable} is not set: this function has no access to table ${table}`);
    return name;
  };
