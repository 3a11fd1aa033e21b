/** Lambda entry of `POST /v1/channels/{channel}/callbacks/{account}`. */
import { KMSClient } from '@aws-sdk/client-kms';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOf, type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { accountReader, credentialStore, kmsCipher } from '../channels/accounts/store.ts';
import { serveCallback } from '../channels/callbacks/callbacks.ts';
import { callbacksOf } from '../channels/registry.ts';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { packJson } from '../table/pack.ts';

const log = logger('channels-callback');
const table = dynamoTable();
const sqs = new SQSClient();
const { open } = credentialStore({
  table,
  cipher: kmsCipher(new KMSClient(), process.env.SECRETS_KEY!),
  clock: systemClock,
});

const deps = {
  clock: systemClock,
  callbacks: callbacksOf,
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
  const { answer, line, unverified } = await serveCallback(deps, request);
  log.info('request', { ...line, ...clientOf(request) });
  if (unverified) count({ CallbacksUnverified: 1 });
  return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
};
