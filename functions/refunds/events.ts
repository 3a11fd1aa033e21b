/** What a commit of a refund announces. */

import type { Projection } from '../stream/kind/kind.ts';
import type { Refund } from './refund.ts';
import { renderRefund, replyOfRefund } from './wire.ts';

function types(old: Refund | undefined, refund: Refund): readonly string[] {
  if (!old) return ['refund.created'];
  if (old.status === refund.status && JSON.stringify(old.metadata) === JSON.stringify(refund.metadata)) return [];
  return [
    'refund.updated',
    'charge.refund.updated',
    ...(refund.status === 'failed' && old.status !== 'failed' ? ['refund.failed'] : []),
  ];
}

/** Before its outcome it was pending, or had succeeded. */
function before(refund: Refund): Refund | undefined {
  const { committedMs, succeededMs, failedMs } = refund;
  if (failedMs === committedMs) return { ...refund, status: succeededMs === undefined ? 'pending' : 'succeeded' };
  return succeededMs === committedMs ? { ...refund, status: 'pending' } : undefined;
}

export const refundProjection: Projection<Refund> = {
  family: 'r',
  types,
  object: renderRefund,
  reply: (refund) => refund.reply && { ...refund.reply, ...replyOfRefund(refund) },
  before,
  watch: (refund) => (refund.status === 'pending' ? 'r' : undefined),
};
