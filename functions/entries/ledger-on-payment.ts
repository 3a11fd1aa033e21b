/** Lambda entry on the payments table's stream: posts each change; what could not be posted waits in the retry queue, and the batch goes on. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { postAll } from '../stream/consume.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { logBatch } from '../table/log-batch.ts';
import { queueSender } from '../table/queue.ts';
import { imagesOf } from '../table/stream.ts';

const log = logger('ledger-on-payment');
const deps = { table: dynamoTable(), clock: systemClock };
const retry = queueSender(new SQSClient(), process.env.BOOKS_RETRY_QUEUE_URL!);

export const handler = async (event: DynamoDBStreamEvent): Promise<void> => {
  const failed = await postAll(deps, event.Records.map(imagesOf), (error) => log.error('change not posted', { error }));
  // Throws when the queue cannot be reached either: then the stream itself is the retry.
  await retry(failed);
  logBatch(log, 'changes', { records: event.Records.length, failed: failed.length });
};
