/** `charge.outcome`: what the rules and the network said of an attempt. */
import type Stripe from 'stripe';
import { type Attempt, isOrder } from './attempt.ts';
import { wasNotSent } from './decline.ts';

type DeclinedBy = Pick<Stripe.Charge.Outcome, 'network_status' | 'seller_message' | 'type'>;

const BY_ISSUER: DeclinedBy = {
  network_status: 'declined_by_network',
  seller_message: 'The bank did not return any further details with this decline.',
  type: 'issuer_declined',
};

const NOT_SENT: DeclinedBy = {
  network_status: 'not_sent_to_network',
  seller_message: 'This payment was not accepted for processing.',
  type: 'invalid',
};

const declinedBy = (attempt: Attempt): DeclinedBy =>
  wasNotSent(attempt) ? NOT_SENT : isOrder(attempt) ? byWallet(attempt) : BY_ISSUER;

/** A wallet has no bank: its provider declined the payment, or its payer did not complete it. */
const byWallet = ({ decline }: Attempt): DeclinedBy =>
  decline?.code === 'payment_method_provider_decline'
    ? {
        network_status: 'declined_by_network',
        seller_message: 'The payment method provider declined this payment.',
        type: 'issuer_declined',
      }
    : {
        network_status: 'not_sent_to_network',
        seller_message: 'This payment was not completed.',
        type: 'invalid',
      };

/** What the network and the rules said of an attempt, with the rules' reasons; pure, so an event shows what the charge did. */
export function outcomeOf(attempt: Attempt): Stripe.Charge.Outcome {
  const { risk } = attempt;
  // Of a payment without a card Stripe shows no level and no score, whatever the rules decided (Charges.d.ts, Outcome).
  const shown = attempt.method.type === undefined ? risk : undefined;
  const assessed = {
    risk_level: shown?.level ?? 'not_assessed',
    ...(shown && { risk_score: shown.score }),
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
    return { ...facts, ...assessed, reason, ...declinedBy(attempt) };
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
