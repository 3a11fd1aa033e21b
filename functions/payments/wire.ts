/** Stripe's objects, rendered purely from the aggregates: what the API answers, what events carry and what a replay repeats. */
import type Stripe from 'stripe';
import { clientSecretOf } from '../api/client-secret.ts';
import type { ErrorBody } from '../api/errors.ts';
import { renderShipping } from '../api/person.ts';
import { customerId } from '../customers/customer.ts';
import { seconds } from '../kernel/clock.ts';
import { chargeIdOf, type ObjectKey } from '../kernel/ids.ts';
import { wireAmount } from '../kernel/money.ts';
import type { Settings } from '../merchants/merchant.ts';
import { isWallet, typeOf } from '../payment-methods/facts.ts';
import { renderMethodFacts } from '../payment-methods/method.ts';
import { renderAction } from '../payment-methods/next-action.ts';
import { type Attempt, actionOf, hasCharge, needsReview } from './attempt.ts';
import { capturable, capturedAmount, lastAttempt, type Payment, typesOf } from './payment.ts';

export const intentId = (payment: Pick<Payment, 'body'>): `pi_${string}` => `pi_${payment.body}`;
/** The intent of a payment (a charge, a refund, a dispute, a review of it), if it has one. */
export const intentOf = (payment: ObjectKey, { direct }: { readonly direct?: true }): `pi_${string}` | null =>
  direct ? null : `pi_${payment}`;

/** The payment intent; with `settings` its client secret is in it, without (events, stored replies) it is null. */
export function renderPayment(payment: Payment, settings?: Settings): Stripe.PaymentIntent {
  const attempt = lastAttempt(payment);
  const charged = payment.attempts.findLast(
    (candidate) => hasCharge(candidate) && !candidate.surplus && candidate.status !== 'closed',
  );
  return {
    id: intentId(payment),
    object: 'payment_intent',
    allowed_payment_method_types: [...typesOf(payment)],
    amount: wireAmount(payment.amount),
    amount_capturable: wireAmount(capturable(payment)),
    amount_details: { tip: {} },
    amount_received: wireAmount(capturedAmount(payment)),
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: payment.automaticMethods
      ? { enabled: true, allow_redirects: payment.automaticMethods }
      : null,
    canceled_at: payment.canceledMs === undefined ? null : seconds(payment.canceledMs),
    cancellation_reason: payment.cancellationReason ?? null,
    capture_method: payment.captureMethod,
    client_secret: settings ? clientSecretOf(settings, intentId(payment)) : null,
    confirmation_method: payment.confirmationMethod,
    created: seconds(payment.createdMs),
    currency: payment.currency,
    customer: payment.customer === undefined ? null : customerId(payment.customer),
    customer_account: null,
    description: payment.description ?? null,
    excluded_payment_method_types: payment.excludedTypes?.length ? [...payment.excludedTypes] : null,
    last_payment_error: lastError(payment),
    latest_charge: charged ? chargeIdOf(payment.body, charged.ordinal) : null,
    livemode: payment.livemode,
    managed_payments: null,
    metadata: { ...payment.metadata },
    next_action: nextAction(payment, attempt),
    on_behalf_of: null,
    payment_method: payment.method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: optionsOf(payment),
    payment_method_types: [...typesOf(payment)],
    payment_record: null,
    processing: null,
    receipt_email: payment.receiptEmail ?? null,
    review: charged && needsReview(charged) ? reviewIdOf(payment, charged) : null,
    setup_future_usage: payment.setupFutureUsage ?? null,
    shipping: payment.shipping ? renderShipping(payment.shipping) : null,
    source: null,
    statement_descriptor: payment.statementDescriptor ?? null,
    statement_descriptor_suffix: payment.statementDescriptorSuffix ?? null,
    status: payment.status,
    transfer_data: null,
    transfer_group: payment.transferGroup ?? null,
  } satisfies Stripe.PaymentIntent;
}

/** The options of each type that it may be paid with. */
function optionsOf(payment: Payment): Stripe.PaymentIntent.PaymentMethodOptions {
  const { walletOptions = {} } = payment;
  const options = {
    card: {
      ...(payment.cardHeld && { capture_method: 'manual' as const }),
      installments: null,
      mandate_options: null,
      network: null,
      ...requestedOf(payment),
      request_three_d_secure: payment.requestChallenge ?? 'automatic',
    },
    alipay: { ...walletOptions.alipay },
    wechat_pay: { app_id: null, client: null, ...withoutPayer(walletOptions.wechat_pay) },
    paypal: { preferred_locale: null, reference: null, ...walletOptions.paypal },
  } satisfies Stripe.PaymentIntent.PaymentMethodOptions;
  return Object.fromEntries(typesOf(payment).map((type) => [type, options[type]]));
}

/** Who and where the payer is concerns the wallet alone: no object and no event repeats it. */
function withoutPayer(options: NonNullable<Payment['walletOptions']>['wechat_pay'] = {}) {
  const { ip_address: _address, openid: _openid, ...shown } = options;
  return shown;
}

function requestedOf({
  requestedFeatures = [],
}: Payment): Pick<
  Stripe.PaymentIntent.PaymentMethodOptions.Card,
  'request_incremental_authorization' | 'request_multicapture'
> {
  return {
    ...(requestedFeatures.includes('increment') && { request_incremental_authorization: 'if_available' }),
    ...(requestedFeatures.includes('multicapture') && { request_multicapture: 'if_available' }),
  };
}

export const reviewIdOf = (payment: Payment, attempt: Attempt): string =>
  `prv_${chargeIdOf(payment.body, attempt.ordinal).slice(3)}`;

function nextAction(payment: Payment, attempt: Attempt | undefined): Stripe.PaymentIntent.NextAction | null {
  const action = payment.status === 'requires_action' && attempt ? actionOf(attempt) : undefined;
  return action && attempt ? renderAction(typeOf(attempt.method), action, attempt) : null;
}

function lastError(payment: Payment): Stripe.PaymentIntent.LastPaymentError | null {
  const attempt = lastAttempt(payment);
  // Money that came in part goes back: its attempt has a decline, and did not fail.
  if (payment.status !== 'requires_payment_method' || attempt?.decline === undefined) return null;
  const { payment_intent: _, ...error } = declineError(payment, attempt);
  return error as Stripe.PaymentIntent.LastPaymentError;
}

/**
 * The body of the 402 that a failed attempt answers with, without the payment intent itself. Stripe has `card_error` for cards alone, and
 * names every other type.
 */
export function declineError(payment: Payment, attempt: Attempt): ErrorBody {
  const decline = attempt.decline!;
  return {
    type: isWallet(attempt.method) ? 'invalid_request_error' : 'card_error',
    code: decline.code,
    ...(decline.declineCode !== undefined && { decline_code: decline.declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    message: decline.message,
    ...(hasCharge(attempt) && { charge: chargeIdOf(payment.body, attempt.ordinal) }),
    payment_method: renderMethodFacts(attempt.method, payment.livemode),
    ...(isWallet(attempt.method) && { payment_method_type: typeOf(attempt.method) }),
  };
}
