/**
 * What a decline of a channel is to a merchant, declines of our own, and whether a refused operation is sent again. Codes are Stripe's
 * (docs.stripe.com/error-codes); the texts of a wallet name no card. Pure.
 */
import type { Decline, OperationOutcome } from '../channels/port/port.ts';
import { type Attempt, awaitsDecision, isOrder } from './attempt.ts';

/** The channel did not take the request: nothing about the payer or the payment method is wrong. */
export const NOT_ACCEPTED: Decline = {
  code: 'processing_error',
  message: 'The channel did not accept the payment. Try again in a little bit.',
};

/** A charge without an intent cannot be challenged. */
export const CANNOT_ASK: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

const WALLET_DECLINED: Decline = {
  code: 'payment_method_provider_decline',
  message: 'The payment method was declined. Provide a new payment method to try again.',
};
const WALLET_ERROR: Decline = {
  code: 'processing_error',
  message: 'An error occurred while processing the payment. Try again in a little bit.',
};
const ACTION_REFUSED: Decline = {
  code: 'payment_intent_action_required',
  message:
    "The provided payment method requires customer actions to complete, but `error_on_requires_action` was set. If you'd like to add this payment method to your integration, we recommend that you first upgrade your integration to handle actions.",
};

/** What our own risk rules refused. */
export const declinedByRisk = (attempt: Attempt): Decline =>
  isOrder(attempt)
    ? WALLET_DECLINED
    : { code: 'card_declined', declineCode: 'fraudulent', message: 'Your card was declined.' };

/** Partial payment was not agreed. */
export const paidInPartOnly = (attempt: Attempt): Decline =>
  isOrder(attempt)
    ? {
        code: 'payment_intent_payment_attempt_failed',
        message: 'The payer paid a part of the amount only. What was taken is returned.',
      }
    : {
        code: 'processing_error',
        message: 'Your card was approved for a part of the amount only. What was taken is returned.',
      };

/** Nothing of the attempt can be paid any more, and the channel gave no reason. */
export function withoutAnswer(attempt: Attempt): Decline {
  if (!isOrder(attempt))
    return {
      // A card that was challenged did reach its channel.
      ...(attempt.status === 'sent' && { class: 'technical_not_accepted' }),
      code: 'processing_error',
      message: 'An error occurred while processing your card. Try again in a little bit.',
    };
  if (awaitsDecision(attempt))
    return {
      code: 'payment_intent_payment_attempt_failed',
      message: 'The payment was not completed. Provide a new payment method to try again.',
    };
  if (attempt.status !== 'requires_action') return NOT_ACCEPTED;
  return {
    code: 'payment_intent_payment_attempt_expired',
    message: 'The payer did not pay in time. Provide a new payment method to try again.',
  };
}

/** The channel did not say what became of the attempt, and released whatever there was of it. */
export const VOIDED_UNANSWERED: Decline = {
  code: 'processing_error',
  message: 'The outcome of the payment stayed unknown, so it was voided. Try again in a little bit.',
};

/**
 * A channel's decline, for this attempt. A request for a decline in place of a challenge gets a code of its own
 * (docs.stripe.com/declines/codes: authentication_not_handled). What a channel says of cards is no text for a wallet.
 */
export function shownDecline(attempt: Attempt, decline: Decline): Decline {
  const isUnasked = attempt.noChallenge === true && decline.code === 'authentication_required';
  if (!isOrder(attempt)) return isUnasked ? { ...decline, declineCode: 'authentication_not_handled' } : decline;
  const { networkCode, class: kind } = decline;
  const facts = { ...(kind && { class: kind }), ...(networkCode !== undefined && { networkCode }) };
  if (isUnasked) return { ...ACTION_REFUSED, ...facts };
  if (decline.code === WALLET_ERROR.code) return { ...WALLET_ERROR, ...facts };
  return CARD_CODES.includes(decline.code) ? { ...WALLET_DECLINED, ...facts } : decline;
}

/** Codes that say something of a card. */
const CARD_CODES: readonly string[] = [
  'card_declined',
  'authentication_required',
  'expired_card',
  'incorrect_cvc',
  'incorrect_number',
  'invalid_cvc',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'invalid_number',
];

/** The decline as it is stored and shown. Its class has decided what it decides by then, except what the charge's outcome says of it. */
export function storedDecline({ class: kind, ...decline }: Decline): Decline {
  if (kind === 'technical_not_accepted') return { class: kind, ...decline };
  if (kind !== 'configuration') return decline;
  const { networkCode } = decline;
  return { class: kind, ...NOT_ACCEPTED, ...(networkCode !== undefined && { networkCode }) };
}

/** Whether the channel did nothing with the attempt: no issuer and no wallet was asked. Declines of 0.1 do not say. */
export const wasNotSent = ({ decline }: Pick<Attempt, 'decline'>): boolean =>
  decline?.class === 'configuration' || decline?.class === 'technical_not_accepted';

/** Whether the channel refused because our own account or request is wrong: for the operator, and never shown as a decline of the payer's. */
export const isOurFault = (outcome: { readonly kind: string; readonly decline?: Decline }): boolean =>
  outcome.kind === 'failed' && outcome.decline?.class === 'configuration';

/**
 * Whether a channel refused an operation that it may carry out later, under the same reference: it was not accepted, or the balance at the
 * channel was too small. Until then it is pending.
 */
export const isRefusedForNow = (outcome: OperationOutcome | { readonly kind: 'not_found' }): boolean =>
  outcome.kind === 'failed' && (outcome.retryable === true || outcome.decline.class === 'technical_not_accepted');
