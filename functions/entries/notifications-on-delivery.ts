/** The deliveries queue. What an endpoint does not take is noted in the table and leaves the queue. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { bounded } from '../notifications/bounded.ts';
import { cachedSecrets } from '../notifications/cached-secrets.ts';
import { type DeliveryDeps, deliver, MOST_BYTES } from '../notifications/delivery.ts';
import type { DeliveryMessage } from '../notifications/messages.ts';
import { eachMessage } from './messages.ts';
import type { Platform } from './platform.ts';
import { secretsCipher } from './secrets.ts';

export function create({ env, clock, table, client, sendWebhook, log }: Platform) {
  const deps: DeliveryDeps = {
    table,
    clock,
    cipher: cachedSecrets(secretsCipher({ client, env }), clock),
    send: sendWebhook,
    allowPrivate: env.ALLOW_PRIVATE_WEBHOOKS === '1',
    bounded: bounded(MOST_BYTES),
  };

  const take = async (record: SQSRecord): Promise<void> => {
    try {
      const message = JSON.parse(record.body) as DeliveryMessage;
      const { scope, endpoint, attempt = 1 } = message;
      log.info('delivery', { scope, endpoint, attempt, ...(await deliver(deps, message)) });
    } catch (error) {
      // Ours (a key, a table out of reach), not the endpoint's: it is tried again after the queue's own time.
      log.error('delivery failed', { messageId: record.messageId, error: error as Error });
      throw error;
    }
  };

  return (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => eachMessage(event, context, take);
}
