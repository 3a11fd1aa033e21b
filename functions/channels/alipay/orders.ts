/** Payments in one step: an order of one trade, which its payer pays on a page, in an app or by a code. */
import type { NextAction } from '../port/action.ts';
import type { WalletClient } from '../port/instrument.ts';
import type {
  AttemptOutcome,
  AuthorizeRequest,
  OperationOutcome,
  PaymentAtChannel,
  QueryResult,
} from '../port/port.ts';
import { readAs } from '../port/reader.ts';
import { CAPABILITIES } from './capabilities.ts';
import type { Product } from './credentials.ts';
import { classOf, declineOf, type ErrorClass, notPossible, ORDER_CLOSED } from './errors.ts';
import type { Answer, Gateway } from './gateway.ts';
import { orderOf, tradeOutcome } from './map.ts';
import { canceled, precreated, type Trade, trade } from './wire.ts';

type Unknown = Extract<AttemptOutcome, { kind: 'unknown' }>;
type Failed = Extract<OperationOutcome, { kind: 'failed' }>;

export const unknown = (reason: string): Unknown => ({ kind: 'unknown', reason });
export const UNREADABLE = unknown('the answer cannot be read');
export const NO_CREDENTIALS = unknown("the account's credentials are not available");
export const NOT_OURS = unknown('the answer is not about this request');

/** The outcome of a request that was refused before it did anything, or of which nothing is known. */
export function outcomeWithoutAnswer(answer: Exclude<Answer, { kind: 'answered' }>): Unknown | Failed {
  if (answer.kind === 'unknown') return answer;
  const { code, subCode } = answer;
  const kind = classOf(code, subCode);
  return kind === 'unknown' || kind === 'state'
    ? unknown(`refused: ${subCode || code}`)
    : { kind: 'failed', decline: declineOf(kind, subCode || code), ...(kind === 'funds' && { retryable: true }) };
}

export const isRefused = (answer: Answer, ...subCodes: readonly string[]): boolean =>
  answer.kind === 'refused' && subCodes.includes(answer.subCode);

export const classOfAnswer = (answer: Answer): ErrorClass | undefined =>
  answer.kind === 'refused' ? classOf(answer.code, answer.subCode) : undefined;

/** Products by which a payer can pay at each place, the best one first. */
const PRODUCTS_AT: Readonly<Record<WalletClient, readonly Exclude<Product, 'preauth'>[]>> = {
  web: ['page', 'qr'],
  mobile_web: ['wap', 'qr'],
  ios: ['app', 'wap'],
  android: ['app', 'wap'],
  mini_program: [],
};

/** Where the payer is. */
export const clientOf = ({ instrument }: AuthorizeRequest): WalletClient =>
  (instrument.kind === 'wallet' ? instrument.client : undefined) ?? 'web';

const productFor = ({ products }: Gateway, client: WalletClient) =>
  PRODUCTS_AT[client].find((product) => products.includes(product));

const { payableMs } = CAPABILITIES.wallets.alipay as { readonly payableMs: number };

/** Until when its payer can pay. */
export const expiryOf = ({ createdMs, expiresMs }: Pick<AuthorizeRequest, 'createdMs' | 'expiresMs'>): number =>
  expiresMs ?? createdMs + payableMs;

/** Places the order where the account has a product for it. */
export function placeOrder(gateway: Gateway, request: AuthorizeRequest): Promise<AttemptOutcome> | AttemptOutcome {
  const product = productFor(gateway, clientOf(request));
  if (product === undefined)
    return { kind: 'failed', decline: declineOf('configuration', 'no product for where the payer pays') };
  return product === 'qr' ? placeByCode(gateway, request) : placeUnsent(gateway, request, product);
}

async function placeByCode(gateway: Gateway, request: AuthorizeRequest): Promise<AttemptOutcome> {
  const expiresMs = expiryOf(request);
  const answer = await gateway.exchange('alipay.trade.precreate', {
    notify_url: gateway.callbackUrl,
    biz: orderOf(request, expiresMs),
  });
  if (answer.kind === 'answered') {
    const made = readAs(precreated, answer.body);
    return made?.out_trade_no === request.reference
      ? { kind: 'requires_action', action: codeFor(clientOf(request), made.qr_code, expiresMs) }
      : NOT_OURS;
  }
  if (classOfAnswer(answer) !== 'state') return outcomeWithoutAnswer(answer);
  const found = await placed(gateway, request);
  // An order that was closed before its payer opened it has no trade.
  const isClosed = found.kind === 'not_found' && isRefused(answer, 'ACQ.TRADE_HAS_CLOSE');
  if (isClosed) return { kind: 'failed', decline: ORDER_CLOSED };
  return found.kind === 'not_found' ? outcomeWithoutAnswer(answer) : found;
}

/** A code for another device; on a phone, the link in it opens the app. */
export const codeFor = (client: WalletClient, data: string, expiresMs: number): NextAction =>
  client === 'mobile_web' ? { kind: 'redirect', url: data, expiresMs } : { kind: 'qr_code', data, expiresMs };

