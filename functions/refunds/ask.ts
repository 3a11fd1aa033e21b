/** Asking a channel what became of a refund, or of a return of unapplied money (I15). */
import type { Channel } from '../channels/port/channel.ts';
import type { OperationOutcome, QueryResult, RefundQuery, RefundRequest } from '../channels/port/port.ts';

/** Whether the channel can be asked what became of a refund. */
export const isRefundQueried = ({ capabilities }: Pick<Channel, 'capabilities'>): boolean =>
  capabilities.recovery.refund === 'query';

/**
 * What the channel says of a refund. One that has no query gets the same request again under its reference, for as long as that is one request
 * there. After that nothing is sent: it may be another refund by then, and a callback, a report or a person has to say.
 */
export async function askRefund(
  channel: Channel,
  refund: RefundRequest & Pick<RefundQuery, 'handles'>,
  nowMs: number,
): Promise<QueryResult<OperationOutcome>> {
  const { amount, currency, handles, ...at } = refund;
  if (isRefundQueried(channel)) return channel.queryRefund!({ ...at, ...(handles && { handles }) });
  return nowMs - refund.createdMs <= channel.timing.idempotencyMs
    ? channel.refund({ ...at, amount, currency })
    : { kind: 'unknown', reason: 'the channel has no query' };
}
