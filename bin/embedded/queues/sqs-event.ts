/** Between messages and a Lambda function: the event that it is called with, and what its answer says. */

import type { Queue } from '../wiring/model-types.ts';
import { type Message, messageIdOf } from './message.ts';

/** The members of a record that functions read. Tokens and checksums of SQS are left out: the mapping deletes messages. */
export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, never>>;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
}

export const eventOf = (queue: Queue, batch: readonly Message[]): { readonly Records: readonly SqsRecord[] } => ({
  Records: batch.map((message) => recordOf(queue, message)),
});

export function recordOf({ arn }: Queue, message: Message): SqsRecord {
  const { id, body, group, dedupe, sentMs, receives, firstMs } = message;
  return {
    messageId: messageIdOf(id),
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentMs),
      ApproximateFirstReceiveTimestamp: String(firstMs),
      ...(group !== undefined && {
        MessageGroupId: group,
        SequenceNumber: String(id).padStart(20, '0'),
        ...(dedupe !== undefined && { MessageDeduplicationId: dedupe }),
      }),
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
  };
}

/**
 * The messages that failed, by the function's answer. As with Lambda, an answer that is not understood fails the whole batch, and no answer
 * means that all succeeded (docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
export function failedOf(batch: readonly Message[], answer: unknown): readonly Message[] {
  if (answer === null || answer === undefined) return [];
  if (typeof answer !== 'object') return batch;
  const failures = 'batchItemFailures' in answer ? answer.batchItemFailures : undefined;
  if (failures === null || failures === undefined) return [];
  if (!Array.isArray(failures)) return batch;
  const ids = new Set(failures.map((failure: unknown) => itemIn(failure)));
  const failed = batch.filter(({ id }) => ids.has(messageIdOf(id)));
  return failed.length === ids.size ? failed : batch;
}

const itemIn = (failure: unknown): unknown =>
  typeof failure === 'object' && failure !== null && 'itemIdentifier' in failure ? failure.itemIdentifier : undefined;
