/** What the fan-out's two entries share. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import type { FanOutDeps } from '../notifications/fan-out.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { queueSender } from '../table/queue.ts';

export const fanOutDeps = (log: Logger, sqs = new SQSClient(), table = dynamoTable()): FanOutDeps => ({
  table,
  clock: systemClock,
  random: systemRandom,
  deliveries: queueSender(sqs, process.env.DELIVERIES_QUEUE_URL!),
  features: queueSender(sqs, process.env.FEATURES_QUEUE_URL!),
  settings: settingsReader(table, systemClock),
  unseen: (attempts) => count({ RiskFeaturesUnavailable: attempts }),
  failed: (error) => log.error('change not fanned out', { error }),
  alarm: (name, facts) => {
    log.warn(name, { ...facts });
    count({ [name]: 1 });
  },
});
