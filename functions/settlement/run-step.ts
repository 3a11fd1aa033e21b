/** Lambda entry of the settlement machine's tasks. */
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { sandboxBank } from '../channels/sandbox/bank.ts';
import { credentialStore, kmsSeal } from '../channels/store.ts';
import { settingsReader } from '../merchants/store.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpClient } from '../shared/http-client.ts';
import { logger } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import { BooksDiffer } from './compare.ts';
import type { SettlementDeps } from './deps.ts';
import { bucketFiles } from './files.ts';
import { runStep, type SettlementState, type StepName } from './step.ts';

const log = logger('settlement-step');
const table = dynamoTable();
const { credentials } = credentialStore({
  table,
  seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
  clock: systemClock,
});

const deps: SettlementDeps = {
  table,
  clock: systemClock,
  random: systemRandom,
  files: bucketFiles(new S3Client(), process.env.REPORTS_BUCKET!),
  bank: sandboxBank({
    http: httpClient,
    baseUrl: process.env.SANDBOX_URL!,
    apiKey: async (account) => (await credentials(account)).apiKey,
  }),
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
