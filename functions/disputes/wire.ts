/** Disputes as Stripe shows them. */
import type Stripe from 'stripe';
import { WALLETS } from '../channels/port/instrument.ts';
import { seconds } from '../kernel/clock.ts';
import { chargeIdOf } from '../kernel/ids.ts';
import { wireAmount } from '../kernel/money.ts';
import { renderTransaction } from '../ledger/wire.ts';
import { intentOf } from '../payments/wire.ts';
import { type Dispute, isInquiry } from './dispute.ts';
import { disputeTransactions } from './entries.ts';

/** The dispute as the merchant sees it; its balance transactions are rendered from what it says itself. */
export function renderDispute(dispute: Dispute): Stripe.Dispute {
  const { submittedMs } = dispute;
  const details = detailsOf(dispute);
  return {
    id: `du_${dispute.body}`,
    object: 'dispute',
    amount: wireAmount(dispute.amount),
    balance_transactions: disputeTransactions(dispute).map((entry) => renderTransaction(entry, undefined)),
    charge: chargeIdOf(dispute.payment, dispute.chargeOrdinal),
    created: seconds(dispute.createdMs),
    currency: dispute.currency,
    enhanced_eligibility_types: [],
    evidence: evidenceOf(dispute),
    evidence_details: {
      due_by: seconds(dispute.dueMs),
      enhanced_eligibility: {},
      has_evidence: Object.keys(dispute.evidence).length > 0,
      past_due: submittedMs !== undefined && submittedMs > dispute.dueMs,
      submission_count: dispute.submissions,
      submission_method: dispute.submissions > 0 ? 'manual' : 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry(dispute) || dispute.status === 'won',
    livemode: dispute.livemode,
    metadata: { ...dispute.metadata },
    // A wallet has no card network.
    network_reason_code: details.card?.network_reason_code ?? null,
    payment_intent: intentOf(dispute.payment, dispute),
    payment_method_details: details,
    reason: dispute.reason,
    status: dispute.status,
  } satisfies Stripe.Dispute;
}

/** By type of payment method, as Stripe has them. */
function detailsOf(dispute: Dispute): Stripe.Dispute.PaymentMethodDetails {
  const { brand, channelDispute, networkReasonCode = null } = dispute;
  const wallet = WALLETS.find((type) => type === brand);
  if (wallet === 'paypal') return { type: wallet, paypal: { case_id: channelDispute, reason_code: networkReasonCode } };
  if (wallet !== undefined) return { type: wallet };
  return {
    type: 'card',
    card: {
      brand,
      case_type: isInquiry(dispute) ? 'inquiry' : 'chargeback',
      network: brand,
      network_reason_code: networkReasonCode,
    },
  };
}

const evidenceOf = ({ evidence }: Dispute): Stripe.Dispute.Evidence => ({
  ...(Object.fromEntries(
    [...EVIDENCE_TEXTS, ...EVIDENCE_FILES].map((name) => [name, evidence[name] ?? null]),
  ) as Record<(typeof EVIDENCE_TEXTS | typeof EVIDENCE_FILES)[number], string | null>),
  enhanced_evidence: {},
});

/** Members of the evidence that are text. */
export const EVIDENCE_TEXTS = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_tracking_number',
  'uncategorized_text',
] as const;
/** Members that name an uploaded file. */
export const EVIDENCE_FILES = [
  'cancellation_policy',
  'customer_communication',
  'customer_signature',
  'duplicate_charge_documentation',
  'receipt',
  'refund_policy',
  'service_documentation',
  'shipping_documentation',
  'uncategorized_file',
] as const;

/** The reply to the request that changed the dispute. */
export const replyOfDispute = (dispute: Dispute): { readonly status: number; readonly body: object } => ({
  status: 200,
  body: renderDispute(dispute),
});
