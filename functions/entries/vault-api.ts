/** Lambda entry of the payment methods' HTTP routes. */
import { KMSClient } from '@aws-sdk/client-kms';
import { httpHandler } from '../api/http.ts';
import { dataKeys, kmsKeyService } from '../vault/keys.ts';
import { vaultOperations } from '../vault/operations.ts';
import { httpDeps } from './http-deps.ts';

const http = httpDeps();
const { table, clock } = http;
const keyService = kmsKeyService(new KMSClient(), process.env.VAULT_KEY!, process.env.FINGERPRINT_KEY);

export const handler = httpHandler(
  { ...http, keys: dataKeys({ table, keyService, clock }), mac: keyService.mac },
  vaultOperations,
);
