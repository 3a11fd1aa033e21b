/** What the simulator of WeChat Pay has of orders and refunds. A test reads it and compares it with the records of the product. */

export type TradeState = 'NOTPAY' | 'SUCCESS' | 'CLOSED';
export type OrderKind = 'native' | 'h5' | 'app' | 'jsapi';
export type RefundStatus = 'PROCESSING' | 'SUCCESS' | 'CLOSED' | 'ABNORMAL';

export interface Order {
  readonly kind: OrderKind;
  readonly outTradeNo: string;
  readonly appId: string;
  readonly total: number;
  readonly notifyUrl: string;
  readonly openid?: string;
  readonly expiresMs?: number;
  readonly createdMs: number;
  /** The request as it came: the same one again gets the same answer. */
  readonly request: string;
  /** What the payer starts with: the code, the page or the `prepay_id`. */
  readonly start: string;
  state: TradeState;
  transactionId?: string;
  paidMs?: number;
}

export interface RefundRecord {
  readonly refundId: string;
  readonly outRefundNo: string;
  readonly outTradeNo: string;
  readonly amount: number;
  readonly notifyUrl: string;
  readonly createdMs: number;
  /** The outcome is known then. */
  decidedMs: number;
  outcome: Exclude<RefundStatus, 'PROCESSING'>;
}

/** The merchant's money, sent to the bank. */
export interface Withdrawal {
  readonly number: string;
  readonly fen: number;
  readonly atMs: number;
}

export interface Books {
  readonly orders: Map<string, Order>;
  readonly refunds: Map<string, RefundRecord>;
  readonly withdrawals: Withdrawal[];
}

export const statusOf = ({ decidedMs, outcome }: RefundRecord, nowMs: number): RefundStatus =>
  nowMs < decidedMs ? 'PROCESSING' : outcome;

export const refundsOf = ({ refunds }: Books, outTradeNo: string): readonly RefundRecord[] =>
  [...refunds.values()].filter((refund) => refund.outTradeNo === outTradeNo);

/** Fen that no refund has taken back, or will. */
export const leftOf = (books: Books, { outTradeNo, total }: Order): number =>
  refundsOf(books, outTradeNo)
    .filter(({ outcome }) => outcome !== 'CLOSED')
    .reduce((left, { amount }) => left - amount, total);

/** Money as it stands: what was paid, and what went back. */
export function totalsOf(books: Books, nowMs: number): { readonly paid: number; readonly refunded: number } {
  const paid = [...books.orders.values()].filter(({ paidMs }) => paidMs !== undefined);
  const back = [...books.refunds.values()].filter((refund) => statusOf(refund, nowMs) === 'SUCCESS');
  return {
    paid: paid.reduce((sum, { total }) => sum + total, 0),
    refunded: back.reduce((sum, { amount }) => sum + amount, 0),
  };
}
