/** What the fan-out's two entries share. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { counter } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import type { FanOutDeps } from '../notifications/fan-out.ts';
import { queueSender } from '../table/queue.ts';
import type { Platform } from './platform.ts';

export function fanOutDeps({ env, clock, random, table, client, log }: Platform): FanOutDeps {
  const count = counter(env.STACK);
  const sqs = client(SQSClient);
  return {
    table,
    clock,
    random,
    deliveries: queueSender(sqs, env.DELIVERIES_QUEUE_URL!),
    features: queueSender(sqs, env.FEATURES_QUEUE_URL!),
    settings: settingsReader(table, clock),
    unseen: (attempts) => count({ RiskFeaturesUnavailable: attempts }),
    failed: (error) => log.error('change not fanned out', { error }),
    alarm: (name, facts) => {
      log.warn(name, { ...facts });
      count({ [name]: 1 });
    },
  };
}
