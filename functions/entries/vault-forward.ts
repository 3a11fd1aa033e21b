/** Lambda entry, invoked by payments: forwards one authorization. It always returns an outcome, and never card data. */
import { KMSClient } from '@aws-sdk/client-kms';
import { credentialStore, kmsCipher } from '../channels/accounts/store.ts';
import type { AttemptOutcome } from '../channels/port/port.ts';
import { cardClients } from '../channels/registry.ts';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import { packJson, unpackJson } from '../table/pack.ts';
import { currentRequest, type EarlierRequest } from '../vault/earlier.ts';
import { forward } from '../vault/forward.ts';
import { dataKeys, kmsKeyService } from '../vault/keys.ts';
import type { ForwardRequest } from '../vault/port/port.ts';

const log = logger('vault-forward');
const table = dynamoTable();
const clock = systemClock;
const kms = new KMSClient();
const { credentials } = credentialStore({ table, cipher: kmsCipher(kms, process.env.SECRETS_KEY!), clock });
const deps = {
  table,
  clock,
  keys: dataKeys({ table, keyService: kmsKeyService(kms, process.env.VAULT_KEY!), clock }),
  channel: cardClients({ sandboxUrl: process.env.SANDBOX_URL!, credentials }),
  warn: (message: string) => log.warn(message),
};

export const handler = async (event: unknown): Promise<unknown> => {
  const startedMs = Date.now();
  const request = currentRequest(unpackJson<ForwardRequest | EarlierRequest>(JSON.stringify(event)));
  const outcome = await forward(deps, request).catch((error: unknown): AttemptOutcome => {
    // Its name alone: what a library says of an error may hold what it worked on.
    log.error('forward failed', { reason: error instanceof Error ? error.name : 'unknown' });
    return { kind: 'unknown', reason: 'the vault failed' };
  });
  const { reference, account } = request.request;
  log.info('forward', { reference, channel: account.channel, kind: outcome.kind, ms: Date.now() - startedMs });
  return JSON.parse(packJson(outcome));
};
