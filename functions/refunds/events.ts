/** What a commit of a refund announces. */

import type { Projection } from '../stream/kind/kind.ts';
import { refundTypes } from './event-types.ts';
import type { Refund } from './refund.ts';
import { renderRefund, replyOfRefund } from './wire.ts';

/** Of a record of 0.1: before its outcome it was pending, or had succeeded. */
function before(refund: Refund): Refund | undefined {
  const { committedMs, succeededMs, failedMs } = refund;
  if (failedMs === committedMs) return { ...refund, status: succeededMs === undefined ? 'pending' : 'succeeded' };
  return succeededMs === committedMs ? { ...refund, status: 'pending' } : undefined;
}

export const refundProjection: Projection<Refund> = {
  family: 'r',
  types: refundTypes,
  object: renderRefund,
  reply: (refund) => refund.reply && { ...refund.reply, ...replyOfRefund(refund) },
  before,
  recheck: (refund) => (refund.status === 'pending' ? 'r' : undefined),
};
