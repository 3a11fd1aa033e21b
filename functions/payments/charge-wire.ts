/** Charges as Stripe shows them: each is one attempt of a payment. */
import type Stripe from 'stripe';
import { renderShipping } from '../api/person.ts';
import type { HoldFeature } from '../channels/port/port.ts';
import { customerId } from '../customers/customer.ts';
import { seconds } from '../kernel/clock.ts';
import { chargeIdOf, objectKeyOf } from '../kernel/ids.ts';
import { wireAmount } from '../kernel/money.ts';
import { transactionId } from '../ledger/keys.ts';
import { agreedAttempt, mandateId } from '../payment-methods/acceptance.ts';
import type { CardFacts } from '../payment-methods/facts.ts';
import { renderBilling } from '../payment-methods/method.ts';
import { renderSourceCard } from '../payment-methods/source-card.ts';
import { renderWalletDetails } from '../payment-methods/wallet.ts';
import { type Attempt, askedAmount, authorizedAmount, chargedMs, needsReview, returnedOf } from './attempt.ts';
import { calculatedDescriptor } from './descriptor.ts';
import { holdEndsMs } from './hold.ts';
import { takenBy } from './outcome-table.ts';
import { capturesOf, type Payment, paidAttempt } from './payment.ts';
import { outcomeOf } from './risk-outcome.ts';
import { intentOf, reviewIdOf } from './wire.ts';

/** Stripe renders `dispute` in every version, although its types since 2023-08-16 do not name it. */
type Charge = Stripe.Charge & { readonly dispute: string | null };

/** The charge that attempt `ordinal` made. */
export function renderCharge(payment: Payment, ordinal: number): Charge {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal)!;
  const captures = paidAttempt(payment)?.ordinal === ordinal ? capturesOf(payment) : [];
  const last = captures.at(-1);
  const taken = takenBy(payment, attempt);
  const letGo = isLetGo(attempt) && taken === 0n;
  const refunded = letGo ? askedAmount(attempt) : (last ? payment.refunded : 0n) + returnedOf(attempt);
  // While the rest of the hold can still be captured, the charge is neither captured nor all refunded, as Stripe has it.
  const captured = last ? attempt.status === 'captured' : taken > 0n;
  const failed = attempt.status === 'failed';
  const pending = attempt.status === 'sent';
  const { description, metadata, receiptEmail, shipping, transferGroup, userReport } = { ...payment, ...attempt.edits };
  return {
    id: chargeIdOf(payment.body, ordinal),
    object: 'charge',
    amount: wireAmount(askedAmount(attempt)),
    amount_captured: wireAmount(taken),
    amount_refunded: wireAmount(refunded),
    application: null,
    application_fee: null,
    application_fee_amount: null,
    ...(attempt.authorizationCode !== undefined && { authorization_code: attempt.authorizationCode }),
    // Each capture has one; the charge names the last, `balance_transactions?source=` lists all.
    balance_transaction: last ? transactionId('captured', payment.body, last.capturedMs, captures.length) : null,
    billing_details: billingDetails(attempt),
    calculated_statement_descriptor: calculatedDescriptor(payment),
    captured,
    created: seconds(chargedMs(attempt)),
    currency: attempt.currency,
    customer: payment.customer === undefined ? null : customerId(payment.customer),
    description: description ?? null,
    dispute: disputeOf(payment, ordinal),
    disputed: last ? (payment.disputes?.opened ?? 0) > 0 : payment.chargedBack?.[String(ordinal)] !== undefined,
    failure_balance_transaction: null,
    failure_code: failed ? (attempt.decline?.code ?? null) : null,
    failure_message: failed ? (attempt.decline?.message ?? null) : null,
    fraud_details: userReport ? { user_report: userReport } : {},
    livemode: payment.livemode,
    metadata: { ...metadata },
    on_behalf_of: null,
    outcome: pending ? null : outcomeOf(attempt),
    paid: !failed && !pending,
    payment_intent: intentOf(payment.body, payment),
    payment_method: attempt.method.id,
    payment_method_details: methodDetails(payment, attempt),
    radar_options: {},
    receipt_email: receiptEmail ?? null,
    receipt_number: null,
    receipt_url: null,
    refunded: letGo || (captured && refunded === taken),
    review: needsReview(attempt) ? reviewIdOf(payment, attempt) : null,
    shipping: shipping ? renderShipping(shipping) : null,
    source: payment.direct ? sourceOf(attempt) : null,
    source_transfer: null,
    statement_descriptor: payment.statementDescriptor ?? null,
    statement_descriptor_suffix: payment.statementDescriptorSuffix ?? null,
    status: failed ? 'failed' : pending ? 'pending' : 'succeeded',
    transfer_data: null,
    transfer_group: transferGroup ?? null,
  } satisfies Charge;
}

/** The id of the charge's newest chargeback. */
function disputeOf({ disputedBy }: Payment, ordinal: number): string | null {
  const objectKey = disputedBy?.[String(ordinal)];
  return objectKey === undefined ? null : `du_${objectKey}`;
}

/** A hold that was canceled or ran out: Stripe marks such a charge as refunded (docs.stripe.com/api/charges/capture). */
const isLetGo = ({ voided }: Attempt): boolean => voided?.was === 'authorized';

/** The card as charges without an intent have shown it since before there were payment methods. */
function sourceOf({ method, checks }: Attempt): Stripe.Card | null {
  if (method.type !== undefined) return null;
  const { card, billing, customer } = method;
  return renderSourceCard(
    { body: objectKeyOf(method.id, 'pm')!, card, billing, customer },
    { cvc: checks?.cvc ?? null, line1: checks?.line1 ?? null, postalCode: checks?.postalCode ?? null },
  );
}

const billingDetails = ({ method }: Attempt): Stripe.Charge.BillingDetails => ({
  ...renderBilling(method.billing),
  tax_id: null,
});

/** The mandate that was named for it, or that it made. */
const mandateOf = (payment: Payment, attempt: Attempt): string | null =>
  attempt.mandate ?? (agreedAttempt(payment) === attempt ? mandateId(payment.body) : null);

const methodDetails = (payment: Payment, attempt: Attempt): Stripe.Charge.PaymentMethodDetails =>
  attempt.method.type === undefined
    ? {
        type: 'card',
        card: cardDetails(attempt, attempt.method.card, holdEndsMs(payment), mandateOf(payment, attempt)),
      }
    : renderWalletDetails(attempt.method.type, attempt.wallet);

function cardDetails(
  attempt: Attempt,
  card: CardFacts,
  holdEnds: number | undefined,
  mandate: string | null,
): Stripe.Charge.PaymentMethodDetails.Card {
  const authorized = wireAmount(authorizedAmount(attempt));
  const status = (feature: HoldFeature) => (attempt.features?.includes(feature) ? 'available' : 'unavailable');
  return {
    amount_authorized: attempt.status === 'failed' ? null : authorized,
    authorization_code: attempt.authorizationCode ?? null,
    brand: card.brand,
    ...(holdEnds !== undefined && { capture_before: seconds(holdEnds) }),
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
    incremental_authorization: { status: status('increment') },
    installments: null,
    last4: card.last4,
    mandate,
    multicapture: { status: status('multicapture') },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: null,
    overcapture: { maximum_amount_capturable: wireAmount(askedAmount(attempt)), status: 'unavailable' },
    regulated_status: null,
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}
