/** What a commit of a dispute announces. */

import type { Alarm, Projection } from '../stream/kind/kind.ts';
import { type Dispute, isClosed } from './dispute.ts';
import { renderDispute, replyOfDispute } from './wire.ts';

/** In the order in which things happen: opened, money taken; evidence; closed, money back (docs.stripe.com/api/events/types). */
function types(old: Dispute | undefined, dispute: Dispute): readonly string[] {
  const announced: string[] = [];
  if (!old) announced.push('charge.dispute.created');
  else if (isClosed(dispute) && !isClosed(old)) announced.push('charge.dispute.closed');
  else if (shown(old) !== shown(dispute)) announced.push('charge.dispute.updated');
  if (dispute.withdrawnMs !== undefined && old?.withdrawnMs === undefined)
    announced.push('charge.dispute.funds_withdrawn');
  if (dispute.reinstatedMs !== undefined && old?.reinstatedMs === undefined)
    announced.push('charge.dispute.funds_reinstated');
  return announced;
}

/** An answer that is on its way, or a reply, changes nothing that anyone sees. */
const shown = (dispute: Dispute): string => JSON.stringify(renderDispute(dispute));

/** The refunds and chargebacks of a charge exceed what was taken for it: the payer has more than they paid. */
function alarms(old: Dispute | undefined, dispute: Dispute): readonly Alarm[] {
  const { scope, paymentReference: reference, overReturn } = dispute;
  if (overReturn === undefined || old?.overReturn !== undefined) return [];
  return [{ name: 'OverReturns', facts: { scope, reference, amount: String(overReturn) } }];
}

function before(dispute: Dispute): Dispute | undefined {
  const { committedMs, withdrawnMs, reinstatedMs, lostMs } = dispute;
  if (withdrawnMs === committedMs) {
    const { withdrawnMs: _, ...inquiry } = dispute;
    return { ...inquiry, status: 'warning_needs_response' };
  }
  const { reinstatedMs: _, ...open } = dispute;
  return reinstatedMs === committedMs || lostMs === committedMs ? { ...open, status: 'needs_response' } : undefined;
}

export const disputeProjection: Projection<Dispute> = {
  family: 'o',
  types,
  object: renderDispute,
  reply: (dispute) => dispute.reply && { ...dispute.reply, ...replyOfDispute(dispute) },
  alarms,
  before,
  recheck: (dispute) => (dispute.pending ? 'd' : undefined),
};
