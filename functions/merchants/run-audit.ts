/** Lambda entry of the audit. Who may call it is IAM's decision. */
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { channelClients } from '../channels/registry.ts';
import { sandboxBank } from '../channels/sandbox/bank.ts';
import { credentialStore, kmsSeal } from '../channels/store.ts';

import { bucketFiles } from '../settlement/files.ts';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpClient } from '../shared/http-client.ts';
import { logger } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import { type AuditorDeps, carryOutAudit } from './auditor.ts';
import { CommandError } from './command-error.ts';
import { settingsReader } from './store.ts';

const log = logger('merchants-audit');
const table = dynamoTable();
const { credentials } = credentialStore({
  table,
  seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
  clock: systemClock,
});
const sandboxUrl = process.env.SANDBOX_URL!;
const deps: AuditorDeps = {
  table,
  clock: systemClock,
  files: bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!),
  settings: settingsReader(table, systemClock),
  channel: channelClients({ sandboxUrl, credentials }),
  bank: sandboxBank({ http: httpClient, baseUrl: sandboxUrl, apiKey: async (at) => (await credentials(at)).apiKey }),
};
/** Differences in one line of the log; the caller gets all of them. */
const NAMED = 20;

export const handler = async (event: unknown): Promise<object> => {
  try {
    const result = await carryOutAudit(deps, event);
    const { differences = [] } = result as { readonly differences?: readonly string[] };
    count({ BooksDiffer: differences.length });
    if (differences.length > 0) log.error('books differ', { differences: differences.slice(0, NAMED) });
    return result;
  } catch (error) {
    log.error('audit failed', { error: error as Error });
    return {
      error: { message: error instanceof CommandError ? error.message : 'The audit failed; its log says why.' },
    };
  }
};
