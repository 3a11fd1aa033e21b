/** The operations of the simulator: a verified request in, a status and a body out. It knows nothing of signatures. */
import { type Books, leftOf, type Order, type OrderKind, type RefundRecord, refundsOf, statusOf } from './books.ts';

export interface Reply {
  readonly status: number;
  readonly body?: object;
}

export interface ApiState {
  readonly books: Books;
  readonly mchid: string;
  readonly appIds: readonly string[];
  readonly nowMs: () => number;
  /** The outcome of refunds from now on, and after how long, ms. */
  refundOutcome: RefundRecord['outcome'];
  refundTakesMs: number;
  /** Fen that the merchant has at WeChat Pay; absent: enough. */
  balance?: number;
  /** An order that is younger cannot be closed, ms. */
  closesAfterMs: number;
  number: number;
}

export const refusal = (status: number, code: string, message = code): Reply => ({ status, body: { code, message } });

const text = (value: unknown, least: number, greatest: number): value is string =>
  typeof value === 'string' && value.length >= least && value.length <= greatest;
const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

type Json = Readonly<Record<string, unknown>>;
const within = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** What is wrong with an order, by the first member; undefined: nothing. */
function wrongIn(state: ApiState, kind: OrderKind, body: Json): string | undefined {
  const amount = within(body.amount);
  const expires = body.time_expire;
  const scene = within(body.scene_info);
  if (!text(body.description, 1, 127)) return 'description';
  if (!text(body.out_trade_no, 6, 32) || !/^[0-9A-Za-z_\-*]+$/.test(body.out_trade_no)) return 'out_trade_no';
  if (!text(body.notify_url, 1, 255) || !/^(https:\/\/|http:\/\/127\.0\.0\.1[:/])[^?]+$/.test(body.notify_url))
    return 'notify_url';
  if (!whole(amount.total) || (amount.currency ?? 'CNY') !== 'CNY') return 'amount';
  if (expires !== undefined) {
    const well = text(expires, 25, 25) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/.test(expires);
    if (!well || Date.parse(expires) <= state.nowMs()) return 'time_expire';
  }
  if (kind === 'jsapi' && !text(within(body.payer).openid, 1, 128)) return 'payer.openid';
  if (kind === 'h5' && !text(scene.payer_client_ip, 7, 45)) return 'scene_info.payer_client_ip';
  if (kind === 'h5' && !text(within(scene.h5_info).type, 1, 32)) return 'scene_info.h5_info.type';
  return undefined;
}

export function placeOrder(state: ApiState, kind: OrderKind, raw: string): Reply {
  const body = within(parse(raw));
  if (body.mchid !== state.mchid || !state.appIds.includes(String(body.appid)))
    return refusal(400, 'APPID_MCHID_NOT_MATCH');
  const wrong = wrongIn(state, kind, body);
  if (wrong) return refusal(400, 'PARAM_ERROR', wrong);
  const number = String(body.out_trade_no);
  const known = state.books.orders.get(number);
  if (known) return placedBefore(known, `${kind} ${raw}`);
  state.number += 1;
  const order: Order = {
    kind,
    outTradeNo: number,
    appId: String(body.appid),
    total: within(body.amount).total as number,
    notifyUrl: String(body.notify_url),
    ...(kind === 'jsapi' && { openid: String(within(body.payer).openid) }),
    ...(body.time_expire !== undefined && { expiresMs: Date.parse(String(body.time_expire)) }),
    createdMs: state.nowMs(),
    request: `${kind} ${raw}`,
    start: startOf(kind, state.number),
    state: 'NOTPAY',
  };
  state.books.orders.set(number, order);
  return { status: 200, body: startBody(order) };
}

function placedBefore(order: Order, request: string): Reply {
  if (order.state === 'SUCCESS') return refusal(400, 'ORDER_PAID');
  if (order.state === 'CLOSED') return refusal(400, 'ORDER_CLOSED');
  return order.request === request ? { status: 200, body: startBody(order) } : refusal(400, 'INVALID_REQUEST');
}

function startOf(kind: OrderKind, number: number): string {
  const name = `wx${String(number).padStart(8, '0')}`;
  if (kind === 'native') return `weixin://wxpay/bizpayurl?pr=${name}`;
  return kind === 'h5' ? `https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=${name}&package=1` : name;
}

function startBody({ kind, start }: Order): object {
  if (kind === 'native') return { code_url: start };
  return kind === 'h5' ? { h5_url: start } : { prepay_id: start };
}

