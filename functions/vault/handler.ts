/** Lambda entry of the payment methods' HTTP routes. */
import { KMSClient } from '@aws-sdk/client-kms';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { vaultOperations } from './api.ts';
import { dataKeys, kmsKeyService } from './keys.ts';

const http = httpDeps();
const { table, clock } = http;
const keyService = kmsKeyService(new KMSClient(), process.env.VAULT_KEY!, process.env.FINGERPRINT_KEY);

export const handler = httpHandler(
  { ...http, keys: dataKeys({ table, keyService, clock }), mac: keyService.mac },
  vaultOperations,
);
