/** The delayed queue between a fact and its callback. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Scheduled } from './callback.ts';

/** SQS delays for 15 minutes at most. */
const LONGEST_SECONDS = 900;

/** Puts callbacks on the queue; each comes off it once its delay, rounded up to seconds, is over. */
export const callbackQueue =
  (sqs: SQSClient, queueUrl: string) =>
  async (callbacks: readonly Scheduled[]): Promise<void> => {
    await Promise.all(
      callbacks.map(({ callback, delayMs }) =>
        sqs.send(
          new SendMessageCommand({
            QueueUrl: queueUrl,
            MessageBody: JSON.stringify(callback),
            DelaySeconds: Math.min(Math.ceil(delayMs / 1000), LONGEST_SECONDS),
          }),
        ),
      ),
    );
  };
