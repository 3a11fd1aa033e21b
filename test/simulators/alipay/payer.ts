/** The payer's side: pages that a browser opens, codes that a phone scans, and orders that an app hands over. */
import { sign } from 'node:crypto';
import type { Hold, Order, Trade } from './books.ts';
import { holdMembers, openHold, readHold } from './hold-methods.ts';
import { type MethodDeps, open, readOrder, timeOf, yuan } from './methods.ts';
import { readRequest, type Signing } from './protocol.ts';

export interface PageAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const page = (content: string, status = 200): PageAnswer => ({
  status,
  body: `<!doctype html><title>支付宝</title><main>${content}</main>`,
});
const REFUSED = page('<p>交易无法支付</p>', 400);

/** What the payer sees before deciding. */
const decision = (kind: 'trade' | 'hold', number: string): PageAnswer =>
  page(
    `<form method="post" action="/payer/${kind}/${number}"><button name="decision" value="approve">确认</button></form>`,
  );

const PAGES: readonly string[] = ['alipay.trade.page.pay', 'alipay.trade.wap.pay', 'alipay.trade.app.pay'];

export function payerPages(deps: MethodDeps, signing: Signing) {
  const { books, nowMs, notify } = deps;

  /** An order that was opened and can still be paid. */
  function opened(order: Order, held: boolean): PageAnswer {
    const isOver = nowMs() >= order.expiresMs || books.canceled.has(held ? `hold ${order.number}` : order.number);
    const known = held ? books.holds.get(order.number) : books.trades.get(order.number);
    const isWaiting = known === undefined || known.status === 'WAIT_BUYER_PAY' || known.status === 'INIT';
    if (isOver || !isWaiting) return REFUSED;
    if (held) openHold(books, order, nowMs());
    else open(books, order, nowMs());
    return decision(held ? 'hold' : 'trade', order.number);
  }

  /** A signed order: of a page, or as an app hands it over. */
  function signedOrder(url: URL): PageAnswer {
    const request = readRequest(url, '', signing);
    if ('error' in request) return page(`<p>${request.error.subCode}</p>`, 400);
    const { method, biz } = request;
    if (method === 'alipay.fund.auth.order.app.freeze') {
      const order = readHold(deps, biz, request.notifyUrl);
      return 'no' in order ? REFUSED : opened(order, true);
    }
    if (!PAGES.includes(method)) return REFUSED;
    const order = readOrder(deps, biz, request);
    return 'no' in order ? REFUSED : opened(order, false);
  }

  function paid(trade: Trade): PageAnswer {
    trade.status = 'TRADE_SUCCESS';
    trade.paidMs = nowMs();
    notify.trade(trade);
    return trade.returnUrl === ''
      ? page('<p>支付成功</p>')
      : { ...page(''), status: 302, headers: { location: returnOf(trade) } };
  }

  function frozen(hold: Hold): PageAnswer {
    hold.status = 'SUCCESS';
    hold.frozenMs = nowMs();
    hold.rest = hold.amount;
    notify.hold('fund_auth_freeze', hold.notifyUrl, holdMembers(hold));
    return page('<p>授权成功</p>');
  }

  /** Where the browser goes back to, with Alipay's signed parameters. */
  function returnOf(trade: Trade): string {
    const fields: Readonly<Record<string, string>> = {
      app_id: signing.identity.appId,
      charset: 'utf-8',
      method: 'alipay.trade.page.pay.return',
      out_trade_no: trade.number,
      seller_id: signing.identity.sellerId,
      timestamp: timeOf(nowMs()),
      total_amount: yuan(trade.amount),
      trade_no: trade.tradeNo,
      version: '1.0',
    };
    const content = Object.entries(fields)
      .map((pair) => pair.join('='))
      .join('&');
    const signature = sign('RSA-SHA256', Buffer.from(content), signing.key().privateKey).toString('base64');
    return `${trade.returnUrl}?${new URLSearchParams({ ...fields, sign: signature, sign_type: 'RSA2' })}`;
  }

  /** The payer presses a button, or cancels the order in the list of their payments. */
  function decided(kind: string, number: string, choice: string): PageAnswer {
    const trade = kind === 'trade' ? books.trades.get(number) : undefined;
    const hold = kind === 'hold' ? books.holds.get(number) : undefined;
    if (trade?.status === 'WAIT_BUYER_PAY') {
      if (choice === 'approve') return paid(trade);
      if (choice === 'decline') trade.status = 'TRADE_CLOSED';
      return page('<p>交易未支付</p>');
    }
    if (hold?.status !== 'INIT') return REFUSED;
    if (choice === 'approve') return frozen(hold);
    if (choice === 'decline') hold.status = 'CLOSED';
    return page('<p>未授权</p>');
  }

  return (method: string, url: URL, body: string): PageAnswer => {
    const [, place, first = '', second = ''] = url.pathname.split('/');
    if (place === 'gateway.do' && method === 'GET') return signedOrder(url);
    if (place === 'app' && method === 'POST') return signedOrder(new URL(`/gateway.do?${body}`, url));
    if (place === 'qr' && method === 'GET') {
      const code = books.codes.get(first);
      return code ? opened(code.order, code.held) : REFUSED;
    }
    if (place === 'payer' && method === 'POST')
      return decided(first, second, new URLSearchParams(body).get('decision') ?? '');
    return page('', 404);
  };
}
