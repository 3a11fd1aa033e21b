/** The sandbox's decline reasons in Stripe's words (docs.stripe.com/declines/codes, docs.stripe.com/error-codes, docs.stripe.com/testing). */
import type { Decline, DeclineClass } from '../port/port.ts';

const declined = (declineCode: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  declineCode,
  message,
});

const PROCESSING_ERROR: Decline = {
  code: 'processing_error',
  message: 'An error occurred while processing your card. Try again in a little bit.',
};

const DECLINES: Readonly<Record<string, Decline>> = {
  do_not_honor: declined('generic_decline'),
  insufficient_funds: declined('insufficient_funds', 'Your card has insufficient funds.'),
  lost_card: declined('lost_card'),
  stolen_card: declined('stolen_card'),
  card_velocity_exceeded: declined(
    'card_velocity_exceeded',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ),
  expired_card: { code: 'expired_card', message: 'Your card has expired.' },
  incorrect_cvc: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  processing_error: PROCESSING_ERROR,
  authentication_required: {
    code: 'authentication_required',
    declineCode: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
  authentication_failed: {
    code: 'payment_intent_authentication_failure',
    message:
      'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
  },
  not_a_test_card: declined(
    'test_mode_live_card',
    'Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
  ),
  capture_failed: { code: 'processing_error', message: 'The acquirer could not capture this charge.' },
  refund_failed: {
    code: 'expired_or_canceled_card',
    message: 'The card that was charged has expired or was canceled.',
  },
  not_capturable: { code: 'charge_expired_for_capture', message: 'The acquirer no longer holds this authorization.' },
  not_voidable: { code: 'payment_intent_unexpected_state', message: 'The acquirer has nothing to release.' },
  not_incrementable: { code: 'card_declined', message: 'The acquirer cannot hold more for this charge.' },
  payer_declined: {
    code: 'payment_method_customer_decline',
    message: 'The payer declined the payment at the wallet. Provide a new payment method to try again.',
  },
  wallet_declined: {
    code: 'payment_method_provider_decline',
    message: 'The wallet declined the payment. Provide a new payment method to try again.',
  },
  order_expired: {
    code: 'payment_intent_payment_attempt_expired',
    message: 'The payer did not pay at the wallet in time. Provide a new payment method to try again.',
  },
  order_closed: {
    code: 'payment_intent_payment_attempt_failed',
    message: 'The order at the wallet was closed before it was paid. Provide a new payment method to try again.',
  },
  order_paid: { code: 'payment_intent_unexpected_state', message: 'The order was paid or is being paid.' },
  balance_too_low: { code: 'insufficient_funds', message: 'The balance at the channel does not cover this refund.' },
  wallet_refund_failed: { code: 'declined', message: 'The wallet sent the refund back.' },
  dispute_closed: { code: 'dispute_closed', message: 'The dispute no longer takes an answer.' },
  not_refundable: { code: 'charge_not_refundable', message: 'The acquirer has nothing left to refund.' },
};

/** What each decline of a payment means for what comes next. A decline of an operation has no class. */
const CLASSES: Readonly<Record<string, DeclineClass>> = {
  lost_card: 'hard',
  stolen_card: 'hard',
  expired_card: 'hard',
  not_a_test_card: 'hard',
  do_not_honor: 'soft',
  insufficient_funds: 'soft',
  card_velocity_exceeded: 'soft',
  processing_error: 'soft',
  authentication_required: 'authentication',
  authentication_failed: 'authentication',
  incorrect_cvc: 'payer_action',
  payer_declined: 'payer_action',
  wallet_declined: 'payer_action',
  order_expired: 'payer_action',
  order_closed: 'payer_action',
};

/** The sandbox did not accept the request (our key, our form): it had no effect, and a retry would not help. */
export const NOT_ACCEPTED: Decline = { class: 'configuration', ...PROCESSING_ERROR };

/** The sandbox takes no charge for now, and did nothing: another account may take it. */
export const NOT_NOW: Decline = { class: 'technical_not_accepted', ...PROCESSING_ERROR };

/** What a decline means to a merchant; a reason that we do not know is a plain decline. */
export const declineOf = (reason: string, networkCode: string): Decline => ({
  ...(Object.hasOwn(CLASSES, reason) && { class: CLASSES[reason]! }),
  ...(Object.hasOwn(DECLINES, reason) ? DECLINES[reason]! : declined('generic_decline')),
  networkCode,
});
