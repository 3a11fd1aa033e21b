/** What a commit of a dispute announces. */

import type { Alarm, Projection } from '../stream/kind/kind.ts';
import type { Dispute } from './dispute.ts';
import { disputeTypes } from './event-types.ts';
import { renderDispute, replyOfDispute } from './wire.ts';

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
  types: disputeTypes,
  object: renderDispute,
  reply: (dispute) => dispute.reply && { ...dispute.reply, ...replyOfDispute(dispute) },
  alarms,
  before,
  recheck: (dispute) => (dispute.pending ? 'd' : undefined),
};
