/** Alipay's notation of amounts, times and numbers, and the answers that are read. Pure. */
import * as z from 'zod/mini';
import { type ChannelReference, parseChannelReference } from '../../kernel/ids.ts';

/** Fen as yuan: 1 is `0.01`. */
export const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;

/** Yuan as fen; undefined: not an amount of at most two decimals. */
export function fenOf(text: string): bigint | undefined {
  const [, whole, , part = ''] = /^([0-9]{1,12})(\.([0-9]{1,2}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : BigInt(whole) * 100n + BigInt(part.padEnd(2, '0'));
}

/** Alipay's clock is eight hours ahead of UTC, without summer time. */
const SHANGHAI_MS = 8 * 3_600_000;

/** `yyyy-MM-dd HH:mm:ss` in Shanghai. Parts of a second are cut off: an order then ends no later than asked. */
export const shanghaiTime = (ms: number): string =>
  new Date(ms + SHANGHAI_MS).toISOString().slice(0, 19).replace('T', ' ');

/** Milliseconds of a time in Shanghai; undefined: not one. */
export function msOf(time: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(time)) return undefined;
  const ms = Date.parse(`${time.replace(' ', 'T')}Z`) - SHANGHAI_MS;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The number of an operation on a payment: of a capture its trade, of a release its request. */
export const operationNumber = (reference: ChannelReference, operation: number): string => `${reference}_${operation}`;

/** What a number of ours names: an attempt or a refund, or an operation on an attempt. Undefined: none of ours. */
export function ours(
  number: string,
): { readonly reference: ChannelReference; readonly operation?: number } | undefined {
  const [, reference = '', operation] = /^([0-9A-Za-z]{31})(?:_([0-9]{1,6}))?$/.exec(number) ?? [];
  if (!parseChannelReference(reference)) return undefined;
  return { reference: reference as ChannelReference, ...(operation !== undefined && { operation: Number(operation) }) };
}

export const amount = z.pipe(
  z.string().check(z.regex(/^[0-9]{1,12}(\.[0-9]{1,2})?$/)),
  z.transform((text) => fenOf(text)!),
);
const short = z.string().check(z.maxLength(128));
const optional = z.optional(short);

/** The statuses of a trade. TRADE_CLOSED is the end of an unpaid one and of a wholly refunded one. */
export const tradeStatus = z.enum(['WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED']);

/** alipay.trade.query, and the members of a callback under their names there. */
export const trade = z.object({
  out_trade_no: short,
  trade_no: short,
  trade_status: tradeStatus,
  total_amount: amount,
  /** Present once it was paid: as a query and as a callback name it. */
  send_pay_date: optional,
  gmt_payment: optional,
  receipt_amount: z.optional(amount),
  buyer_pay_amount: z.optional(amount),
  refund_fee: z.optional(amount),
  /** The payer, as a query and as a callback name them; newer applications see another name. */
  buyer_user_id: optional,
  buyer_id: optional,
  buyer_open_id: optional,
  trans_currency: optional,
});
export type Trade = z.infer<typeof trade>;

/** alipay.fund.auth.operation.detail.query: an order of a pre-authorization, and one operation of it. */
export const hold = z.object({
  auth_no: short,
  out_order_no: short,
  out_request_no: short,
  operation_id: optional,
  operation_type: optional,
  status: short,
  order_status: optional,
  amount,
  rest_amount: z.optional(amount),
  total_freeze_amount: z.optional(amount),
  total_pay_amount: z.optional(amount),
  payer_user_id: optional,
  payer_open_id: optional,
});
export type Hold = z.infer<typeof hold>;

export const precreated = z.object({ out_trade_no: short, qr_code: z.string().check(z.regex(/^https?:\/\/[!-~]+$/)) });
export const canceled = z.object({ out_trade_no: optional, retry_flag: optional, action: optional });
export const refunded = z.object({ out_trade_no: short, trade_no: short, fund_change: optional });
export const foundRefund = z.object({
  out_trade_no: optional,
  trade_no: optional,
  out_request_no: optional,
  refund_status: optional,
});
export const voucher = z.object({ out_order_no: short, out_request_no: short, code_value: short });
export const paid = z.object({ out_trade_no: short, trade_no: short, total_amount: amount });