const timeText = (ms: number): string => `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
const TYPES = { native: 'NATIVE', h5: 'MWEB', app: 'APP', jsapi: 'JSAPI' } as const;

/** The order as a query and a callback show it. */
export function orderView(state: ApiState, order: Order): object {
  const isPaid = order.paidMs !== undefined;
  const hasRefund = refundsOf(state.books, order.outTradeNo).length > 0;
  return {
    appid: order.appId,
    mchid: state.mchid,
    out_trade_no: order.outTradeNo,
    trade_state: isPaid && hasRefund ? 'REFUND' : order.state,
    trade_state_desc: '',
    ...(isPaid && {
      transaction_id: order.transactionId,
      trade_type: TYPES[order.kind],
      bank_type: 'OTHERS',
      attach: '',
      success_time: timeText(order.paidMs!),
      payer: { openid: order.openid ?? 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
      amount: { total: order.total, payer_total: order.total, currency: 'CNY', payer_currency: 'CNY' },
    }),
  };
}

export function findOrder(state: ApiState, number: string, mchid: string | null): Reply {
  if (mchid !== state.mchid) return refusal(400, 'PARAM_ERROR', 'mchid');
  const order = state.books.orders.get(number);
  return order ? { status: 200, body: orderView(state, order) } : refusal(404, 'ORDER_NOT_EXIST');
}

export function closeOrder(state: ApiState, number: string, raw: string): Reply {
  if (within(parse(raw)).mchid !== state.mchid) return refusal(400, 'PARAM_ERROR', 'mchid');
  const order = state.books.orders.get(number);
  if (!order) return refusal(404, 'ORDERNOTEXIST');
  if (order.state === 'SUCCESS') return refusal(400, 'ORDERPAID');
  if (state.nowMs() - order.createdMs < state.closesAfterMs) return refusal(400, 'INVALID_REQUEST');
  order.state = 'CLOSED';
  return { status: 204 };
}

/** The payer pays. False where the order can no longer be paid. */
export function pay(state: ApiState, order: Order): boolean {
  const isOver = order.expiresMs !== undefined && state.nowMs() >= order.expiresMs;
  if (order.state !== 'NOTPAY' || isOver) return false;
  state.number += 1;
  order.state = 'SUCCESS';
  order.paidMs = state.nowMs();
  order.transactionId = `4200001234${timeText(state.nowMs()).slice(0, 10).replaceAll('-', '')}${String(state.number).padStart(10, '0')}`;
  if (state.balance !== undefined) state.balance += order.total;
  return true;
}

const MOST_REFUNDS = 50;

export function refund(state: ApiState, raw: string): Reply {
  const body = within(parse(raw));
  const amount = within(body.amount);
  const number = body.out_refund_no;
  const well =
    text(number, 1, 64) && /^[0-9A-Za-z_\-|*@]+$/.test(number) && whole(amount.refund) && whole(amount.total);
  if (!well || amount.currency !== 'CNY') return refusal(400, 'PARAM_ERROR');
  const order = [...state.books.orders.values()].find(({ outTradeNo, transactionId }) =>
    body.transaction_id === undefined ? outTradeNo === body.out_trade_no : transactionId === body.transaction_id,
  );
  if (!order) return refusal(404, 'RESOURCE_NOT_EXISTS');
  const known = state.books.refunds.get(number);
  if (known)
    return known.outTradeNo === order.outTradeNo && known.amount === amount.refund
      ? { status: 200, body: refundView(state, known) }
      : refusal(400, 'INVALID_REQUEST');
  if (order.state !== 'SUCCESS' || amount.total !== order.total) return refusal(400, 'INVALID_REQUEST');
  if ((amount.refund as number) > leftOf(state.books, order)) return refusal(400, 'INVALID_REQUEST');
  if (refundsOf(state.books, order.outTradeNo).length >= MOST_REFUNDS) return refusal(400, 'INVALID_REQ_TOO_MUCH');
  if (state.balance !== undefined && state.balance < (amount.refund as number)) return refusal(403, 'NOT_ENOUGH');
  state.number += 1;
  const made: RefundRecord = {
    refundId: `50300${String(state.number).padStart(20, '0')}`,
    outRefundNo: number,
    outTradeNo: order.outTradeNo,
    amount: amount.refund as number,
    notifyUrl: typeof body.notify_url === 'string' ? body.notify_url : order.notifyUrl,
    createdMs: state.nowMs(),
    decidedMs: state.nowMs() + state.refundTakesMs,
    outcome: state.refundOutcome,
  };
  if (state.balance !== undefined) state.balance -= made.amount;
  state.books.refunds.set(number, made);
  return { status: 200, body: refundView(state, made) };
}

export function refundView(state: ApiState, made: RefundRecord): object {
  const order = state.books.orders.get(made.outTradeNo)!;
  const status = statusOf(made, state.nowMs());
  return {
    refund_id: made.refundId,
    out_refund_no: made.outRefundNo,
    transaction_id: order.transactionId,
    out_trade_no: made.outTradeNo,
    channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    ...(status === 'SUCCESS' && { success_time: timeText(made.decidedMs) }),
    create_time: timeText(made.createdMs),
    status,
    funds_account: 'AVAILABLE',
    amount: {
      total: order.total,
      refund: made.amount,
      payer_total: order.total,
      payer_refund: made.amount,
      settlement_refund: made.amount,
      settlement_total: order.total,
      discount_refund: 0,
      currency: 'CNY',
    },
  };
}

/** The refund as its callback shows it: with other names than the answer to a query. */
export function refundNotice(state: ApiState, made: RefundRecord): object {
  const order = state.books.orders.get(made.outTradeNo)!;
  return {
    mchid: state.mchid,
    transaction_id: order.transactionId,
    out_trade_no: made.outTradeNo,
    refund_id: made.refundId,
    out_refund_no: made.outRefundNo,
    refund_status: made.outcome,
    ...(made.outcome === 'SUCCESS' && { success_time: timeText(made.decidedMs) }),
    user_received_account: '支付用户零钱',
    amount: { total: order.total, refund: made.amount, payer_total: order.total, payer_refund: made.amount },
  };
}

export const findRefund = (state: ApiState, number: string): Reply => {
  const made = state.books.refunds.get(number);
  return made ? { status: 200, body: refundView(state, made) } : refusal(404, 'RESOURCE_NOT_EXISTS');
};

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
