/** Stripe's objects, rendered purely from the aggregates: what the API answers, what events carry and what a replay repeats. */
import type Stripe from 'stripe';
import { transactionId } from '../ledger/keys.ts';
import type { Settings } from '../merchants/merchant.ts';
import { outcomeOf } from '../risk/wire.ts';
import { clientSecretOf } from '../shared/client-secret.ts';
import type { ErrorBody } from '../shared/errors.ts';
import { chargeIdOf, type RefundId } from '../shared/ids.ts';
import { wireAmount } from '../shared/money.ts';
import { renderMethodFacts } from '../vault/method.ts';
import {
  type Attempt,
  hasCharge,
  lastAttempt,
  type Payment,
  paidAttempt,
  type Refund,
  type ReplyMarker,
} from './payment.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);
export const intentId = (payment: Payment): `pi_${string}` => `pi_${payment.body}`;
export const refundId = (refund: Refund): RefundId => `re_${refund.body}`;

/** The payment intent; with `settings` its client secret is in it, without (events, stored replies) it is null. */
export function renderPayment(payment: Payment, settings?: Settings): Stripe.PaymentIntent {
  const attempt = lastAttempt(payment);
  const charged = payment.attempts.findLast((candidate) => hasCharge(candidate) && !candidate.surplus);
  return {
    id: intentId(payment),
    object: 'payment_intent',
    allowed_payment_method_types: ['card'],
    amount: wireAmount(payment.amount),
    amount_capturable: payment.status === 'requires_capture' ? wireAmount(payment.amount) : 0,
    amount_details: { tip: {} },
    amount_received: wireAmount(payment.capture?.amount ?? 0n),
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: payment.canceledMs === undefined ? null : seconds(payment.canceledMs),
    cancellation_reason: payment.cancellationReason ?? null,
    capture_method: payment.captureMethod,
    client_secret: settings ? clientSecretOf(settings, intentId(payment)) : null,
    confirmation_method: payment.confirmationMethod,
    created: seconds(payment.createdMs),
    currency: payment.currency,
    customer: null,
    customer_account: null,
    description: payment.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: lastError(payment),
    latest_charge: charged ? chargeIdOf(payment.body, charged.ordinal) : null,
    livemode: payment.livemode,
    managed_payments: null,
    metadata: { ...payment.metadata },
    next_action: nextAction(payment, attempt),
    on_behalf_of: null,
    payment_method: payment.method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: payment.receiptEmail ?? null,
    review: charged?.risk?.action === 'review' && charged.status !== 'failed' ? reviewIdOf(payment, charged) : null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: payment.statementDescriptor ?? null,
    statement_descriptor_suffix: payment.statementDescriptorSuffix ?? null,
    status: payment.status,
    transfer_data: null,
    transfer_group: null,
  } satisfies Stripe.PaymentIntent;
}

const reviewIdOf = (payment: Payment, attempt: Attempt): string =>
  `prv_${chargeIdOf(payment.body, attempt.ordinal).slice(3)}`;

/** The payment as it was right after it was made, for `payment_intent.created` when creation and outcome are announced together. */
export function createdView(payment: Payment): Payment {
  const first = payment.attempts[0];
  const {
    capture: _capture,
    pending: _pending,
    canceledMs: _canceledMs,
    cancellationReason: _reason,
    method: _method,
    ...kept
  } = payment;
  return {
    ...kept,
    ...(first && { method: first.method }),
    status: first ? 'requires_confirmation' : 'requires_payment_method',
    attempts: [],
    refunded: 0n,
    refundCount: 0,
  };
}

function nextAction(payment: Payment, attempt: Attempt | undefined): Stripe.PaymentIntent.NextAction | null {
  if (payment.status !== 'requires_action' || attempt?.actionUrl === undefined) return null;
  return {
    type: 'redirect_to_url',
    redirect_to_url: { url: attempt.actionUrl, return_url: attempt.returnUrl ?? null },
  };
}

function lastError(payment: Payment): Stripe.PaymentIntent.LastPaymentError | null {
  const attempt = lastAttempt(payment);
  if (payment.status !== 'requires_payment_method' || attempt?.status !== 'failed') return null;
  const { payment_intent: _, ...error } = declineError(payment, attempt);
  return error as Stripe.PaymentIntent.LastPaymentError;
}

