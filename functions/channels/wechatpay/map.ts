/** Our instructions as WeChat Pay's requests, and its answers as our outcomes. Pure. */
import * as z from 'zod/mini';
import { type ChannelReference, parseChannelReference } from '../../kernel/ids.ts';
import type { NextAction } from '../port/action.ts';
import { handlesIn } from '../port/handles.ts';
import type { Instrument, WalletClient } from '../port/instrument.ts';
import type { AttemptOutcome, AuthorizeRequest, OperationOutcome, QueryResult, RefundRequest } from '../port/port.ts';
import { hasApp, type WechatpayCredentials } from './credentials.ts';
import { declineOf, ORDER_CLOSED, REFUND_CLOSED } from './errors.ts';
import { appSignature, type PayerStart, pageSignature } from './signature.ts';

type Wallet = Extract<Instrument, { kind: 'wallet' }>;

/** The kind of order by where the payer is. */
const KINDS = {
  web: 'native',
  mobile_web: 'h5',
  ios: 'app',
  android: 'app',
  mini_program: 'jsapi',
} as const satisfies Record<WalletClient, string>;

export const clientOf = ({ client = 'web' }: Wallet): WalletClient => client;

/** The app of the payment: the one that it names, where the account has it. */
export function appOf(credentials: WechatpayCredentials, { appId = credentials.appId }: Wallet): string | undefined {
  return hasApp(credentials, appId) ? appId : undefined;
}

const EAST = 8 * 3_600_000;
/** The second, as WeChat Pay writes it. An order never lives longer than it was asked to. */
const timeText = (ms: number): string => `${new Date(ms + EAST).toISOString().slice(0, 19)}+08:00`;

/** Where an order is placed, and the order. */
export function orderOf(
  request: AuthorizeRequest,
  wallet: Wallet,
  { appId, mchid, callbackUrl }: { readonly appId: string; readonly mchid: string; readonly callbackUrl: string },
): { readonly target: string; readonly body: object } {
  const client = clientOf(wallet);
  return {
    target: `/v3/pay/transactions/${KINDS[client]}`,
    body: {
      appid: appId,
      mchid,
      description: request.statementDescriptor || 'Payment',
      out_trade_no: request.reference,
      ...(request.expiresMs !== undefined && { time_expire: timeText(request.expiresMs) }),
      notify_url: callbackUrl,
      amount: { total: Number(request.amount), currency: 'CNY' },
      ...(client === 'mini_program' && { payer: { openid: wallet.openid } }),
      ...sceneOf(client, wallet),
    },
  };
}

function sceneOf(client: WalletClient, { ipAddress }: Wallet): object {
  const address = ipAddress === undefined ? {} : { payer_client_ip: ipAddress };
  if (client === 'mobile_web') return { scene_info: { ...address, h5_info: { type: 'Wap' } } };
  return ipAddress === undefined ? {} : { scene_info: address };
}