/** Each such order with its method, its product code, and whether an app takes it. */
const UNSENT = {
  page: { method: 'alipay.trade.page.pay', code: 'FAST_INSTANT_TRADE_PAY', inApp: false },
  wap: { method: 'alipay.trade.wap.pay', code: 'QUICK_WAP_WAY', inApp: false },
  app: { method: 'alipay.trade.app.pay', code: 'QUICK_MSECURITY_PAY', inApp: true },
} as const;

/**
 * An order that the payer brings to Alipay, signed, in the address of a page or from an app: nothing has to be sent for it. Alipay is asked first all the same.
 * The order may be paid already, and an account whose keys are wrong is found out here, and not by the payer. The same request has the same order.
 */
async function placeUnsent(
  gateway: Gateway,
  request: AuthorizeRequest,
  product: keyof typeof UNSENT,
): Promise<AttemptOutcome> {
  const found = await placed(gateway, request);
  if (found.kind !== 'not_found' && found.kind !== 'requires_action') return found;
  const { method, code, inApp } = UNSENT[product];
  const { returnUrl, createdMs } = request;
  const expiresMs = expiryOf(request);
  const order = { ...orderOf(request, expiresMs), product_code: code };
  const notify = { notify_url: gateway.callbackUrl };
  if (inApp) {
    const data = gateway.orderString(method, { ...notify, biz: order }, createdMs);
    return { kind: 'requires_action', action: { kind: 'app', parameters: { native_data: data }, expiresMs } };
  }
  // A payer who gives up on a phone goes back the same way.
  const biz = product === 'wap' && returnUrl !== undefined ? { ...order, quit_url: returnUrl } : order;
  const back = returnUrl !== undefined ? { return_url: returnUrl } : {};
  const url = gateway.pageUrl(method, { ...notify, ...back, biz }, createdMs);
  return { kind: 'requires_action', action: { kind: 'redirect', url, expiresMs } };
}

/** What there is of the order. Another amount than is asked for is another payment. */
async function placed(gateway: Gateway, request: AuthorizeRequest): Promise<QueryResult<AttemptOutcome>> {
  const found = await findTrade(gateway, request.reference);
  if (!('trade_no' in found)) return found;
  return found.total_amount === request.amount ? tradeOutcome(found) : unknown('the order has another amount');
}

type Missing = Unknown | Failed | { readonly kind: 'not_found' };

/** The trade under a number of ours. */
export async function findTrade(gateway: Gateway, number: string): Promise<Trade | Missing> {
  const answer = await gateway.exchange('alipay.trade.query', { biz: { out_trade_no: number } });
  if (isRefused(answer, 'ACQ.TRADE_NOT_EXIST')) return { kind: 'not_found' };
  if (answer.kind !== 'answered') return outcomeWithoutAnswer(answer);
  const found = readAs(trade, answer.body);
  if (!found) return UNREADABLE;
  return found.out_trade_no === number ? found : NOT_OURS;
}

/** A question has no decline as its answer: what was not answered is unknown. */
export const unlessFailed = <T extends { readonly kind: string }>(found: T | Failed): Exclude<T, Failed> | Unknown =>
  found.kind === 'failed'
    ? unknown(`refused: ${(found as Failed).decline.networkCode}`)
    : (found as Exclude<T, Failed>);

export async function queryOrder(gateway: Gateway, reference: string): Promise<QueryResult<AttemptOutcome>> {
  const found = await findTrade(gateway, reference);
  return 'trade_no' in found ? tradeOutcome(found) : unlessFailed(found);
}

const SUCCEEDED: OperationOutcome = { kind: 'succeeded' };
const PAID: OperationOutcome = {
  kind: 'failed',
  decline: notPossible('payment_intent_unexpected_state', 'TRADE_SUCCESS'),
};

/**
 * Closes the order. An order that its payer has not opened has no trade that could be closed: it is canceled under our number, which takes back what
 * was paid in the meantime.
 */
export async function closeOrder(
  gateway: Gateway,
  { reference, createdMs }: PaymentAtChannel,
  nowMs: number,
): Promise<OperationOutcome> {
  const answer = await gateway.exchange('alipay.trade.close', { biz: { out_trade_no: reference } });
  if (answer.kind === 'answered') return SUCCEEDED;
  if (isRefused(answer, 'ACQ.TRADE_NOT_EXIST')) return cancelOrder(gateway, reference, nowMs > createdMs + payableMs);
  if (classOfAnswer(answer) !== 'state') return unlessFailed(outcomeWithoutAnswer(answer));
  const found = await queryOrder(gateway, reference);
  if (found.kind === 'captured') return PAID;
  return found.kind === 'failed' ? SUCCEEDED : unknown('the order is neither open nor closed');
}

/** `isOver`: its time has passed, so an order that has no trade can get none any more. */
async function cancelOrder(gateway: Gateway, reference: string, isOver: boolean): Promise<OperationOutcome> {
  const answer = await gateway.exchange('alipay.trade.cancel', { biz: { out_trade_no: reference } });
  const made = answer.kind === 'answered' ? readAs(canceled, answer.body) : undefined;
  if (made?.retry_flag === 'N') return SUCCEEDED;
  if (isOver && classOfAnswer(answer) === 'configuration') return SUCCEEDED;
  return unknown(answer.kind === 'refused' ? `refused: ${answer.subCode}` : 'the order is not canceled yet');
}
