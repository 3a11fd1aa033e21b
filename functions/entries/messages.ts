/** One batch of a standard queue: every message is tried, and the answer names those that failed. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** A processor keeps the batch that it works on. Each batch has its own, because a process may work on two at a time. */
export const eachMessage = (
  event: SQSEvent,
  context: Context,
  take: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> =>
  processPartialResponse(event, take, new BatchProcessor(EventType.SQS), { context, throwOnFullBatchFailure: false });
