/** Callbacks: which facts are announced, when, how often, and how they are signed. Pure. */
import { createHmac } from 'node:crypto';
import type { Plan, Timings } from './behavior.ts';
import { type Charge, type ChargeStatus, type Operation, planOfCharge, statusOf } from './charge.ts';
import { type Dispute, disputeAt } from './dispute.ts';
import type { Payout } from './payout.ts';
import { type Refund, refundStatusOf } from './refund.ts';
import { chargeView, disputeView, operationView, payoutView, refundView } from './wire.ts';

/** A callback that waits for its time on the queue; signed only when it is sent, for the signature holds the time. */
export interface DueCallback {
  readonly account: string;
  /** The same fact has the same id, however often it is announced. */
  readonly id: string;
  readonly body: string;
}

export interface Scheduled {
  readonly callback: DueCallback;
  readonly delayMs: number;
}

/**
 * The callback about an authorization that is decided, or will be without a request. None while the payer has something to do: an expiry that
 * passes is announced to no merchant. The payer's approval is a callback of its own.
 */
export function chargeCallbacks(
  charge: Charge,
  nowMs: number,
  timings: Timings,
  pageUrl: string,
): readonly Scheduled[] {
  const current = statusOf(charge, nowMs);
  if (current === 'waiting' || current === 'challenge') return [];
  const dueMs = Math.max(decisionMs(charge, current, nowMs), nowMs + delayOf(charge, timings));
  const status = statusOf(charge, dueMs);
  if (status === 'pending') return [];
  const id = `${charge.params.reference}.${status === 'approved' ? 'approval' : 'authorisation'}`;
  return copies(planOfCharge(charge), timings, dueMs - nowMs, {
    account: charge.account,
    id,
    body: JSON.stringify({ id, type: 'charge', data: chargeView(charge, dueMs, pageUrl) }),
  });
}

const decisionMs = (charge: Charge, status: ChargeStatus, nowMs: number): number =>
  status === 'pending' ? charge.decidedMs : nowMs;

/** A payer's decision is announced at once. */
const delayOf = ({ challenge, order }: Charge, { callbackMs }: Timings): number =>
  challenge || order ? 0 : callbackMs;

/** The callback about money that is taken for a closed order. */
export function latePaymentCallbacks(charge: Charge, nowMs: number, pageUrl: string): readonly Scheduled[] {
  const dueMs = charge.presentment?.atMs;
  if (dueMs === undefined) return [];
  const id = `${charge.params.reference}.late`;
  const body = JSON.stringify({ id, type: 'charge', data: chargeView(charge, dueMs, pageUrl) });
  return [{ callback: { account: charge.account, id, body }, delayMs: dueMs - nowMs }];
}

export function operationCallbacks(charge: Charge, operation: Operation, timings: Timings): readonly Scheduled[] {
  const { reference } = charge.params;
  const id = `${reference}.operation.${operation.number}`;
  return copies(planOfCharge(charge), timings, timings.callbackMs, {
    account: charge.account,
    id,
    body: JSON.stringify({ id, type: 'operation', data: { reference, operation: operationView(charge, operation) } }),
  });
}

/** The callbacks about a refund: one for what it is, and one for what it will turn into. `charge` is the charge after it. */
export function refundCallbacks(refund: Refund, charge: Charge, nowMs: number, timings: Timings): readonly Scheduled[] {
  const times = [nowMs + timings.callbackMs, ...(refund.turn ? [refund.turn.atMs] : [])];
  return times.flatMap((dueMs) => {
    const status = refundStatusOf(refund, dueMs);
    if (status === 'pending') return [];
    const id = `${refund.params.reference}.refund.${status}`;
    const plan = planOfCharge(charge);
    const about = { type: 'refund', data: refundView(refund, dueMs) };
    const also = { type: 'charge', data: chargeView(charge, dueMs, '') };
    const body = JSON.stringify(plan.announcesTogether ? { id, type: 'batch', data: [about, also] } : { id, ...about });
    return copies(plan, timings, dueMs - nowMs, { account: refund.account, id, body });
  });
}

/** The callbacks about a payout: what the bank did with it, and that it sent the money back. */
export function payoutCallbacks(payout: Payout, nowMs: number, timings: Timings): readonly Scheduled[] {
  const { settledMs, returnedMs } = payout;
  return [settledMs, ...(returnedMs === undefined ? [] : [returnedMs])].map((dueMs) => {
    const id = `${payout.params.reference}.payout.${dueMs === returnedMs ? 'returned' : 'settled'}`;
    const body = JSON.stringify({ id, type: 'payout', data: payoutView(payout, dueMs) });
    return { callback: { account: payout.account, id, body }, delayMs: dueMs - nowMs + timings.callbackMs };
  });
}

/** Callbacks about what is new of a charge's disputes since `before`: what each is, and what it will turn into. Behind those of the charge itself. */
export function disputeCallbacks(
  charge: Charge,
  before: Charge | undefined,
  nowMs: number,
  timings: Timings,
): readonly Scheduled[] {
  const { reference } = charge.params;
  return (charge.disputes ?? []).flatMap((dispute) => {
    const was = before?.disputes?.find(({ id }) => id === dispute.id);
    const times = [
      ...(was ? [] : [nowMs]),
      ...(dispute.verdict && was?.verdict?.atMs !== dispute.verdict.atMs ? [dispute.verdict.atMs] : []),
    ];
    return times.flatMap((dueMs) => {
      const id = `${reference}.dispute.${dispute.id}.${nameOf(dispute, dueMs)}`;
      const body = JSON.stringify({ id, type: 'dispute', data: disputeView(reference, charge, dispute, dueMs) });
      const delayMs = dueMs - nowMs + timings.callbackMs * 2;
      return copies(planOfCharge(charge), timings, delayMs, { account: charge.account, id, body });
    });
  });
}

/** One name per fact: an inquiry that becomes a chargeback is opened a second time. */
function nameOf(dispute: Dispute, atMs: number): string {
  const { kind, state } = disputeAt(dispute, atMs);
  return `${kind}.${state}`;
}

function copies(plan: Plan, timings: Timings, delayMs: number, callback: DueCallback): readonly Scheduled[] {
  switch (plan.callbacks) {
    case undefined:
      return [{ callback, delayMs }];
    case 'none':
      return [];
    case 'late':
      return [{ callback, delayMs: Math.max(delayMs, timings.lateCallbackMs) }];
    case 'thrice':
      return [0, 1_000, 2_000].map((more) => ({ callback, delayMs: delayMs + more }));
    default:
      return plan.callbacks satisfies never;
  }
}

export const SIGNATURE_HEADER = 'sandbox-signature';

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 over "t.body">`. */
export function signatureOf(body: string, secret: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}
