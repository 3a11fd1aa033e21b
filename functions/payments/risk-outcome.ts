/** `charge.outcome`: what the rules and the network said of an attempt. */
import type Stripe from 'stripe';
import type { Attempt } from './attempt.ts';

/** What the network and the rules said of an attempt, with the rules' reasons; pure, so an event shows what the charge did. */
export function outcomeOf(attempt: Attempt): Stripe.Charge.Outcome {
  const { risk } = attempt;
  const assessed = {
    risk_level: risk?.level ?? 'not_assessed',
    ...(risk && { risk_score: risk.score }),
    ...(risk?.rule !== undefined && { rule: risk.rule }),
  };
  const facts = {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: attempt.decline?.networkCode ?? null,
  };
  if (attempt.blocked) {
    const message = 'Sluice blocked this payment as too risky.';
    return {
      ...facts,
      ...assessed,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      seller_message: message,
      type: 'blocked',
    };
  }
  if (attempt.status === 'failed') {
    const reason = attempt.decline?.declineCode ?? attempt.decline?.code ?? 'generic_decline';
    const message = 'The bank did not return any further details with this decline.';
    return {
      ...facts,
      ...assessed,
      network_status: 'declined_by_network',
      reason,
      seller_message: message,
      type: 'issuer_declined',
    };
  }
  const reviewed = risk?.action === 'review';
  return {
    ...facts,
    ...assessed,
    network_status: 'approved_by_network',
    reason: reviewed ? 'elevated_risk_level' : null,
    seller_message: reviewed ? 'Sluice evaluated this payment as having elevated risk.' : 'Payment complete.',
    type: reviewed ? 'manual_review' : 'authorized',
  };
}
