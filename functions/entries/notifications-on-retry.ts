/** Lambda entry on the queue of changes that could not be fanned out. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logger } from '../kernel/log.ts';
import { fanOutMessage } from '../notifications/fan-out.ts';
import { logBatch } from '../table/log-batch.ts';
import { fanOutDeps } from './fan-out-deps.ts';

const log = logger('notifications-on-retry');
const deps = fanOutDeps(log);
const processor = new BatchProcessor(EventType.SQS);

const retry = (record: SQSRecord): Promise<void> => fanOutMessage(deps, record.body);

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const response = await processPartialResponse(event, retry, processor, { context, throwOnFullBatchFailure: false });
  logBatch(log, 'messages', { records: event.Records.length, failed: response.batchItemFailures.length });
  return response;
};
