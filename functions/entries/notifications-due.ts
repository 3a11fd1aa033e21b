/** The rule that puts failed deliveries back on the queue when they are due. `asOfMs` in the event stands for now. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { sendDue } from '../notifications/due.ts';
import { queueSender } from '../table/queue.ts';
import type { Platform } from './platform.ts';

export function create({ env, clock, table, client, log }: Platform) {
  const deps = { table, clock, deliveries: queueSender(client(SQSClient), env.DELIVERIES_QUEUE_URL!) };

  return async (event: { readonly asOfMs?: number }): Promise<{ readonly sent: number }> => {
    const { sent } = await sendDue(deps, event.asOfMs ?? clock.nowMs());
    log.info('due', { sent });
    return { sent };
  };
}
