/** A card, and the features of its attempts that risk receives. */

import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import type { CardMethodFacts } from '../../../functions/payment-methods/facts.ts';
import type { AttemptFeature } from '../../../functions/risk/port/message.ts';
import type { RiskSubject } from '../../../functions/risk/port/port.ts';

/** In hour 497222. */
export const AT_MS = 1_790_000_000_000;

/** The same card as the rules judge it. */
export const card: NonNullable<RiskSubject['card']> = { fingerprint: 'fp1', funding: 'credit' };

export const method: CardMethodFacts = {
  id: 'pm_1',
  card: {
    brand: 'visa',
    last4: '4242',
    expMonth: 12,
    expYear: 2030,
    funding: 'credit',
    country: 'US',
    fingerprint: 'fp1',
  },
  source: { kind: 'vault', paymentMethod: 'pm_1' },
};

export const feature = (n: number, outcome: AttemptFeature['outcome'], atMs = AT_MS): AttemptFeature => ({
  scope: 'AcmeTest' as Scope,
  attempt: `ch_VVrda1w2abcdefghijk${String(n).padStart(3, '0')}1`,
  payment: `VVrda1w2abcdefghijk${String(n).padStart(3, '0')}` as ObjectKey,
  atMs,
  fingerprint: 'fp1',
  email: 'A@b.example',
  outcome,
});
