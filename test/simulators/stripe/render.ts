/** The simulator's objects on Stripe's wire (docs.stripe.com/api, version 2026-10-28), with the members that integrations read. */
import type { Books, ChargeRecord, DisputeRecord, Intent, MoneyMovement, RefundRecord, SetupRecord } from './books.ts';

/** Which members are answered in full, in place of their ids. */
export type Expansions = readonly string[];

type Rendered = Readonly<Record<string, unknown>>;

/** The expansions below a member: `data.source.charge` is `source.charge` below `data`. */
export const below = (expand: Expansions, member: string): Expansions =>
  expand.flatMap((path) => (path.startsWith(`${member}.`) ? [path.slice(member.length + 1)] : []));

const card = ({ card: played, network, intent }: { card: Intent['card']; network: string; intent: Intent }) => ({
  amount_authorized: intent.amount,
  authorization_code: '403861',
  brand: played.brand,
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: played.cvcCheck ?? 'pass' },
  country: 'US',
  exp_month: 12,
  exp_year: 2034,
  extended_authorization: { status: 'disabled' },
  fingerprint: `fp${played.number.slice(-4)}`,
  funding: 'credit',
  incremental_authorization: { status: intent.incremental ? 'available' : 'unavailable' },
  last4: played.number.slice(-4),
  multicapture: { status: intent.multicapture ? 'available' : 'unavailable' },
  network: played.brand,
  network_transaction_id: network,
  overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
  three_d_secure: null,
});

export const renderCharge = (charge: ChargeRecord): Rendered => ({
  id: charge.id,
  object: 'charge',
  amount: charge.amount,
  amount_captured: charge.amountCaptured,
  amount_refunded: charge.amountRefunded,
  balance_transaction: charge.balanceTransaction ?? null,
  captured: charge.captured,
  created: charge.created,
  currency: charge.intent.currency,
  disputed: charge.disputed,
  failure_code: charge.failure?.code ?? null,
  failure_message: charge.failure?.message ?? null,
  livemode: false,
  metadata: charge.metadata,
  paid: !charge.failure,
  payment_intent: charge.intent.id,
  payment_method_details: {
    card: card({ card: charge.intent.card, network: charge.intent.network, intent: charge.intent }),
    type: 'card',
  },
  refunded: charge.amountRefunded > 0 && charge.amountRefunded === charge.amountCaptured,
  statement_descriptor_suffix: charge.intent.descriptorSuffix ?? null,
  status: charge.failure ? 'failed' : 'succeeded',
});

/** The payer's page of a challenge, as an action. */
export function actionOf(id: string, returnUrl: string | undefined, base: string): Rendered {
  return returnUrl === undefined
    ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } }
    : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url: `${base}/authenticate/${id}` } };
}

export function renderIntent(books: Books, intent: Intent, base: string, expand: Expansions = []): Rendered {
  const charge = intent.chargeId === undefined ? undefined : books.charges.get(intent.chargeId);
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: intent.capturable,
    amount_details: { tip: {} },
    amount_received: intent.received,
    canceled_at: intent.status === 'canceled' ? intent.created : null,
    cancellation_reason: intent.canceledFor ?? null,
    capture_method: intent.manual ? 'manual' : 'automatic',
    client_secret: `${intent.id}_secret_simulated`,
    confirmation_method: 'automatic',
    created: intent.created,
    currency: intent.currency,
    last_payment_error: intent.lastError ?? null,
    latest_charge: charge && expand.includes('latest_charge') ? renderCharge(charge) : (charge?.id ?? null),
    livemode: false,
    metadata: intent.metadata,
    next_action: intent.status === 'requires_action' ? actionOf(intent.id, intent.returnUrl, base) : null,
    payment_method_types: ['card'],
    statement_descriptor_suffix: intent.descriptorSuffix ?? null,
    status: intent.status,
  };
}

export const renderSetup = (setup: SetupRecord, base: string): Rendered => ({
  id: setup.id,
  object: 'setup_intent',
  cancellation_reason: null,
  client_secret: `${setup.id}_secret_simulated`,
  created: setup.created,
  last_setup_error: setup.lastError ?? null,
  livemode: false,
  metadata: setup.metadata,
  next_action: setup.status === 'requires_action' ? actionOf(setup.id, setup.returnUrl, base) : null,
  payment_method_types: ['card'],
  status: setup.status,
  usage: 'off_session',
});

export const renderRefund = (refund: RefundRecord): Rendered => ({
  id: refund.id,
  object: 'refund',
  amount: refund.amount,
  balance_transaction: refund.balanceTransaction ?? null,
  charge: refund.charge.id,
  created: refund.created,
  currency: refund.charge.intent.currency,
  ...(refund.failureReason !== undefined && { failure_reason: refund.failureReason }),
  metadata: refund.metadata,
  payment_intent: refund.charge.intent.id,
  ...(refund.status === 'pending' && { pending_reason: 'processing' }),
  reason: null,
  receipt_number: null,
  status: refund.status,
});

export const renderDispute = (dispute: DisputeRecord, expand: Expansions = []): Rendered => ({
  id: dispute.id,
  object: 'dispute',
  amount: dispute.amount,
  balance_transactions: dispute.transactions.map((each) => renderMoney(each)),
  charge: expand.includes('charge') ? renderCharge(dispute.charge) : dispute.charge.id,
  created: dispute.created,
  currency: dispute.charge.intent.currency,
  evidence: dispute.evidence,
  evidence_details: {
    due_by: dispute.dueBy,
    has_evidence: dispute.submissions > 0,
    past_due: false,
    submission_count: dispute.submissions,
  },
  is_charge_refundable: dispute.status.startsWith('warning_'),
  livemode: false,
  metadata: {},
  network_reason_code: '10.4',
  payment_intent: dispute.charge.intent.id,
  reason: dispute.reason,
  status: dispute.status,
});

export const renderMoney = (money: MoneyMovement, source: unknown = money.source ?? null): Rendered => ({
  id: money.id,
  object: 'balance_transaction',
  amount: money.amount,
  available_on: money.created,
  created: money.created,
  currency: money.currency,
  description: money.description ?? null,
  exchange_rate: null,
  fee: money.fee,
  fee_details:
    money.fee === 0
      ? []
      : [
          {
            amount: money.fee,
            application: null,
            currency: money.currency,
            description: 'Stripe processing fees',
            type: 'stripe_fee',
          },
        ],
  net: money.amount - money.fee,
  reporting_category: money.category,
  source,
  status: 'available',
  type: money.type,
});
