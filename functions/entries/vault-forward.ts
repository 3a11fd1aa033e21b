/** Invoked by payments: forwards one authorization. It always returns an outcome, and never card data. */
import { KMSClient } from '@aws-sdk/client-kms';
import type { AttemptOutcome } from '../channels/port/port.ts';
import { cardClients } from '../channels/registry.ts';
import { packJson, unpackJson } from '../table/pack.ts';
import { currentRequest, type EarlierRequest } from '../vault/earlier.ts';
import { forward } from '../vault/forward.ts';
import { dataKeys, kmsKeyService } from '../vault/keys.ts';
import type { ForwardRequest } from '../vault/port/port.ts';
import { channelsDeps } from './channels.ts';
import type { Platform } from './platform.ts';
import { channelCredentials } from './secrets.ts';

export function create(on: Platform) {
  const { env, clock, table, client, log } = on;
  const { credentials } = channelCredentials(on);
  const deps = {
    table,
    clock,
    keys: dataKeys({ table, keyService: kmsKeyService(client(KMSClient), env.VAULT_KEY!), clock }),
    channel: cardClients(channelsDeps(on, credentials)),
    warn: (message: string) => log.warn(message),
  };

  return async (event: unknown): Promise<unknown> => {
    const startedMs = clock.nowMs();
    const request = currentRequest(unpackJson<ForwardRequest | EarlierRequest>(JSON.stringify(event)));
    const outcome = await forward(deps, request).catch((error: unknown): AttemptOutcome => {
      // Its name alone: what a library says of an error may hold what it worked on.
      log.error('forward failed', { reason: error instanceof Error ? error.name : 'unknown' });
      return { kind: 'unknown', reason: 'the vault failed' };
    });
    const { reference, account } = request.request;
    log.info('forward', { reference, channel: account.channel, kind: outcome.kind, ms: clock.nowMs() - startedMs });
    return JSON.parse(packJson(outcome));
  };
}
