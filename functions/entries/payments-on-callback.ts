/** The callbacks queue (FIFO, group = payment): a message that fails delays only later ones of its own payment. */
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { counter } from '../kernel/metrics.ts';
import { takeCallback } from '../recovery/callback.ts';
import { logBatch } from '../table/log-batch.ts';
import { notingFor } from './noting-for.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';
import type { Platform } from './platform.ts';

/** The channel's limit (12 s) twice, for a query and a completion, and time to commit. */
const ASKING_MS = 26_000;

export function create(on: Platform) {
  const { log } = on;
  const count = counter(on.env.STACK);
  const deps = paymentsDeps(notingFor(on), withoutSending);

  const take = async (record: SQSRecord, context: Context): Promise<void> => {
    try {
      const mayAsk = () => context.getRemainingTimeInMillis() > ASKING_MS;
      const { message, applied } = await takeCallback(deps, record.body, mayAsk);
      const facts = {
        channel: message.channel,
        reference: message.fact.reference,
        about: message.fact.about,
        outcome: message.fact.outcome.kind,
      };
      if (applied === 'weaker' || applied === 'foreign' || applied === 'differs') {
        log.warn(`callback ${applied}`, facts);
        count({ CallbacksRefused: 1 });
      }
    } catch (error) {
      log.error('callback failed', { messageId: record.messageId, error: error as Error });
      throw error;
    }
  };

  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const options = { context, skipGroupOnError: true, throwOnFullBatchFailure: false };
    // A processor keeps the batch that it works on, so each batch has its own.
    const response = await processPartialResponse(event, take, new SqsFifoPartialProcessorAsync(), options);
    // What a single callback was about stands in the line of the request that brought it.
    logBatch(on, 'callbacks', { records: event.Records.length, failed: response.batchItemFailures.length });
    return response;
  };
}
