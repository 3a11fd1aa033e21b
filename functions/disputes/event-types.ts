/** Types of the events that a commit of a dispute announces. Pure. */
import { type Dispute, isClosed } from './dispute.ts';
import { renderDispute } from './wire.ts';

/** In the order in which things happen: opened, money taken; evidence; closed, money back (docs.stripe.com/api/events/types). */
export function disputeTypes(old: Dispute | undefined, dispute: Dispute): readonly string[] {
  const announced: string[] = [];
  if (!old) announced.push('charge.dispute.created');
  else if (isClosed(dispute) && !isClosed(old)) announced.push('charge.dispute.closed');
  else if (renderedText(old) !== renderedText(dispute)) announced.push('charge.dispute.updated');
  if (dispute.withdrawnMs !== undefined && old?.withdrawnMs === undefined)
    announced.push('charge.dispute.funds_withdrawn');
  if (dispute.reinstatedMs !== undefined && old?.reinstatedMs === undefined)
    announced.push('charge.dispute.funds_reinstated');
  return announced;
}

/** An answer that is on its way, or a reply, changes nothing that anyone sees. */
const renderedText = (dispute: Dispute): string => JSON.stringify(renderDispute(dispute));
