/** The queue of changes that could not be fanned out. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { fanOutMessage } from '../notifications/fan-out.ts';
import { logBatch } from '../table/log-batch.ts';
import { fanOutDeps } from './fan-out-deps.ts';
import { eachMessage } from './messages.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const deps = fanOutDeps(on);

  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const response = await eachMessage(event, context, ({ body }) => fanOutMessage(deps, body));
    logBatch(on, 'messages', { records: event.Records.length, failed: response.batchItemFailures.length });
    return response;
  };
}
