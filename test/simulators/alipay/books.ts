/** The simulator's own books: orders, trades, holds and refunds, as Alipay keeps them. Amounts are fen. */

export interface Refund {
  readonly amount: bigint;
  readonly atMs: number;
}

/** What a payer could pay: made by precreate, or carried by the address of a page. It is no trade before its payer opens it. */
export interface Order {
  readonly number: string;
  readonly amount: bigint;
  readonly subject: string;
  readonly expiresMs: number;
  readonly notifyUrl: string;
  readonly returnUrl: string;
}

export interface Trade extends Order {
  readonly tradeNo: string;
  readonly createdMs: number;
  status: 'WAIT_BUYER_PAY' | 'TRADE_SUCCESS' | 'TRADE_FINISHED' | 'TRADE_CLOSED';
  paidMs?: number;
  readonly refunds: Map<string, Refund>;
  /** Of the hold that it was paid from. */
  readonly authNo?: string;
}

export interface Release {
  readonly amount: bigint;
  readonly atMs: number;
}

export interface Hold extends Order {
  readonly request: string;
  readonly authNo: string;
  readonly createdMs: number;
  status: 'INIT' | 'SUCCESS' | 'CLOSED';
  frozenMs?: number;
  rest: bigint;
  paid: bigint;
  readonly releases: Map<string, Release>;
}

export interface Books {
  /** By the code that a payer scans. */
  readonly codes: Map<string, { readonly order: Order; readonly held: boolean }>;
  /** By the merchant's number. */
  readonly orders: Map<string, Order>;
  readonly trades: Map<string, Trade>;
  readonly holds: Map<string, Hold>;
  /** Numbers that were canceled before there was a trade: none can be made any more. */
  readonly canceled: Set<string>;
  /** The balance that refunds are made from, in fen; undefined: enough for everything. */
  balance: bigint | undefined;
  /** Numbers that Alipay gives. */
  next: number;
}

export const emptyBooks = (): Books => ({
  codes: new Map(),
  orders: new Map(),
  trades: new Map(),
  holds: new Map(),
  canceled: new Set(),
  balance: undefined,
  next: 1,
});

export const refundedOf = ({ refunds }: Trade): bigint =>
  [...refunds.values()].reduce((sum, { amount }) => sum + amount, 0n);

export const tradeBy = ({ trades }: Books, biz: Readonly<Record<string, unknown>>): Trade | undefined =>
  // Its own number wins where both are sent.
  typeof biz.trade_no === 'string'
    ? [...trades.values()].find(({ tradeNo }) => tradeNo === biz.trade_no)
    : trades.get(String(biz.out_trade_no));

export const numberOf = (books: Books, prefix: string): string =>
  `${prefix}${String(books.next++).padStart(28 - prefix.length, '0')}`;
