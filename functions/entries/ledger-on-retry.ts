/** The queue of changes that could not be posted: partial failures go back to the queue, and in the end to its DLQ. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { postMessage } from '../stream/consume.ts';
import { eachMessage } from './messages.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const { log } = on;
  const post = async (record: SQSRecord): Promise<void> => {
    try {
      await postMessage(on, record.body);
    } catch (error) {
      log.error('change not posted', { messageId: record.messageId, error: error as Error });
      throw error;
    }
  };

  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const response = await eachMessage(event, context, post);
    log.info('messages', { records: event.Records.length, failed: response.batchItemFailures.length });
    return response;
  };
}
