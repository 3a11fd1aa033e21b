/** What a confirmation changes on a payment, beside its outcome: shared by the request that creates it and later ones. Pure. */
import { refused } from '../api/errors.ts';
import type { Call } from '../api/operation.ts';
import { shippingOf } from '../api/person.ts';
import { usageOf } from '../payment-methods/card-params.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { acceptanceOf } from '../payment-methods/mandate-data.ts';
import type { RiskDecision } from '../risk/port/risk.ts';
import type { PaymentsDeps } from './deps.ts';
import { featuresAfter } from './hold-features.ts';
import { walletOptionsAfter } from './method-types.ts';
import { newAttempt } from './new-attempt.ts';
import type { ConfirmParams } from './params.ts';
import type { Payment } from './payment.ts';

/** What both creation and confirmation may say of whom it is for, and of what becomes of the card. */
export function detailsOf(
  params: Pick<
    ConfirmParams,
    | 'capture_method'
    | 'excluded_payment_method_types'
    | 'receipt_email'
    | 'setup_future_usage'
    | 'shipping'
    | 'payment_method_options'
  >,
  before: Pick<Payment, 'requestedFeatures' | 'walletOptions'> = {},
): Partial<
  Pick<
    Payment,
    | 'receiptEmail'
    | 'setupFutureUsage'
    | 'shipping'
    | 'captureMethod'
    | 'requestedFeatures'
    | 'requestChallenge'
    | 'walletOptions'
    | 'cardHeld'
    | 'excludedTypes'
  >
> {
  const { receipt_email: receiptEmail, shipping, payment_method_options: options } = params;
  const {
    setup_future_usage: own,
    capture_method: ownCapture,
    request_three_d_secure: requestChallenge,
  } = options?.card ?? {};
  const { excluded_payment_method_types: excluded } = params;
  const usage = usageOf(own, params.setup_future_usage);
  const requestedFeatures = featuresAfter(options, before.requestedFeatures);
  const walletOptions = walletOptionsAfter(options, before.walletOptions);
  return {
    ...(params.capture_method !== undefined && { captureMethod: params.capture_method }),
    ...(ownCapture !== undefined && { cardHeld: ownCapture === 'manual' }),
    ...(excluded !== undefined && { excludedTypes: excluded === '' ? [] : excluded }),
    ...(receiptEmail !== undefined && receiptEmail !== '' && { receiptEmail }),
    ...(requestChallenge !== undefined && { requestChallenge }),
    ...(usage && { setupFutureUsage: usage }),
    ...(requestedFeatures && { requestedFeatures }),
    ...(walletOptions && { walletOptions }),
    ...(shipping && { shipping: shippingOf(shipping) }),
  };
}

/** What a fresh attempt changes: `processing` from here until an outcome is committed. */
export function startAttempt(
  deps: Pick<PaymentsDeps, 'channel' | 'returnUrl'>,
  call: Call,
  payment: Payment,
  method: MethodFacts,
  params: ConfirmParams,
  risk: RiskDecision,
  nowMs: number,
): Pick<Payment, 'status' | 'cause' | 'method' | 'attempts'> {
  const attempt = newAttempt(
    deps,
    call,
    payment,
    {
      method,
      returnUrl: params.return_url,
      offSession: params.off_session,
      noChallenge: params.error_on_requires_action,
      wantsChallenge: (payment.requestChallenge ?? 'automatic') !== 'automatic',
      acceptance: acceptanceOf(params.mandate_data, nowMs),
      mandate: params.mandate,
      risk,
    },
    nowMs,
  );
  return {
    status: 'processing',
    cause: 'confirming',
    method,
    attempts:
      payment.method || payment.attempts.length > 0 ? [...payment.attempts, attempt] : [{ ...attempt, named: true }],
  };
}

/** 400 for a payment that has no payment method to pay with. */
export const missingMethod = (payment?: object) =>
  refused(
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.",
    { code: 'payment_intent_unexpected_state', ...(payment && { payment_intent: payment }) },
  );
