/** What the fan-out's two entries share. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { settingsReader } from '../merchants/store.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import type { Logger } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import { queueSender } from '../shared/queue.ts';
import type { FanOutDeps } from './fan-out.ts';

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
