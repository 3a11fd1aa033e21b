/** Lambda entry on the payments table's stream: the fan-out. What failed waits in the retry queue, and the batch goes on. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from '../kernel/log.ts';
import { fanOutImages } from '../notifications/fan-out.ts';
import { logBatch } from '../table/log-batch.ts';
import { queueSender } from '../table/queue.ts';
import { imagesOf } from '../table/stream.ts';
import { fanOutDeps } from './fan-out-deps.ts';

const log = logger('notifications-on-change');
const sqs = new SQSClient();
const deps = fanOutDeps(log, sqs);
const retry = queueSender(sqs, process.env.FANOUT_RETRY_QUEUE_URL!);

export const handler = async (event: DynamoDBStreamEvent): Promise<void> => {
  const failed = await fanOutImages(deps, event.Records.map(imagesOf));
  // Throws when the queue cannot be reached either: then the stream itself is the retry.
  await retry(failed);
  logBatch(log, 'changes', { records: event.Records.length, failed: failed.length });
};
