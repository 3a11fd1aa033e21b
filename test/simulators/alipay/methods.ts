/** What the simulated gateway does for each method, in Alipay's words. Amounts on the wire are yuan. */
import { type Books, numberOf, type Order, refundedOf, type Trade, tradeBy } from './books.ts';
import type { Notify } from './notifications.ts';

export interface MethodDeps {
  readonly books: Books;
  readonly nowMs: () => number;
  readonly baseUrl: string;
  readonly sellerId: string;
  readonly notify: Notify;
  /** The last part of the time given to an order that nothing was said of, ms. */
  readonly bill: (date: string) => Readonly<Record<string, string>> | undefined;
}

export type Biz = Readonly<Record<string, unknown>>;
export type Members = Readonly<Record<string, unknown>>;
/** A refusal of the business kind (code 40004). */
export interface No {
  readonly no: string;
}

export const no = (subCode: string): No => ({ no: subCode });
const text = (biz: Biz, name: string): string => (typeof biz[name] === 'string' ? biz[name] : '');

export const yuan = (fen: bigint): string => (Number(fen) / 100).toFixed(2);
export const fen = (amount: unknown): bigint | undefined =>
  typeof amount === 'string' && /^\d{1,9}\.\d{2}$/.test(amount) ? BigInt(amount.replace('.', '')) : undefined;
/** Alipay's clock stands in Shanghai. */
export const timeOf = (ms: number): string =>
  new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'Asia/Shanghai' }).format(ms);
const msOf = (time: string): number => Date.parse(`${time.replace(' ', 'T')}+08:00`);

const BUYER = '2088000000000099';
const LONGEST_CODE_MS = 2 * 3_600_000;
const REFUNDABLE: readonly Trade['status'][] = ['TRADE_SUCCESS'];

/** Closes what is over. */
export function settle({ trades, holds }: Books, nowMs: number): void {
  for (const trade of trades.values())
    if (trade.status === 'WAIT_BUYER_PAY' && nowMs >= trade.expiresMs) trade.status = 'TRADE_CLOSED';
  for (const hold of holds.values()) if (hold.status === 'INIT' && nowMs >= hold.expiresMs) hold.status = 'CLOSED';
}

/** The order in the parameters of a page, an app or a code; a refusal where Alipay takes none. */
export function readOrder(
  { books, nowMs }: Pick<MethodDeps, 'books' | 'nowMs'>,
  biz: Biz,
  { notifyUrl, returnUrl }: { readonly notifyUrl: string; readonly returnUrl: string },
): Order | No {
  const number = text(biz, 'out_trade_no');
  const amount = fen(biz.total_amount);
  const expiresMs = msOf(text(biz, 'time_expire'));
  if (!/^[0-9A-Za-z_]{1,64}$/.test(number) || !amount || Number.isNaN(expiresMs)) return no('ACQ.INVALID_PARAMETER');
  if (/[/=&]/.test(text(biz, 'subject')) || text(biz, 'subject') === '') return no('ACQ.INVALID_PARAMETER');
  const trade = books.trades.get(number);
  if (trade && trade.amount !== amount && trade.status === 'WAIT_BUYER_PAY') return no('ACQ.CONTEXT_INCONSISTENT');
  if (trade?.status === 'TRADE_CLOSED' || books.canceled.has(number)) return no('ACQ.TRADE_HAS_CLOSE');
  if (trade && trade.status !== 'WAIT_BUYER_PAY') return no('ACQ.TRADE_HAS_SUCCESS');
  if (expiresMs <= nowMs()) return no('ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR');
  const before = books.orders.get(number);
  if (before && before.amount !== amount) return no('ACQ.CONTEXT_INCONSISTENT');
  return { number, amount, subject: text(biz, 'subject'), expiresMs, notifyUrl, returnUrl };
}

/** The payer opened the order: from now on there is a trade. */
export function open(books: Books, order: Order, nowMs: number): Trade {
  const made = books.trades.get(order.number) ?? {
    ...order,
    tradeNo: numberOf(books, '20261201220014'),
    createdMs: nowMs,
    status: 'WAIT_BUYER_PAY',
    refunds: new Map(),
  };
  books.trades.set(order.number, made);
  return made;
}

export const tradeMembers = (trade: Trade): Members => ({
  out_trade_no: trade.number,
  trade_no: trade.tradeNo,
  trade_status: trade.status,
  total_amount: yuan(trade.amount),
  receipt_amount: yuan(trade.paidMs === undefined ? 0n : trade.amount),
  buyer_pay_amount: yuan(trade.paidMs === undefined ? 0n : trade.amount),
  point_amount: '0.00',
  buyer_logon_id: '159****5620',
  buyer_user_id: BUYER,
  ...(trade.paidMs !== undefined && { send_pay_date: timeOf(trade.paidMs) }),
});

type Method = (deps: MethodDeps, biz: Biz, notifyUrl: string) => Members | No;

const precreate: Method = (deps, biz, notifyUrl) => {
  const order = readOrder(deps, biz, { notifyUrl, returnUrl: '' });
  if ('no' in order) return order;
  const { codes, orders } = deps.books;
  const known = [...codes].find(([, one]) => one.order.number === order.number)?.[0];
  const code = known ?? `bax0${codes.size + 1}`;
  orders.set(order.number, order);
  const expiresMs = Math.min(order.expiresMs, deps.nowMs() + LONGEST_CODE_MS);
  if (!known) codes.set(code, { order: { ...order, expiresMs }, held: false });
  return { out_trade_no: order.number, qr_code: `${deps.baseUrl}/qr/${code}` };
};