const short = z.string().check(z.minLength(1), z.maxLength(128));
const address = z.string().check(z.minLength(1), z.maxLength(2_000));
const placed = z.union([
  z.object({ code_url: address }),
  z.object({ h5_url: address.check(z.regex(/^https?:\/\//)) }),
  z.object({ prepay_id: short }),
]);

/** What the payer does with an order that was placed; undefined where the answer does not say. */
export function actionOf(
  answer: unknown,
  request: AuthorizeRequest,
  wallet: Wallet,
  { appId, credentials }: { readonly appId: string; readonly credentials: WechatpayCredentials },
): NextAction | undefined {
  const { data } = z.safeParse(placed, answer);
  const client = clientOf(wallet);
  const expires = request.expiresMs === undefined ? {} : { expiresMs: request.expiresMs };
  if (data && 'code_url' in data && client === 'web') return { kind: 'qr_code', data: data.code_url, ...expires };
  if (data && 'h5_url' in data && client === 'mobile_web')
    return { kind: 'redirect', url: comingBack(data.h5_url, request.returnUrl), ...expires };
  if (!data || !('prepay_id' in data) || client === 'web' || client === 'mobile_web') return undefined;
  // The same request has the same parameters: its reference is used once, and is as good as any random text.
  const start: PayerStart = {
    appId,
    prepayId: data.prepay_id,
    nonce: request.reference,
    timestamp: String(Math.floor(request.createdMs / 1000)),
  };
  return { kind: 'app', parameters: parametersOf(client, start, credentials), ...expires };
}

/** WeChat's page leads the payer's browser there when they have paid or turned back. */
const comingBack = (url: string, returnUrl: string | undefined): string =>
  returnUrl === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}redirect_url=${encodeURIComponent(returnUrl)}`;

function parametersOf(
  client: 'ios' | 'android' | 'mini_program',
  start: PayerStart,
  { mchid, privateKey }: WechatpayCredentials,
): Readonly<Record<string, string>> {
  const { appId, timestamp, nonce, prepayId } = start;
  const shared = { app_id: appId, nonce_str: nonce, timestamp };
  if (client === 'mini_program')
    return {
      ...shared,
      package: `prepay_id=${prepayId}`,
      sign_type: 'RSA',
      pay_sign: pageSignature(start, privateKey),
    };
  const sign = appSignature(start, privateKey);
  if (client === 'android') return { ...shared, package: 'Sign=WXPay', partner_id: mchid, prepay_id: prepayId, sign };
  const query = Object.entries({
    nonceStr: nonce,
    package: 'Sign=WXPay',
    partnerId: mchid,
    prepayId,
    timeStamp: timestamp,
    sign,
  }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return { native_url: `weixin://app/${appId}/pay/?${query.join('&')}` };
}

const fen = z.int().check(z.minimum(0));
const transaction = z.object({
  mchid: short,
  appid: z.optional(short),
  out_trade_no: short,
  transaction_id: z.optional(z.string().check(z.maxLength(32))),
  trade_state: short,
  payer: z.optional(z.object({ openid: z.optional(z.string().check(z.maxLength(128))) })),
  amount: z.optional(z.object({ total: z.optional(fen), currency: z.optional(z.string()) })),
});
export type Transaction = z.infer<typeof transaction>;

export const readTransaction = (body: unknown): Transaction | undefined => z.safeParse(transaction, body).data;

const unknown = (reason: string): Extract<AttemptOutcome, { kind: 'unknown' }> => ({ kind: 'unknown', reason });

/**
 * What became of an order. `REFUND`: it was paid, and a refund of it exists. `NOTPAY`: it is not paid yet, and the answer does not repeat how it is paid, so
 * there is nothing to be found.
 */
export function outcomeOf(order: Transaction): QueryResult<AttemptOutcome> {
  switch (order.trade_state) {
    case 'SUCCESS':
    case 'REFUND':
      return paid(order);
    case 'NOTPAY':
      return { kind: 'not_found' };
    case 'CLOSED':
    case 'REVOKED':
      return { kind: 'failed', decline: ORDER_CLOSED };
    case 'PAYERROR':
      return { kind: 'failed', decline: declineOf('payer_action', 'PAYERROR') };
    case 'USERPAYING':
    case 'ACCEPT':
      return { kind: 'pending' };
    default:
      return unknown(`trade state ${order.trade_state.slice(0, 32)}`);
  }
}

function paid({ transaction_id: id, amount, payer }: Transaction): AttemptOutcome {
  if (!id || amount?.total === undefined || (amount.currency ?? 'CNY') !== 'CNY')
    return unknown('a paid order without its number, its amount or its currency');
  return {
    kind: 'captured',
    authorizationCode: id,
    amount: BigInt(amount.total),
    wallet: { transaction: id, ...(payer?.openid && { payerId: payer.openid }) },
    ...handlesIn({ transaction_id: id }),
  };
}

/** A refund of an order as it is asked for: WeChat Pay wants the amount of the order repeated. */
export const refundOf = (request: RefundRequest, orderAmount: bigint, callbackUrl: string): object => ({
  out_trade_no: request.payment,
  out_refund_no: request.reference,
  notify_url: callbackUrl,
  amount: { refund: Number(request.amount), total: Number(orderAmount), currency: 'CNY' },
});

const refund = z.object({
  out_refund_no: short,
  out_trade_no: short,
  refund_id: short,
  status: short,
  amount: z.object({ refund: fen, total: z.optional(fen), currency: z.optional(z.string()) }),
});
export type RefundFacts = z.infer<typeof refund>;

export const readRefund = (body: unknown): RefundFacts | undefined => z.safeParse(refund, body).data;

/**
 * What became of a refund. `ABNORMAL`: the payer's account or card takes no money back. That is not final: the money is sent elsewhere by a person, in the merchant
 * platform or by the API, and nothing has gone back until then.
 */
export function refundOutcome({ status, refund_id: id }: Pick<RefundFacts, 'status' | 'refund_id'>): OperationOutcome {
  const handles = handlesIn({ refund_id: id });
  switch (status) {
    case 'SUCCESS':
      return { kind: 'succeeded', ...handles };
    case 'PROCESSING':
      return { kind: 'pending', ...handles };
    case 'ABNORMAL':
      return { kind: 'pending', needsPerson: 'ABNORMAL', ...handles };
    case 'CLOSED':
      return { kind: 'failed', decline: REFUND_CLOSED, ...handles };
    default:
      return unknown(`refund state ${status.slice(0, 32)}`);
  }
}

/** A number of ours, as a message names it; undefined for any other. */
export const referenceIn = (text: string): ChannelReference | undefined =>
  parseChannelReference(text) ? (text as ChannelReference) : undefined;
