/** The official library against the simulator, and a payment that a test only has to vary. */
import Stripe from 'stripe';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { StripeUnderTest } from './under-test.ts';

export const USD = parseCurrency('usd')!;

/** The library, which sends to the simulator alone and never twice. */
export function libraryFor({ simulator }: StripeUnderTest, key = simulator.secretKey): Stripe {
  const { hostname, port } = new URL(simulator.url);
  return new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}

/** A payment of 10 US dollars with a test card, in one step. */
export const orderAt = (under: StripeUnderTest, changes: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
  reference: under.reference(1),
  account: under.account,
  createdMs: under.clock.nowMs(),
  amount: 1_000n,
  currency: USD,
  capture: true,
  instrument: { kind: 'test', token: 'pm_card_visa' },
  offSession: false,
  returnUrl: 'https://pay.example/v1/return/a?b=c&d=é (1)',
  ...changes,
});
