/** Lambda entry of `POST /v1/channels/{channel}/callbacks/{account}`. */
import { KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import { packJson } from '../shared/pack.ts';
import { clientOf, type GatewayEvent, type GatewayResult, rawRequestOf } from '../shared/raw-request.ts';
import { serveCallback } from './callbacks.ts';
import { verifierOf } from './registry.ts';
import { accountReader, credentialStore, kmsSeal } from './store.ts';

const log = logger('channels-callback');
const table = dynamoTable();
const sqs = new SQSClient();
const { open } = credentialStore({
  table,
  seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
  clock: systemClock,
});

const deps = {
  clock: systemClock,
  verifier: verifierOf,
  account: accountReader(table, systemClock),
  credentials: open,
  enqueue: async (message: object, group: string, deduplication: string) => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: process.env.CALLBACKS_QUEUE_URL,
        MessageBody: packJson(message),
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      }),
    );
  },
};

export const handler = async (event: GatewayEvent): Promise<GatewayResult> => {
  const request = rawRequestOf(event);
  const { answer, line } = await serveCallback(deps, request);
  log.info('request', { ...line, ...clientOf(request) });
  if (answer.status === 400) count({ CallbacksUnverified: 1 });
  return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
};
