/** The books' consumer of the payments table's stream: posts each change. What could not be posted waits in the retry queue, and the batch goes on. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { postAll } from '../stream/consume.ts';
import { logBatch } from '../table/log-batch.ts';
import { queueSender } from '../table/queue.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const retry = queueSender(on.client(SQSClient), on.env.BOOKS_RETRY_QUEUE_URL!);
  const notPosted = (error: Error): void => on.log.error('change not posted', { error });

  return async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
    const failed = await postAll(on, Records.map(on.imagesOf), notPosted);
    // Throws when the queue cannot be reached either: then the stream itself is the retry.
    await retry(failed);
    logBatch(on, 'changes', { records: Records.length, failed: failed.length });
  };
}
