/** A refund at the acquirer: its own reference, its own record; the charge counts what was given back. */

import type { Plan, Timings } from './behavior.ts';
import {
  type Charge,
  type Decline,
  declineOf,
  type Notes,
  planOfCharge,
  refundableOf,
  unreturnedOf,
} from './charge.ts';
import { settleInquiry } from './dispute.ts';

export interface RefundParams {
  readonly notes?: Notes | undefined;
  readonly reference: string;
  readonly charge: string;
  readonly amount: bigint;
  readonly currency: string;
}

export interface Refund {
  readonly account: string;
  readonly version: number;
  readonly params: RefundParams;
  readonly createdMs: number;
  /** Refused at once: more than is left, or nothing was captured. */
  readonly decline?: Decline;
  /** The same request is carried out from this moment on. */
  readonly retryMs?: number;
  /** It goes back to a wallet. */
  readonly wallet?: true;
  /** A change that comes by itself at `atMs`: from pending to succeeded, or from succeeded to failed. */
  readonly turn?: { readonly atMs: number; readonly to: 'succeeded' | 'failed' };
}

/**
 * The refund and the charge after it; a declined refund leaves the charge alone. `refused`: the record of the same request, which the balance did not
 * cover.
 */
export function refundCharge(
  charge: Charge,
  params: RefundParams,
  moment: { readonly nowMs: number; readonly timings: Timings },
  plan: Plan = planOfCharge(charge),
  refused?: Refund,
): { readonly refund: Refund; readonly charge: Charge } {
  const base: Refund = {
    account: charge.account,
    version: (refused?.version ?? 0) + 1,
    params,
    createdMs: moment.nowMs,
    ...(charge.order && { wallet: true }),
  };
  const possible =
    params.currency === charge.params.currency &&
    params.amount > 0n &&
    plan.refund !== 'fails' &&
    params.amount <= refundableOf(charge, moment.nowMs);
  if (!possible) return { refund: { ...base, decline: declineOf('not_refundable') }, charge };
  if (plan.refund === 'unfunded' && !refused) {
    const retryMs = moment.nowMs + moment.timings.fundingMs;
    return { refund: { ...base, decline: declineOf('balance_too_low'), retryMs }, charge };
  }
  const atMs = moment.nowMs + moment.timings.refundMs;
  const counted = withoutInquiries(
    { ...charge, version: charge.version + 1, refunded: charge.refunded + params.amount },
    moment.nowMs,
  );
  const returned = { refund: params.reference, amount: params.amount, atMs };
  if (plan.refund === 'pending') return { refund: { ...base, turn: { atMs, to: 'succeeded' } }, charge: counted };
  if (plan.refund === 'failsLater')
    return { refund: { ...base, turn: { atMs, to: 'failed' } }, charge: withReturn(counted, returned) };
  return { refund: base, charge: counted };
}

/** With all of its money back the payer has nothing left to ask about. */
const withoutInquiries = (charge: Charge, nowMs: number): Charge =>
  charge.disputes && unreturnedOf(charge, nowMs) === 0n
    ? { ...charge, disputes: charge.disputes.map((dispute) => settleInquiry(dispute, nowMs)) }
    : charge;

/** The refund as one that the payer's bank sent back just now, and the charge that has its money again; undefined when it had failed. */
export function failRefund(
  refund: Refund,
  charge: Charge,
  nowMs: number,
): { readonly refund: Refund; readonly charge: Charge } | undefined {
  if (refundStatusOf(refund, nowMs) === 'failed') return undefined;
  return {
    refund: { ...refund, version: refund.version + 1, turn: { atMs: nowMs, to: 'failed' } },
    charge: withReturn(
      { ...charge, version: charge.version + 1 },
      { refund: refund.params.reference, amount: refund.params.amount, atMs: nowMs },
    ),
  };
}

/** The charge whose money of this refund comes back at `atMs`: once, also where it was to come back later. */
const withReturn = (charge: Charge, { refund, amount, atMs }: NonNullable<Charge['returns']>[number]): Charge => ({
  ...charge,
  returns: [...(charge.returns ?? []).filter((other) => other.refund !== refund), { refund, amount, atMs }],
});

export function refundStatusOf(refund: Refund, nowMs: number): 'pending' | 'succeeded' | 'failed' {
  if (refund.decline) return 'failed';
  if (!refund.turn) return 'succeeded';
  if (nowMs >= refund.turn.atMs) return refund.turn.to;
  return refund.turn.to === 'succeeded' ? 'pending' : 'succeeded';
}

/** When its outcome last changed. */
export const refundChangedMs = ({ createdMs, turn }: Refund, nowMs: number): number =>
  turn && turn.atMs <= nowMs ? turn.atMs : createdMs;

/** Why it failed, once it has. */
export function refundDeclineOf(refund: Refund, nowMs: number): Decline | undefined {
  if (refund.decline) return refund.decline;
  if (refundStatusOf(refund, nowMs) !== 'failed') return undefined;
  return declineOf(refund.wallet ? 'wallet_refund_failed' : 'refund_failed');
}

export const sameRefund = (a: RefundParams, b: RefundParams): boolean =>
  a.reference === b.reference && a.charge === b.charge && a.amount === b.amount && a.currency === b.currency;