const query: Method = ({ books }, biz) => {
  const trade = tradeBy(books, biz);
  return trade ? tradeMembers(trade) : no('ACQ.TRADE_NOT_EXIST');
};

const close: Method = ({ books }, biz) => {
  const trade = tradeBy(books, biz);
  if (!trade) return no('ACQ.TRADE_NOT_EXIST');
  if (trade.status !== 'WAIT_BUYER_PAY') return no('ACQ.REASON_TRADE_STATUS_INVALID');
  trade.status = 'TRADE_CLOSED';
  return { out_trade_no: trade.number, trade_no: trade.tradeNo };
};

const cancel: Method = ({ books, nowMs }, biz) => {
  const trade = tradeBy(books, biz);
  const number = trade?.number ?? text(biz, 'out_trade_no');
  if (!trade) {
    books.canceled.add(number);
    return { out_trade_no: number, retry_flag: 'N' };
  }
  if (trade.status === 'TRADE_FINISHED') return no('ACQ.TRADE_HAS_FINISHED');
  const isPaid = trade.paidMs !== undefined && refundedOf(trade) < trade.amount;
  if (isPaid) trade.refunds.set(number, { amount: trade.amount - refundedOf(trade), atMs: nowMs() });
  trade.status = 'TRADE_CLOSED';
  return { out_trade_no: number, trade_no: trade.tradeNo, retry_flag: 'N', action: isPaid ? 'refund' : 'close' };
};

const refund: Method = ({ books, nowMs, notify }, biz) => {
  const trade = tradeBy(books, biz);
  if (!trade) return no('ACQ.TRADE_NOT_EXIST');
  const number = text(biz, 'out_request_no') || trade.number;
  const amount = fen(biz.refund_amount);
  if (!amount) return no('ACQ.INVALID_PARAMETER');
  const members = (changed: 'Y' | 'N') => ({
    out_trade_no: trade.number,
    trade_no: trade.tradeNo,
    buyer_logon_id: '159****5620',
    fund_change: changed,
    refund_fee: yuan(refundedOf(trade)),
  });
  const before = trade.refunds.get(number);
  if (before) return before.amount === amount ? members('N') : no('ACQ.DISCORDANT_REPEAT_REQUEST');
  if (trade.status === 'TRADE_FINISHED') return no('ACQ.TRADE_HAS_FINISHED');
  if (!REFUNDABLE.includes(trade.status)) return no('ACQ.TRADE_STATUS_ERROR');
  if (refundedOf(trade) + amount > trade.amount) return no('ACQ.REFUND_AMT_NOT_EQUAL_TOTAL');
  if (books.balance !== undefined && books.balance < amount) return no('ACQ.SELLER_BALANCE_NOT_ENOUGH');
  if (books.balance !== undefined) books.balance -= amount;
  trade.refunds.set(number, { amount, atMs: nowMs() });
  if (refundedOf(trade) === trade.amount) trade.status = 'TRADE_CLOSED';
  notify.trade(trade, { number, atMs: nowMs() });
  return members('Y');
};

const refundQuery: Method = ({ books }, biz) => {
  const trade = tradeBy(books, biz);
  if (!trade) return no('ACQ.TRADE_NOT_EXIST');
  const number = text(biz, 'out_request_no');
  const found = trade.refunds.get(number);
  if (!found) return {};
  return {
    out_trade_no: trade.number,
    trade_no: trade.tradeNo,
    out_request_no: number,
    total_amount: yuan(trade.amount),
    refund_amount: yuan(found.amount),
    refund_status: 'REFUND_SUCCESS',
  };
};

/** Pays from a hold. */
const pay: Method = ({ books, nowMs, notify }, biz, notifyUrl) => {
  const number = text(biz, 'out_trade_no');
  const amount = fen(biz.total_amount);
  if (books.trades.has(number)) return no('ACQ.TRADE_HAS_SUCCESS');
  const hold = [...books.holds.values()].find(({ authNo }) => authNo === biz.auth_no);
  if (!hold) return no('AUTH_ORDER_NOT_EXIST');
  if (!amount || text(biz, 'subject') === '') return no('ACQ.INVALID_PARAMETER');
  if (hold.status !== 'SUCCESS' || amount > hold.rest) return no('ACQ.AUTH_AMOUNT_NOT_ENOUGH');
  const order = { number, amount, subject: text(biz, 'subject'), expiresMs: 0, notifyUrl, returnUrl: '' };
  const trade: Trade = {
    ...open(books, order, nowMs()),
    authNo: hold.authNo,
    status: 'TRADE_SUCCESS',
    paidMs: nowMs(),
  };
  books.trades.set(number, trade);
  hold.paid += amount;
  hold.rest = biz.auth_confirm_mode === 'COMPLETE' ? 0n : hold.rest - amount;
  notify.trade(trade);
  return { ...tradeMembers(trade), gmt_payment: timeOf(nowMs()) };
};

export const METHODS: Readonly<Record<string, Method>> = {
  'alipay.trade.precreate': precreate,
  'alipay.trade.query': query,
  'alipay.trade.close': close,
  'alipay.trade.cancel': cancel,
  'alipay.trade.refund': refund,
  'alipay.trade.fastpay.refund.query': refundQuery,
  'alipay.trade.pay': pay,
  'alipay.data.dataservice.bill.downloadurl.query': ({ bill }, biz) =>
    bill(text(biz, 'bill_date')) ?? no('isp.bill_not_exist'),
};
