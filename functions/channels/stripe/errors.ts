/**
 * Stripe's errors as declines (docs.stripe.com/declines/codes, docs.stripe.com/error-codes, November 2026). Pure. What each code means for the next
 * step is our reading; the codes and their texts are Stripe's.
 */
import type { Decline, DeclineClass, OperationOutcome } from '../port/port.ts';
import type { LastError, StripeError } from './objects.ts';

const CODES_BY_CLASS: Readonly<Record<DeclineClass, string>> = {
  hard: `expired_card fraudulent highest_risk_level invalid_account live_mode_test_card lost_card merchant_blacklist
    new_account_information_available do_not_try_again pickup_card pin_try_exceeded previously_declined_do_not_retry restricted_card
    revocation_of_all_authorizations revocation_of_authorization rule security_violation service_not_allowed stolen_card stop_payment_order
    test_mode_live_card testmode_decline transaction_not_allowed`,
  soft: `approve_with_id call_issuer card_decline_rate_limit_exceeded card_declined card_velocity_exceeded do_not_honor elevated_risk_level
    generic_decline insufficient_funds issuer_not_available no_action_taken not_permitted processing_error reenter_transaction try_again_later
    withdrawal_count_limit_exceeded`,
  authentication: `authentication_failure authentication_not_handled authentication_required mobile_device_authentication_required
    payment_intent_action_required payment_intent_authentication_failure setup_intent_authentication_failure`,
  payer_action: `card_not_supported expired_payment_method incorrect_address incorrect_cvc incorrect_number incorrect_pin incorrect_postal_code
    incorrect_zip invalid_card_type invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number invalid_pin offline_pin_required
    online_or_offline_pin_required payment_intent_payment_attempt_expired payment_intent_payment_attempt_failed
    payment_method_customer_decline payment_method_provider_decline setup_attempt_failed setup_intent_setup_attempt_expired`,
  configuration: `amount_too_large amount_too_small charge_exceeds_source_limit charge_exceeds_transaction_limit currency_not_supported
    duplicate_transaction invalid_amount`,
  technical_not_accepted: 'lock_timeout payment_intent_rate_limit_exceeded rate_limit',
};

const CLASSES: ReadonlyMap<string, DeclineClass> = new Map(
  Object.entries(CODES_BY_CLASS).flatMap(([kind, codes]) =>
    codes.split(/\s+/).map((code) => [code, kind as DeclineClass] as const),
  ),
);

/** The class of a decline code, or of an error's code; undefined for one that the table does not have: nothing is tried again then. */
export const classOfCode = (code: string): DeclineClass | undefined => CLASSES.get(code);

/** What the issuer advises (docs.stripe.com/declines/card) is above the table, except that it never softens a hard decline. */
const ADVICE: Readonly<Record<string, DeclineClass>> = {
  do_not_try_again: 'hard',
  confirm_card_data: 'payer_action',
  try_again_later: 'soft',
};

function classOf({
  code,
  decline_code: declineCode,
  advice_code: advice,
}: Partial<LastError>): DeclineClass | undefined {
  // A decline code of another release says more than that the card was declined.
  const isPlain = code === 'card_declined' && declineCode !== undefined;
  const listed = CLASSES.get(declineCode ?? '') ?? (isPlain ? undefined : CLASSES.get(code ?? ''));
  const advised = advice !== undefined && Object.hasOwn(ADVICE, advice) ? ADVICE[advice] : undefined;
  return listed === 'hard' || listed === 'authentication' ? listed : (advised ?? listed);
}

const PLAIN = 'Your card was declined.';

/** Why a payment or a setup failed, in the port's terms. The texts are Stripe's own, which name no card. */
export function declineOf(error: Partial<LastError>): Decline {
  const { code = 'card_declined', decline_code: declineCode, message, network_decline_code: network } = error;
  const kind = classOf({ ...error, code });
  const networkCode = network ?? declineCode ?? code;
  return {
    ...(kind && { class: kind }),
    code,
    ...(declineCode !== undefined && { declineCode }),
    message: message ?? PLAIN,
    networkCode: networkCode.slice(0, 60),
    ...(error.advice_code !== undefined && { adviceCode: error.advice_code }),
  };
}

const PROCESSING_ERROR = {
  code: 'processing_error',
  message: 'An error occurred while processing your card. Try again in a little bit.',
} as const;

/** Stripe took no request for now, and did nothing: another account may take it. */
export const notNow = (code: string): Decline => ({
  class: 'technical_not_accepted',
  ...PROCESSING_ERROR,
  networkCode: code,
});

/** Our own account or request is wrong: nothing was done, and a retry would not help. */
export const ourFault = (code: string): Decline => ({ class: 'configuration', ...PROCESSING_ERROR, networkCode: code });

/** A refused operation on a payment: it had no effect. The state of the payment is the reason, so a class says nothing. */
const REFUSED_OPERATIONS: ReadonlySet<string> = new Set([
  'amount_too_large',
  'amount_too_small',
  'capture_charge_authorization_expired',
  'charge_already_captured',
  'charge_already_refunded',
  'charge_disputed',
  'charge_expired_for_capture',
  'charge_not_refundable',
  'intent_invalid_state',
  'payment_intent_unexpected_state',
  'refund_disputed_payment',
  'setup_intent_unexpected_state',
  'status_transition_invalid',
]);

/** The balance at Stripe does not cover the refund: the same refund may be taken later. */
const BALANCE_TOO_LOW: ReadonlySet<string> = new Set(['balance_insufficient', 'insufficient_funds']);

/** What was refused: a payment or a setup, or something that was asked of one. */
export type Refused = 'payment' | 'operation' | 'refund' | 'dispute';

/** A refusal whose cause may be gone later. */
export const isBalanceTooLow = ({ code }: Pick<StripeError, 'code'>): boolean =>
  code !== undefined && BALANCE_TOO_LOW.has(code);

/** Whether the request may have taken effect although it was refused now: its key is in use, or was used for another request. */
export const isOfKey = (status: number, { type, code }: Pick<StripeError, 'type' | 'code'>): boolean =>
  type === 'idempotency_error' || code === 'idempotency_key_in_use' || status === 409;

/**
 * What an error with a status of 4xx means for the request: `failed` where Stripe did not carry it out, `unknown` where it may have
 * (docs.stripe.com/error-low-level).
 */
export function refusalOf(
  what: Refused,
  status: number,
  error: StripeError,
): Extract<OperationOutcome, { kind: 'failed' | 'unknown' }> {
  const { type, code = type, message } = error;
  if (isOfKey(status, error)) return { kind: 'unknown', reason: `refused: ${code}` };
  if (status === 429) return { kind: 'failed', decline: notNow(code) };
  const shown = { code, message: message ?? 'Stripe refused the request.', networkCode: code };
  if (what === 'refund' && isBalanceTooLow(error)) return { kind: 'failed', retryable: true, decline: shown };
  if (what !== 'payment' && REFUSED_OPERATIONS.has(code)) return { kind: 'failed', decline: shown };
  if (status === 402 || type === 'card_error') return { kind: 'failed', decline: declineOf(error) };
  if (status === 400 && what !== 'payment' && error.code === undefined) return { kind: 'failed', decline: shown };
  return [400, 401, 403, 404].includes(status)
    ? { kind: 'failed', decline: ourFault(code) }
    : { kind: 'unknown', reason: `status ${status}` };
}
