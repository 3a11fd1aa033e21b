/** Lambda entry on the features queue: attempts that the fan-out could not count at once. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { countAttempts } from '../risk/features/count.ts';
import type { FeaturesMessage } from '../risk/port/message.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { logBatch } from '../table/log-batch.ts';
import { unpackJson } from '../table/pack.ts';

const log = logger('risk-on-attempts');
const table = dynamoTable();
const processor = new BatchProcessor(EventType.SQS);

const take = async (record: SQSRecord): Promise<void> => {
  try {
    const message = unpackJson<FeaturesMessage>(record.body);
    await countAttempts(table, message);
    // Logged here, so that the functions that take payments load nothing for it.
    count({ RiskFeaturesUnavailable: message.attempts.filter(({ unseen }) => unseen).length });
  } catch (error) {
    log.error('attempts not counted', { messageId: record.messageId, error: error as Error });
    throw error;
  }
};

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const response = await processPartialResponse(event, take, processor, { context, throwOnFullBatchFailure: false });
  logBatch(log, 'messages', { records: event.Records.length, failed: response.batchItemFailures.length });
  return response;
};
