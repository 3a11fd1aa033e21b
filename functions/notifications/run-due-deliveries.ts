/** Lambda entry of the rule that puts failed deliveries back on the queue when they are due. `asOfMs` in the event stands for now. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { logger } from '../shared/log.ts';
import { queueSender } from '../shared/queue.ts';
import { sendDue } from './due.ts';

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
