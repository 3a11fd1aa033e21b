/** Lambda entry of the audit. Who may call it is IAM's decision. */
import { S3Client } from '@aws-sdk/client-s3';
import { bucketFiles } from '../settlement/files.ts';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import { type AuditorDeps, carryOutAudit } from './auditor.ts';
import { CommandError } from './command-error.ts';
import { settingsReader } from './store.ts';

const log = logger('merchants-audit');
const table = dynamoTable();
const deps: AuditorDeps = {
  table,
  clock: systemClock,
  files: bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!),
  settings: settingsReader(table, systemClock),
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
