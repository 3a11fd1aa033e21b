/** Lambda entry on the queue of changes that could not be posted: partial failures go back to the queue, and in the end to its DLQ. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { postMessage } from '../stream/consume.ts';
import { dynamoTable } from '../table/dynamo-table.ts';

const log = logger('ledger-on-retry');
const deps = { table: dynamoTable(), clock: systemClock };
const processor = new BatchProcessor(EventType.SQS);

const post = async (record: SQSRecord): Promise<void> => {
  try {
    await postMessage(deps, record.body);
  } catch (error) {
    log.error('change not posted', { messageId: record.messageId, error: error as Error });
    throw error;
  }
};

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const response = await processPartialResponse(event, post, processor, { context, throwOnFullBatchFailure: false });
  log.info('messages', { records: event.Records.length, failed: response.batchItemFailures.length });
  return response;
};
