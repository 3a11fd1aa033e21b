/** Lambda entry of the rule that puts failed deliveries back on the queue when they are due. `asOfMs` in the event stands for now. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { sendDue } from '../notifications/due.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { queueSender } from '../table/queue.ts';

const log = logger('notifications-due');
const deps = {
  table: dynamoTable(),
  clock: systemClock,
  deliveries: queueSender(new SQSClient(), process.env.DELIVERIES_QUEUE_URL!),
};

export const handler = async (event: { readonly asOfMs?: number }): Promise<{ readonly sent: number }> => {
  const { sent } = await sendDue(deps, event.asOfMs ?? systemClock.nowMs());
  log.info('due', { sent });
  return { sent };
};
