/** Refunds of a trade, under the number of the refund. Only an answer with `fund_change=Y` is a refund made. */
import { handlesIn } from '../port/handles.ts';
import type { OperationOutcome, QueryResult, RefundAtChannel, RefundQuery, RefundRequest } from '../port/port.ts';
import { readAs } from '../port/reader.ts';
import { declineOf } from './errors.ts';
import type { Answer, Gateway } from './gateway.ts';
import { findCapture } from './holds.ts';
import {
  classOfAnswer,
  findTrade,
  isRefused,
  outcomeWithoutAnswer,
  UNREADABLE,
  unknown,
  unlessFailed,
} from './orders.ts';
import { foundRefund, ours, refunded, yuan } from './wire.ts';

/** How Alipay finds the trade: its own number wins over ours where both are sent. */
interface TradeNumbers {
  readonly out_trade_no?: string;
  readonly trade_no?: string;
}

/** By the capture's name, or the payment's, or by our number where none is known. */
function tradeOf({ payment, refunded: named }: RefundAtChannel): TradeNumbers {
  const captured = named?.capture?.trade_no;
  if (captured !== undefined) return { trade_no: captured };
  const paid = named?.payment?.trade_no;
  return { out_trade_no: payment, ...(paid !== undefined && { trade_no: paid }) };
}

const isNamed = ({ trade_no: number }: TradeNumbers): boolean => number !== undefined;

/**
 * Refunds a part or all of a payment. Pending: Alipay has the request and does not say that money went back, so it is asked for later. The same number
 * refunds once.
 */
export async function refundTrade(gateway: Gateway, request: RefundRequest): Promise<OperationOutcome> {
  const numbers = tradeOf(request);
  const answer = await send(gateway, request, numbers);
  if (!isRefused(answer, 'ACQ.TRADE_NOT_EXIST')) return refundOutcome(gateway, request, numbers, answer);
  // A hold has no trade of its own, but its capture has.
  const capture = isNamed(numbers) ? undefined : await findCapture(gateway, request.payment);
  if (capture?.kind === 'unknown') return capture;
  if (capture?.kind !== 'found') return { kind: 'failed', decline: declineOf('configuration', 'ACQ.TRADE_NOT_EXIST') };
  const found = { trade_no: capture.trade.trade_no };
  return refundOutcome(gateway, request, found, await send(gateway, request, found));
}

const send = (gateway: Gateway, { reference, amount }: RefundRequest, numbers: TradeNumbers): Promise<Answer> =>
  gateway.exchange('alipay.trade.refund', {
    biz: { ...numbers, refund_amount: yuan(amount), out_request_no: reference },
  });

async function refundOutcome(
  gateway: Gateway,
  request: RefundRequest,
  numbers: TradeNumbers,
  answer: Answer,
): Promise<OperationOutcome> {
  if (answer.kind === 'answered') {
    const made = readAs(refunded, answer.body);
    if (!made || ours(made.out_trade_no)?.reference !== request.payment)
      return made ? unknown('the answer is not about this request') : UNREADABLE;
    return { kind: made.fund_change === 'Y' ? 'succeeded' : 'pending', ...handlesIn({ trade_no: made.trade_no }) };
  }
  const kind = classOfAnswer(answer);
  const isOver = kind === 'refund' || (kind === 'state' && !isRefused(answer, 'ACQ.DISCORDANT_REPEAT_REQUEST'));
  if (!isOver) return outcomeWithoutAnswer(answer);
  // It may have been made before, under this number.
  const found = await queryRefundOf(gateway, request, numbers);
  if (found.kind !== 'not_found') return found;
  return { ...REFUSED(answer), ...(await releasedIn(gateway, request.payment)) };
}

const REFUSED = (answer: Answer) => ({
  kind: 'failed' as const,
  decline: declineOf('refund', answer.kind === 'refused' ? answer.subCode : ''),
});

/** Nothing is left that could go back, where the trade is closed: unpaid, or refunded in full already. */
async function releasedIn(
  gateway: Gateway,
  number: string,
): Promise<{ readonly found?: { readonly kind: 'released' } }> {
  const trade = await findTrade(gateway, number);
  return 'trade_no' in trade && trade.trade_status === 'TRADE_CLOSED' ? { found: { kind: 'released' } } : {};
}

/** A refund that Alipay has taken and does not report may still be made for so long, ms: its answer does not say that it refused it. */
const TAKEN_MS = 24 * 3_600_000;

/** What became of a refund. Not found: Alipay did not get it, or refused it, or has not made it in a day. */
export async function queryRefund(
  gateway: Gateway,
  query: RefundQuery,
  nowMs: number,
): Promise<QueryResult<OperationOutcome>> {
  // Only an answer to the request itself names the trade.
  const own = query.handles?.trade_no;
  const numbers = own === undefined ? tradeOf(query) : { trade_no: own };
  const found = await queryRefundOf(gateway, query, numbers);
  if (found.kind === 'not_found' && own !== undefined && nowMs - query.createdMs <= TAKEN_MS)
    return { kind: 'pending' };
  if (found.kind !== 'not_found' || isNamed(numbers)) return found;
  const capture = await findCapture(gateway, query.payment);
  if (capture.kind !== 'found') return capture;
  return queryRefundOf(gateway, query, { trade_no: capture.trade.trade_no });
}

async function queryRefundOf(
  gateway: Gateway,
  { reference, payment }: RefundAtChannel,
  numbers: TradeNumbers,
): Promise<QueryResult<OperationOutcome>> {
  const answer = await gateway.exchange('alipay.trade.fastpay.refund.query', {
    biz: { ...numbers, out_request_no: reference },
  });
  if (isRefused(answer, 'ACQ.TRADE_NOT_EXIST')) return { kind: 'not_found' };
  if (answer.kind !== 'answered') return unlessFailed(outcomeWithoutAnswer(answer));
  const found = readAs(foundRefund, answer.body);
  if (!found) return UNREADABLE;
  if (found.refund_status !== 'REFUND_SUCCESS') return { kind: 'not_found' };
  const isOurs = found.out_request_no === reference && ours(found.out_trade_no ?? '')?.reference === payment;
  return isOurs
    ? { kind: 'succeeded', ...handlesIn({ trade_no: found.trade_no }) }
    : unknown('the answer is not about this request');
}
