/** What all of the payments context's Lambda entries share. */
import { KMSClient } from '@aws-sdk/client-kms';
import { credentialStore, kmsCipher } from '../channels/accounts/store.ts';
import type { ReadCredentials } from '../channels/port/credentials.ts';
import { channelClients } from '../channels/registry.ts';
import { sessionWrites } from '../checkout/store.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import type { Risk } from '../risk/port/port.ts';
import { mandateById } from '../setup-intents/mandates.ts';
import { dynamoTable } from '../table/dynamo-table.ts';
import type { Vault } from '../vault/port/port.ts';

const log = logger('payments');

/** Everything but what only a merchant's request needs, and the credentials that the channels' clients use, for other clients of the same entry. */
export function paymentsDeps(requests: {
  readonly vault: Vault;
  readonly risk: (table: PaymentsDeps['table']) => Risk;
}): PaymentsDeps & { readonly credentials: ReadCredentials } {
  const table = dynamoTable();
  const { credentials } = credentialStore({
    table,
    cipher: kmsCipher(new KMSClient(), process.env.SECRETS_KEY!),
    clock: systemClock,
  });
  return {
    table,
    credentials,
    clock: systemClock,
    random: systemRandom,
    channel: channelClients({ sandboxUrl: process.env.SANDBOX_URL!, credentials }),
    settings: settingsReader(table, systemClock),
    companions: sessionWrites,
    // Only requests send attempts, and so say where the payer returns to.
    returnUrl: process.env.RETURN_URL ?? '',
    mandate: (scope, id) => mandateById(table, scope, id),
    vault: requests.vault,
    risk: requests.risk(table),
    contradicted: (facts) => {
      log.warn('channel contradicts', { ...facts });
      count({ CallbacksRefused: 1 });
    },
  };
}

const notHere = (): never => {
  throw new Error('only a request authorizes a payment');
};

/** For callbacks and the janitor: they learn of attempts and make none. */
export const withoutSending = { vault: { forward: notHere }, risk: () => ({ assess: notHere }) } as const;
