import { expect, it } from 'vitest';
import { type CardMethodFacts, instrumentOf } from '../../../functions/payment-methods/facts.ts';

const card = {
  brand: 'visa',
  last4: '4242',
  expMonth: 3,
  expYear: 2040,
  funding: 'credit',
  country: 'US',
  fingerprint: 'abc',
} as const;
const facts = (source: CardMethodFacts['source']): CardMethodFacts => ({ id: 'pm_1', card, source });

it('a card of the vault goes to the channel with the expiry that the merchant knows', () => {
  expect(instrumentOf(facts({ kind: 'vault', paymentMethod: 'pm_0' }))).toEqual({
    kind: 'vault',
    paymentMethod: 'pm_0',
    expiry: { expMonth: 3, expYear: 2040 },
  });
});

it('a published test card goes as its id', () => {
  expect(instrumentOf(facts({ kind: 'test', token: 'pm_card_visa' }))).toEqual({
    kind: 'test',
    token: 'pm_card_visa',
  });
});
