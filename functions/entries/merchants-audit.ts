/** Lambda entry of the audit. IAM decides which principals may call it. */
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { credentialStore, kmsCipher } from '../channels/accounts/store.ts';
import { bankClients } from '../channels/banks.ts';
import { channelClients } from '../channels/registry.ts';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import { type AuditorDeps, carryOutAudit } from '../operator/auditor.ts';
import { CommandError } from '../operator/command-error.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { bucketFiles } from '../table/files.ts';

const log = logger('merchants-audit');
const table = dynamoTable();
const { credentials } = credentialStore({
  table,
  cipher: kmsCipher(new KMSClient(), process.env.SECRETS_KEY!),
  clock: systemClock,
});
const sandboxUrl = process.env.SANDBOX_URL!;
const deps: AuditorDeps = {
  table,
  clock: systemClock,
  files: bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!),
  settings: settingsReader(table, systemClock),
  channel: channelClients({ sandboxUrl, credentials }),
  bank: bankClients({ sandboxUrl, credentials }),
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
