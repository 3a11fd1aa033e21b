/** The HTTP routes on events and webhook endpoints. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { httpHandler } from '../api/http.ts';
import { notificationsOperations } from '../notifications/operations.ts';
import { queueSender } from '../table/queue.ts';
import { httpDeps } from './http-deps.ts';
import type { Platform } from './platform.ts';
import { secretsCipher } from './secrets.ts';

export const create = (on: Platform) =>
  httpHandler(
    {
      ...httpDeps(on),
      cipher: secretsCipher(on),
      deliveries: queueSender(on.client(SQSClient), on.env.DELIVERIES_QUEUE_URL!),
      allowPrivate: on.env.ALLOW_PRIVATE_WEBHOOKS === '1',
    },
    notificationsOperations,
  );
