/** Lambda entry of the HTTP routes on events and webhook endpoints. */
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { httpHandler } from '../api/http.ts';
import { kmsCipher } from '../channels/accounts/store.ts';
import { notificationsOperations } from '../notifications/operations.ts';
import { queueSender } from '../table/queue.ts';
import { httpDeps } from './http-deps.ts';

export const handler = httpHandler(
  {
    ...httpDeps(),
    cipher: kmsCipher(new KMSClient(), process.env.SECRETS_KEY!),
    deliveries: queueSender(new SQSClient(), process.env.DELIVERIES_QUEUE_URL!),
    allowPrivate: process.env.ALLOW_PRIVATE_WEBHOOKS === '1',
  },
  notificationsOperations,
);
