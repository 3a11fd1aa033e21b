/** Refunds at WeChat Pay: asked for and found under our reference. Each is decided later, and a refused one is sent again under the same number. */
import type { OperationOutcome, QueryResult, RefundQuery, RefundRequest } from '../port/port.ts';
import { declineOf, isForNow, isMissing, meaningOf, refundDecline } from './errors.ts';
import { type RefundFacts, readRefund, refundOf, refundOutcome } from './map.ts';
import { queryOrder, unknown } from './orders.ts';
import type { Gateway } from './transport.ts';

const REFUNDS = '/v3/refund/domestic/refunds';

/** The order is asked for first: its amount belongs to the request, and no record of ours has it. */
export async function sendRefund(gateway: Gateway, request: RefundRequest): Promise<OperationOutcome> {
  const order = await queryOrder(gateway, request.payment);
  if (order.kind === 'unknown') return order;
  if (order.kind !== 'captured') return { kind: 'failed', decline: refundDecline('ORDER_NOT_PAID') };
  const { transaction_id: named } = request.refunded?.payment ?? {};
  if (named !== undefined && named !== order.handles?.transaction_id)
    return { kind: 'failed', decline: declineOf('configuration', 'transaction_id') };
  const answer = await gateway.post(REFUNDS, refundOf(request, order.amount, gateway.callbackUrl));
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'answered') return ofRequest(readRefund(answer.body), request);
  const { code } = answer;
  const meaning = meaningOf(code);
  if (meaning === 'unknown') return unknown(`refused: ${code}`);
  // What is under the number is the answer, where there is anything: a refusal says nothing of an earlier request.
  const found = meaning === 'state' && !isMissing(code) ? await findRefund(gateway, request) : undefined;
  if (found?.kind === 'unknown') return found;
  if (found?.kind === 'found') return ofRequest(found.refund, request);
  return { kind: 'failed', decline: refundDecline(code), ...(isForNow(code) && { retryable: true }) };
}

/** The outcome of a refund that has the amount that was asked for. */
function ofRequest(refund: RefundFacts | undefined, { reference, payment, amount }: RefundRequest): OperationOutcome {
  const isOurs =
    refund?.out_refund_no === reference &&
    refund.out_trade_no === payment &&
    BigInt(refund.amount.refund) === amount &&
    (refund.amount.currency ?? 'CNY') === 'CNY';
  return isOurs ? refundOutcome(refund) : unknown('the answer is not about this refund');
}

type Found =
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'found'; readonly refund: RefundFacts };

async function findRefund({ get }: Gateway, { reference }: Pick<RefundQuery, 'reference'>): Promise<Found> {
  const answer = await get(`${REFUNDS}/${reference}`);
  if (answer.kind === 'refused')
    return isMissing(answer.code) ? { kind: 'not_found' } : unknown(`refused: ${answer.code}`);
  if (answer.kind === 'unknown') return answer;
  const refund = readRefund(answer.body);
  return refund?.out_refund_no === reference
    ? { kind: 'found', refund }
    : unknown('the answer is not about this refund');
}

export async function queryRefund(gateway: Gateway, query: RefundQuery): Promise<QueryResult<OperationOutcome>> {
  const found = await findRefund(gateway, query);
  if (found.kind !== 'found') return found;
  return found.refund.out_trade_no === query.payment
    ? refundOutcome(found.refund)
    : unknown('the refund is of another payment');
}
