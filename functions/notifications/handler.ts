/** Lambda entry of the HTTP routes on events and webhook endpoints. */
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { kmsSeal } from '../channels/store.ts';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { queueSender } from '../shared/queue.ts';
import { notificationsOperations } from './api.ts';

export const handler = httpHandler(
  {
    ...httpDeps(),
    seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
    deliveries: queueSender(new SQSClient(), process.env.DELIVERIES_QUEUE_URL!),
    allowPrivate: process.env.ALLOW_PRIVATE_WEBHOOKS === '1',
  },
  notificationsOperations,
);
