/** What a commit of a refund announces. */
import type { Refund } from '../payments/payment.ts';
import type { Projection } from '../stream/kind/projection.ts';
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

export const refundProjection: Projection<Refund> = {
  family: 'r',
  types,
  object: renderRefund,
  reply: (refund) => refund.reply && { ...refund.reply, ...replyOfRefund(refund) },
  watch: (refund) => (refund.status === 'pending' ? 'r' : undefined),
};
