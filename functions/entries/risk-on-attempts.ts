/** The features queue: attempts that the fan-out could not count at once. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { counter } from '../kernel/metrics.ts';
import { countAttempts } from '../risk/features/count.ts';
import type { FeaturesMessage } from '../risk/port/message.ts';
import { logBatch } from '../table/log-batch.ts';
import { unpackJson } from '../table/pack.ts';
import { eachMessage } from './messages.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const { table, log } = on;
  const count = counter(on.env.STACK);
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

  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const response = await eachMessage(event, context, take);
    logBatch(on, 'messages', { records: event.Records.length, failed: response.batchItemFailures.length });
    return response;
  };
}
