/** Lambda entry on the deliveries queue: a delivery that fails is hidden until its next attempt; it never delays another endpoint's. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { KMSClient } from '@aws-sdk/client-kms';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { kmsSeal } from '../channels/store.ts';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { type DeliveryDeps, deliver } from './delivery.ts';
import type { DeliveryMessage } from './messages.ts';
import { send } from './sender.ts';

const log = logger('notifications-on-delivery');
const sqs = new SQSClient();
const processor = new BatchProcessor(EventType.SQS);
const deps: DeliveryDeps = {
  table: dynamoTable(),
  clock: systemClock,
  seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
  send,
  allowPrivate: process.env.ALLOW_PRIVATE_WEBHOOKS === '1',
};

const take = async (record: SQSRecord): Promise<void> => {
  try {
    await attemptDelivery(record);
  } catch (error) {
    // Ours (a key, a table, a queue out of reach), not the endpoint's: it is tried again after the queue's own time.
    if (!(error instanceof NotDelivered))
      log.error('delivery failed', { messageId: record.messageId, error: error as Error });
    throw error;
  }
};

/** The endpoint's failure: logged with the attempt, and thrown only so that the message stays on the queue. */
class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
}

const attemptDelivery = async (record: SQSRecord): Promise<void> => {
  const message = JSON.parse(record.body) as DeliveryMessage;
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  const delivered = await deliver(deps, message, attempt);
  log.info('delivery', { scope: message.scope, endpoint: message.endpoint, attempt, ...delivered });
  if (delivered.kind === 'done') return;
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: process.env.DELIVERIES_QUEUE_URL!,
      ReceiptHandle: record.receiptHandle,
      VisibilityTimeout: delivered.afterSeconds,
    }),
  );
  throw new NotDelivered(delivered.status);
};

export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  processPartialResponse(event, take, processor, { context, throwOnFullBatchFailure: false });
