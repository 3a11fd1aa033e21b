/** Lambda entry on the callbacks queue (FIFO, group = payment): a message that fails delays only later ones of its own payment. */
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { takeCallback } from '../recovery/callback.ts';
import { logBatch } from '../table/log-batch.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';

const log = logger('payments-on-callback');
const deps = paymentsDeps(withoutSending);
const processor = new SqsFifoPartialProcessorAsync();

/** The channel's limit (12 s) twice, for a query and a completion, and time to commit. */
const ASKING_MS = 26_000;

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

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const options = { context, skipGroupOnError: true, throwOnFullBatchFailure: false };
  const response = await processPartialResponse(event, take, processor, options);
  // What a single callback was about stands in the line of the request that brought it.
  logBatch(log, 'callbacks', { records: event.Records.length, failed: response.batchItemFailures.length });
  return response;
};
