/** Lambda entry of the payment methods' HTTP routes. */
import { KMSClient } from '@aws-sdk/client-kms';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { dynamoTable } from '../shared/dynamo-table.ts';
import { httpHandler } from '../shared/http.ts';
import { vaultOperations } from './api.ts';
import { dataKeys, kmsKeyService } from './keys.ts';

const table = dynamoTable();
const clock = systemClock;
const keyService = kmsKeyService(new KMSClient(), process.env.VAULT_KEY!, process.env.FINGERPRINT_KEY);

export const handler = httpHandler(
  { table, clock, random: systemRandom, keys: dataKeys({ table, keyService, clock }), mac: keyService.mac },
  vaultOperations,
);
