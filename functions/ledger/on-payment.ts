/** Lambda entry on the payments table's stream: posts each change; what could not be posted waits in the retry queue, and the batch goes on. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { logBatch } from '../shared/log-batch.ts';
import { queueSender } from '../shared/queue.ts';
import { imagesOf } from '../shared/stream.ts';
import { postAll } from './consume.ts';

const log = logger('ledger-on-payment');
const deps = { table: dynamoTable(), clock: systemClock };
const retry = queueSender(new SQSClient(), process.env.BOOKS_RETRY_QUEUE_URL!);

export const handler = async (event: DynamoDBStreamEvent): Promise<void> => {
  const failed = await postAll(deps, event.Records.map(imagesOf), (error) => log.error('change not posted', { error }));
  // Throws when the queue cannot be reached either: then the stream itself is the retry.
  await retry(failed);
  logBatch(log, 'changes', { records: event.Records.length, failed: failed.length });
};
