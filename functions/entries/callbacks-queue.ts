/** The queue of verified callbacks (FIFO), for functions that put messages on it. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CallbackMessage } from '../channels/port/port.ts';
import { packJson } from '../table/pack.ts';
import type { Platform } from './platform.ts';

/** Puts a message on the queue; resolves once it is durable. The queue drops a deduplication id that it took within five minutes. */
export function callbacksQueue({ env, client }: Pick<Platform, 'env' | 'client'>) {
  const sqs = client(SQSClient);
  return async (message: CallbackMessage, group: string, deduplication: string): Promise<void> => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: env.CALLBACKS_QUEUE_URL,
        MessageBody: packJson(message),
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      }),
    );
  };
}
