/** What the sandbox answers and announces: JSON whose amounts are strings of minor units. Pure. */
import { testCardOf } from '../kernel/test-cards.ts';
import {
  authorizedOf,
  type Charge,
  capturedOf,
  type Decline,
  declineOf,
  descriptorOf,
  featuresOf,
  type Operation,
  planOfCharge,
  refundedOf,
  statusOf,
} from './charge.ts';
import { DISPUTE_FEE, type Dispute, disputeAt, disputeChangedMs } from './dispute.ts';
import { captureId, chargeId, refundId, wholeCaptureId } from './identity.ts';
import { type Payout, payoutChangedMs, payoutStatusOf } from './payout.ts';
import { reasonCodeOf } from './reason-codes.ts';
import { type Refund, refundChangedMs, refundDeclineOf, refundStatusOf } from './refund.ts';
import { formOf, isScanned, receiptOf } from './wallet.ts';

/** The charge as the merchant sees it at `nowMs`. */
export function chargeView(charge: Charge, nowMs: number, pageUrl: string): object {
  const status = statusOf(charge, nowMs);
  const approved = status === 'authorised' || status === 'captured';
  const id = chargeId(charge);
  const whole = status === 'captured' ? wholeCaptureId(charge) : undefined;
  return {
    ...(id !== undefined && { id }),
    ...(whole !== undefined && { capture_id: whole }),
    reference: charge.params.reference,
    status,
    amount: String(charge.params.amount),
    currency: charge.params.currency,
    authorised_amount: String(authorizedOf(charge)),
    captured_amount: String(capturedOf(charge, nowMs)),
    refunded_amount: String(refundedOf(charge, nowMs)),
    ...(approved && { authorisation_code: charge.authorisationCode, features: featuresOf(charge) }),
    ...(approved && planOfCharge(charge).paysOutAtOnce && { funds_available: true }),
    ...(status === 'challenge' && { challenge_url: pageUrl }),
    ...(status === 'waiting' && { action: actionOf(charge, pageUrl) }),
    ...(charge.params.wallet && { wallet: walletView(charge, approved) }),
    ...(status === 'declined' && charge.decision !== 'approved' && { decline: declineOf(charge.decision) }),
    ...((approved || status === 'declined') && !charge.order && { checks: charge.checks }),
    ...(descriptorOf(charge) !== undefined && { statement_descriptor: descriptorOf(charge) }),
    operations: charge.operations.map((operation) => operationView(charge, operation)),
    ...disputesView(charge, nowMs),
  };
}

/** The disputes of the charge, where there are any. */
export const disputesView = (charge: Charge, nowMs: number): object =>
  charge.disputes
    ? { disputes: charge.disputes.map((dispute) => disputeView(charge.params.reference, charge, dispute, nowMs)) }
    : {};

const walletView = (charge: Charge, isApproved: boolean): object => ({
  type: charge.params.wallet,
  ...(charge.params.locale !== undefined && { locale: charge.params.locale }),
  ...(charge.params.invoice !== undefined && { invoice: charge.params.invoice }),
  ...(isApproved && receiptOf(charge)),
});

/** What the payer has to do at the wallet, and until when. A phone that scans the code opens the same page as the browser. */
function actionOf(charge: Charge, pageUrl: string): object {
  const expires = { expires_at: charge.decidedMs };
  if (planOfCharge(charge).asksByForm && charge.params.wallet === 'alipay')
    return { type: 'form', url: pageUrl, fields: formOf(charge), ...expires };
  return isScanned(charge)
    ? { type: 'qr_code', data: pageUrl, url: pageUrl, ...expires }
    : { type: 'redirect', url: pageUrl, ...expires };
}

/** The answer to a request to close. */
export const closingView = (reference: string, decline?: Decline): object => ({
  reference,
  status: decline ? 'failed' : 'succeeded',
  ...(decline && { decline }),
});

