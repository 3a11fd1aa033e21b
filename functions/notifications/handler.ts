/** Lambda entry of the HTTP routes on events and webhook endpoints. */
import { KMSClient } from '@aws-sdk/client-kms';
import { kmsSeal } from '../channels/store.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpHandler } from '../shared/http.ts';
import { notificationsOperations } from './api.ts';

export const handler = httpHandler(
  {
    table: dynamoTable(),
    clock: systemClock,
    random: systemRandom,
    seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
    allowPrivate: process.env.ALLOW_PRIVATE_WEBHOOKS === '1',
  },
  notificationsOperations,
);
