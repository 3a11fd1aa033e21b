/** The payment methods' HTTP routes. */
import { KMSClient } from '@aws-sdk/client-kms';
import { httpHandler } from '../api/http.ts';
import { dataKeys, kmsKeyService } from '../vault/keys.ts';
import { vaultOperations } from '../vault/operations.ts';
import { httpDeps } from './http-deps.ts';
import { notingFor } from './noting-for.ts';
import type { Platform } from './platform.ts';

export function create(platform: Platform) {
  const on = notingFor(platform);
  const { env, table, clock, client } = on;
  const keyService = kmsKeyService(client(KMSClient), env.VAULT_KEY!, env.FINGERPRINT_KEY);
  return httpHandler(
    { ...httpDeps(on), keys: dataKeys({ table, keyService, clock }), mac: keyService.mac },
    vaultOperations,
  );
}