/** The body of the 402 that a failed attempt answers with, without the payment intent itself. */
function declineError(payment: Payment, attempt: Attempt): ErrorBody {
  const decline = attempt.decline!;
  return {
    type: 'card_error',
    code: decline.code,
    ...(decline.declineCode !== undefined && { decline_code: decline.declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    message: decline.message,
    charge: chargeIdOf(payment.body, attempt.ordinal),
    payment_method: renderMethodFacts(attempt.method, payment.livemode),
  };
}

/** What the request that made the last commit was told; the same bytes now, from the stream, and on every replay. */
export function replyOf(
  payment: Payment,
  kind: ReplyMarker['kind'],
  settings?: Settings,
): { readonly status: number; readonly body: object } {
  const rendered = renderPayment(payment, settings);
  if (kind === 'payment') return { status: 200, body: rendered };
  return {
    status: 402,
    body: { error: { ...declineError(payment, lastAttempt(payment)!), payment_intent: rendered } },
  };
}

/** The charge that attempt `ordinal` made. */
export function renderCharge(payment: Payment, ordinal: number): Stripe.Charge {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal)!;
  const ours = paidAttempt(payment)?.ordinal === ordinal || attempt.status === 'voided';
  const capture = ours ? payment.capture : undefined;
  const refunded = capture ? payment.refunded : 0n;
  const failed = attempt.status === 'failed';
  return {
    id: chargeIdOf(payment.body, ordinal),
    object: 'charge',
    amount: wireAmount(attempt.amount),
    amount_captured: wireAmount(capture?.amount ?? 0n),
    amount_refunded: wireAmount(refunded),
    application: null,
    application_fee: null,
    application_fee_amount: null,
    ...(attempt.authorizationCode !== undefined && { authorization_code: attempt.authorizationCode }),
    balance_transaction: capture ? transactionId('captured', payment.body, capture.capturedMs, 1) : null,
    billing_details: billingDetails(attempt),
    calculated_statement_descriptor: payment.statementDescriptor ?? 'SLUICE',
    captured: capture !== undefined,
    created: seconds(attempt.createdMs),
    currency: payment.currency,
    customer: null,
    description: payment.description ?? null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failed ? (attempt.decline?.code ?? null) : null,
    failure_message: failed ? (attempt.decline?.message ?? null) : null,
    fraud_details: {},
    livemode: payment.livemode,
    metadata: { ...payment.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(attempt),
    paid: !failed,
    payment_intent: intentId(payment),
    payment_method: attempt.method.id,
    payment_method_details: { type: 'card', card: cardDetails(attempt) },
    radar_options: {},
    receipt_email: payment.receiptEmail ?? null,
    receipt_number: null,
    receipt_url: null,
    refunded: capture !== undefined && refunded === capture.amount,
    review: attempt.risk?.action === 'review' && !failed ? reviewIdOf(payment, attempt) : null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: payment.statementDescriptor ?? null,
    statement_descriptor_suffix: payment.statementDescriptorSuffix ?? null,
    status: failed ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  } satisfies Stripe.Charge;
}

function billingDetails(attempt: Attempt): Stripe.Charge.BillingDetails {
  const billing = attempt.method.billing;
  const address = billing?.address;
  return {
    address: {
      city: address?.city ?? null,
      country: address?.country ?? null,
      line1: address?.line1 ?? null,
      line2: address?.line2 ?? null,
      postal_code: address?.postal_code ?? null,
      state: address?.state ?? null,
    },
    email: billing?.email ?? null,
    name: billing?.name ?? null,
    phone: billing?.phone ?? null,
    tax_id: null,
  };
}

function cardDetails(attempt: Attempt): Stripe.Charge.PaymentMethodDetails.Card {
  const { card } = attempt.method;
  return {
    amount_authorized: attempt.status === 'failed' ? null : wireAmount(attempt.amount),
    authorization_code: attempt.authorizationCode ?? null,
    brand: card.brand,
    checks: {
      address_line1_check: attempt.checks?.line1 ?? null,
      address_postal_code_check: attempt.checks?.postalCode ?? null,
      cvc_check: attempt.checks?.cvc ?? null,
    },
    country: card.country,
    electronic_commerce_indicator: null,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    extended_authorization: { status: 'disabled' },
    fingerprint: card.fingerprint,
    funding: card.funding,
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: { status: 'unavailable' },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: null,
    overcapture: { maximum_amount_capturable: wireAmount(attempt.amount), status: 'unavailable' },
    regulated_status: null,
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}

/** The refund as the merchant sees it. */
export function renderRefund(refund: Refund): Stripe.Refund {
  return {
    id: refundId(refund),
    object: 'refund',
    amount: wireAmount(refund.amount),
    balance_transaction: transactionId('refund_requested', refund.body, refund.createdMs, 1),
    charge: chargeIdOf(refund.payment, refund.chargeOrdinal),
    created: seconds(refund.createdMs),
    currency: refund.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    ...(refund.status === 'failed' && {
      failure_balance_transaction: transactionId(
        'refund_failed',
        refund.body,
        refund.failedMs ?? refund.committedMs,
        1,
      ),
      failure_reason: refund.failureReason ?? 'unknown',
    }),
    metadata: { ...refund.metadata },
    payment_intent: `pi_${refund.payment}`,
    payment_method: null,
    reason: refund.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  } satisfies Stripe.Refund;
}

/** What the request that made the refund was told. */
export const replyOfRefund = (refund: Refund): { readonly status: number; readonly body: object } => ({
  status: 200,
  body: renderRefund(refund),
});
