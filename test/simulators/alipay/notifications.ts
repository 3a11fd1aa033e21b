/** Notifications of the simulator about trades and holds: signed forms, in the hands of a test or posted at once. */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { refundedOf, type Trade } from './books.ts';
import { gbk } from './gbk.ts';
import { timeOf, yuan } from './methods.ts';

export type Fields = Readonly<Record<string, string>>;

/** A message that was decided to be sent. */
export interface Notification {
  readonly url: string;
  readonly fields: Fields;
}

export interface SignedNotification {
  readonly raw: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Notify {
  trade(trade: Trade, refund?: { readonly number: string; readonly atMs: number }): void;
  hold(type: 'fund_auth_freeze' | 'fund_auth_unfreeze', url: string, members: Readonly<Record<string, unknown>>): void;
}

interface NotifyDeps {
  readonly appId: string;
  readonly sellerId: string;
  readonly nowMs: () => number;
  readonly add: (notification: Notification) => void;
}

const BUYER = '2088000000000099';

export function notifier({ appId, sellerId, nowMs, add }: NotifyDeps): Notify {
  let sent = 0;
  const message = (type: string, url: string, fields: Fields): void => {
    sent += 1;
    const id = createHash('md5').update(`${appId} ${sent}`).digest('hex');
    const common = { notify_type: type, notify_id: `${id}${sent}`, app_id: appId, auth_app_id: appId, version: '1.0' };
    if (url !== '') add({ url, fields: { ...common, charset: 'utf-8', ...fields } });
  };
  return {
    trade: (trade, refund) =>
      message('trade_status_sync', trade.notifyUrl, {
        out_trade_no: trade.number,
        trade_no: trade.tradeNo,
        trade_status: trade.status,
        subject: trade.subject,
        total_amount: yuan(trade.amount),
        receipt_amount: yuan(trade.amount),
        buyer_pay_amount: yuan(trade.amount),
        buyer_id: BUYER,
        buyer_logon_id: '159****5620',
        seller_id: sellerId,
        gmt_create: timeOf(trade.createdMs),
        fund_bill_list: `[{"amount":"${yuan(trade.amount)}","fundChannel":"ALIPAYACCOUNT"}]`,
        ...(trade.paidMs !== undefined && { gmt_payment: timeOf(trade.paidMs) }),
        ...(refund && {
          refund_fee: yuan(refundedOf(trade)),
          gmt_refund: `${timeOf(refund.atMs)}.000`,
          out_biz_no: refund.number,
        }),
      }),
    hold: (type, url, members) =>
      message(type, url, {
        ...(members as Fields),
        payee_user_id: sellerId,
        gmt_create: timeOf(nowMs()),
        gmt_trans: timeOf(nowMs()),
      }),
  };
}

/** The form as it is posted now, in the charset that it names. */
export function signNotification({ fields }: Notification, key: KeyObject, nowMs: number): SignedNotification {
  const timed: Fields = { ...fields, notify_time: timeOf(nowMs) };
  const charset = timed.charset ?? 'utf-8';
  const bytesOf = (text: string): Buffer => (charset.toLowerCase() === 'gbk' ? gbk(text) : Buffer.from(text));
  const content = Object.keys(timed)
    .sort()
    .map((name) => `${name}=${timed[name]}`)
    .join('&');
  const signature = sign('RSA-SHA256', bytesOf(content), key).toString('base64');
  const percent = (bytes: Buffer): string =>
    [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  const pair = ([name, value]: readonly [string, string]): string =>
    `${name}=${value
      .split(/([^0-9A-Za-z._-]+)/)
      .map((part, index) => (index % 2 === 0 ? part : percent(bytesOf(part)).replaceAll('%20', '+')))
      .join('')}`;
  const all = [...Object.entries(timed), ['sign', signature], ['sign_type', 'RSA2']] as const;
  return {
    raw: Buffer.from(all.map(([name, value]) => pair([name, value])).join('&')),
    headers: { 'content-type': `application/x-www-form-urlencoded; text/html; charset=${charset}` },
  };
}
