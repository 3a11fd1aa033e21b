/** Lambda entry of the settlement machine's tasks. */
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { credentialStore, kmsCipher } from '../channels/accounts/store.ts';
import { bankClients } from '../channels/banks.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import { BooksDiffer } from '../settlement/compare.ts';
import type { SettlementDeps } from '../settlement/deps.ts';
import { runStep, type SettlementState, type StepName } from '../settlement/step.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { bucketFiles } from '../table/files.ts';

const log = logger('settlement-step');
const table = dynamoTable();
const { credentials } = credentialStore({
  table,
  cipher: kmsCipher(new KMSClient(), process.env.SECRETS_KEY!),
  clock: systemClock,
});

const deps: SettlementDeps = {
  table,
  clock: systemClock,
  random: systemRandom,
  files: bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!),
  bank: bankClients({ sandboxUrl: process.env.SANDBOX_URL!, credentials }),
  settings: settingsReader(table, systemClock),
};

export const handler = async (event: {
  readonly step: StepName;
  readonly input: SettlementState;
}): Promise<SettlementState> => {
  try {
    const state = await runStep(deps, event.step, event.input);
    log.info('step', { step: event.step, ...state });
    return state;
  } catch (error) {
    if (error instanceof BooksDiffer) count({ BooksDiffer: 1 });
    log.error('step failed', { step: event.step, scope: event.input.scope, error: error as Error });
    throw error;
  }
};
