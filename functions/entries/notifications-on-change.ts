/** The fan-out's consumer of the payments table's stream. What failed waits in the retry queue, and the batch goes on. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { fanOutImages } from '../notifications/fan-out.ts';
import { logBatch } from '../table/log-batch.ts';
import { queueSender } from '../table/queue.ts';
import { fanOutDeps } from './fan-out-deps.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const deps = fanOutDeps(on);
  const retry = queueSender(on.client(SQSClient), on.env.FANOUT_RETRY_QUEUE_URL!);

  return async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
    const failed = await fanOutImages(deps, Records.map(on.imagesOf));
    // Throws when the queue cannot be reached either: then the stream itself is the retry.
    await retry(failed);
    logBatch(on, 'changes', { records: Records.length, failed: failed.length });
  };
}
