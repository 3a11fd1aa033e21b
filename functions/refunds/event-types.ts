/** Types of the events that a commit of a refund announces. Pure. */
import type { Refund } from './refund.ts';

export function refundTypes(old: Refund | undefined, refund: Refund): readonly string[] {
  if (!old) return ['refund.created'];
  if (old.status === refund.status && JSON.stringify(old.metadata) === JSON.stringify(refund.metadata)) return [];
  return [
    'refund.updated',
    'charge.refund.updated',
    ...(refund.status === 'failed' && old.status !== 'failed' ? ['refund.failed'] : []),
  ];
}
