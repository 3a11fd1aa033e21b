/** Lambda entry on the deliveries queue. What an endpoint does not take is noted in the table and leaves the queue. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { KMSClient } from '@aws-sdk/client-kms';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { kmsSeal } from '../channels/store.ts';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { bounded } from './bounded.ts';
import { type DeliveryDeps, deliver, MOST_BYTES } from './delivery.ts';
import type { DeliveryMessage } from './messages.ts';
import { openedSecrets } from './opened-secrets.ts';
import { send } from './sender.ts';

const log = logger('notifications-on-delivery');
const processor = new BatchProcessor(EventType.SQS);
const deps: DeliveryDeps = {
  table: dynamoTable(),
  clock: systemClock,
  seal: openedSecrets(kmsSeal(new KMSClient(), process.env.SECRETS_KEY!), systemClock),
  send,
  allowPrivate: process.env.ALLOW_PRIVATE_WEBHOOKS === '1',
  bounded: bounded(MOST_BYTES),
};

const take = async (record: SQSRecord): Promise<void> => {
  try {
    const message = JSON.parse(record.body) as DeliveryMessage;
    const { scope, endpoint, attempt = 1 } = message;
    log.info('delivery', { scope, endpoint, attempt, ...(await deliver(deps, message)) });
  } catch (error) {
    // Ours (a key, a table out of reach), not the endpoint's: it is tried again after the queue's own time.
    log.error('delivery failed', { messageId: record.messageId, error: error as Error });
    throw error;
  }
};

export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  processPartialResponse(event, take, processor, { context, throwOnFullBatchFailure: false });
