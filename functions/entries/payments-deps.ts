/** What all of the payments context's entries share. */
import type { ReadCredentials } from '../channels/port/credentials.ts';
import { channelClients } from '../channels/registry.ts';
import { sessionWrites } from '../checkout/store.ts';
import { applyReportedDisputes } from '../disputes/outcome.ts';
import { counter } from '../kernel/metrics.ts';
import { settingsReader } from '../merchants/store.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { mandateById } from '../setup-intents/mandates.ts';
import { channelsDeps } from './channels.ts';
import type { Platform } from './platform.ts';
import { channelCredentials } from './secrets.ts';

/** Everything but what only a merchant's request needs, and the credentials that the channels' clients use, for other clients of the same entry. */
export function paymentsDeps(
  on: Platform,
  requests: Pick<PaymentsDeps, 'vault' | 'risk' | 'mayPost'>,
): PaymentsDeps & { readonly credentials: ReadCredentials } {
  const { env, clock, random, table, log } = on;
  const count = counter(env.STACK);
  const { credentials } = channelCredentials(on);
  const leftToCallback = (error: unknown) => log.warn('dispute is left to its callback', { error: String(error) });
  return {
    table,
    credentials,
    clock,
    random,
    channel: channelClients(channelsDeps(on, credentials)),
    settings: settingsReader(table, clock),
    companions: sessionWrites,
    applyDisputes: (payment, attempt, reports) =>
      applyReportedDisputes({ table, clock, failed: leftToCallback }, payment, attempt, reports),
    // Only requests send attempts, and so say where the payer returns to.
    returnUrl: env.RETURN_URL ?? '',
    mandate: (scope, id) => mandateById(table, scope, id),
    ...requests,
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
export const withoutSending = { vault: { forward: notHere }, risk: { assess: notHere }, mayPost: false } as const;
