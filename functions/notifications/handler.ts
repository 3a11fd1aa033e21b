/** Lambda entry of the HTTP routes on events and webhook endpoints. */
import { KMSClient } from '@aws-sdk/client-kms';
import { kmsSeal } from '../channels/store.ts';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { notificationsOperations } from './api.ts';

export const handler = httpHandler(
  {
    ...httpDeps(),
    seal: kmsSeal(new KMSClient(), process.env.SECRETS_KEY!),
    allowPrivate: process.env.ALLOW_PRIVATE_WEBHOOKS === '1',
  },
  notificationsOperations,
);