/** The charge with what only a list shows: when it was made, with which card, and what was kept with it. */
export function listedCharge(charge: Charge, nowMs: number, pageUrl: string): object {
  const { token, capture, notes } = charge.params;
  const card = token === undefined ? undefined : testCardOf(token);
  return {
    ...chargeView(charge, nowMs, pageUrl),
    about: 'charge',
    capture,
    created_at: charge.createdMs,
    decided_at: charge.decidedMs,
    ...(card && {
      card: { brand: card.brand, last4: card.number.slice(-4), funding: card.funding, country: card.country },
    }),
    ...(notes && { notes }),
  };
}

export const listedRefund = (refund: Refund, nowMs: number): object => ({
  ...refundView(refund, nowMs),
  about: 'refund',
  created_at: refund.createdMs,
  changed_at: refundChangedMs(refund, nowMs),
  ...(refund.params.notes && { notes: refund.params.notes }),
});

export const listedPayout = (payout: Payout, nowMs: number): object => ({
  ...payoutView(payout, nowMs),
  about: 'payout',
  created_at: payout.createdMs,
  changed_at: payoutChangedMs(payout, nowMs),
});

/** A dispute of the charge as it is at `nowMs`; what a chargeback took, and the fee for it. */
export function disputeView(reference: string, charge: Charge, dispute: Dispute, nowMs: number): object {
  const { kind, state, amount: disputed, dueMs } = disputeAt(dispute, nowMs);
  const code = reasonCodeOf(charge.params, dispute.reason);
  return {
    reference,
    id: dispute.id,
    kind,
    state,
    amount: String(disputed),
    currency: charge.params.currency,
    fee: String(kind === 'chargeback' ? DISPUTE_FEE : 0n),
    reason: dispute.reason,
    ...(code !== undefined && { network_reason_code: code }),
    opened_at: dispute.openedMs,
    changed_at: disputeChangedMs(dispute, nowMs),
    due_at: dueMs,
  };
}

/** What became of an answer to a dispute. */
export const answerView = (dispute: Dispute, submission: number): object => {
  const refused = dispute.answers.some((answer) => answer.submission === submission && answer.refused);
  return {
    submission,
    status: refused ? 'failed' : 'succeeded',
    ...(refused && { decline: declineOf('dispute_closed') }),
  };
};

export const operationView = (charge: Charge, operation: Operation): object => ({
  ...(operation.kind === 'capture' && { id: captureId(charge, operation) }),
  number: operation.number,
  kind: operation.kind,
  ...(operation.kind !== 'void' && { amount: String(operation.amount) }),
  ...(operation.keepsRest && { keeps_rest: true }),
  ...(operation.atMs !== undefined && { at: operation.atMs }),
  ...(operation.notes && { notes: operation.notes }),
  status: operation.decline ? 'failed' : 'succeeded',
  ...(operation.decline && { decline: operation.decline }),
});

export function refundView(refund: Refund, nowMs: number): object {
  const decline = refundDeclineOf(refund, nowMs);
  return {
    id: refundId(refund),
    reference: refund.params.reference,
    charge: refund.params.charge,
    amount: String(refund.params.amount),
    currency: refund.params.currency,
    status: refundStatusOf(refund, nowMs),
    ...(refund.retryMs !== undefined && { retryable: true }),
    ...(decline && { decline }),
  };
}

export function payoutView(payout: Payout, nowMs: number): object {
  const status = payoutStatusOf(payout, nowMs);
  return {
    reference: payout.params.reference,
    amount: String(payout.params.amount),
    currency: payout.params.currency,
    status,
    ...(status === 'failed' && { failure_code: payout.failure }),
    // A trace id beside a failure: it was paid, and sent back.
    ...((status === 'paid' || (status === 'failed' && payout.returnedMs !== undefined)) && {
      trace_id: `SB${payout.params.reference.slice(0, 20)}`,
    }),
  };
}
