/** Stripe keeps the port's promises, against a simulator of it. */
import { describe, test } from 'vitest';
import { CAPABILITIES } from '../../../functions/channels/stripe/capabilities.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { ContractInstrument } from '../../scenarios/channel-bench.ts';
import { contractCases } from '../../scenarios/channel-contract.ts';
import { stripeUnderTest } from '../../simulators/stripe/under-test.ts';

/** A card whose owner is challenged where that is asked for. */
const CARD: ContractInstrument = {
  name: 'card',
  instrument: { kind: 'test', token: 'pm_card_threeDSecureOptional' },
  currency: parseCurrency('usd')!,
  amount: 1_000n,
};

describe('stripe, card', () => {
  const offer = { capabilities: CAPABILITIES, lists: false, disputes: true };
  test.each(contractCases(offer, stripeUnderTest, CARD))('%s', (_, run) => run());
});
