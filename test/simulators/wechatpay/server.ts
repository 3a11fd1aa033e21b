/**
 * A simulator of WeChat Pay (API v3) on loopback: it verifies the merchant's signatures, signs its answers, encrypts and signs its callbacks, and keeps its own books. It reads
 * the time from a clock that a test may move. Faults and the payer's steps are `controls.ts`.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeOrder, findOrder, findRefund, placeOrder, type Reply, refund, refusal } from './api.ts';
import { billFile, billLink } from './bills.ts';
import type { Books, OrderKind } from './books.ts';
import { callbacksOf } from './callbacks.ts';
import { type Controls, controlsOf } from './controls.ts';
import { freshFaults, type Parties, type Running } from './running.ts';
import { encryptedResource, isSignedBy, type SignedMessage, signedHeaders } from './signing.ts';

export interface Wechatpay {
  readonly url: string;
  readonly parties: Parties;
  readonly books: Books;
  readonly controls: Controls;
  /** All callbacks that were sent or are due by the clock, in their order, signed now. */
  callbacks(): readonly SignedMessage[];
  close(): Promise<void>;
}

export async function startWechatpay(parties: Parties, nowMs: () => number): Promise<Wechatpay> {
  const running: Running = {
    parties,
    nowMs,
    bills: new Map(),
    faults: freshFaults(),
    url: '',
    state: {
      books: { orders: new Map(), refunds: new Map(), withdrawals: [] },
      mchid: parties.mchid,
      appIds: [parties.appId, ...parties.appIds],
      nowMs,
      refundOutcome: 'SUCCESS',
      refundTakesMs: 3_000,
      closesAfterMs: 0,
      number: 0,
    },
  };
  const server = createServer((request, response) => {
    serve(running, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  running.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    url: running.url,
    parties,
    books: running.state.books,
    controls: controlsOf(running),
    callbacks: () => callbacksOf(running),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function serve(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = await bodyOf(request);
  const { faults } = running;
  const fault = faults.next.shift();
  if (faults.down || fault === 'drop_request') return void response.destroy();
  const target = request.url ?? '/';
  const url = new URL(target, 'http://127.0.0.1');
  if (url.pathname === '/v3/billdownload/file') return sendFile(running, request, response, target, url);
  const refused =
    typeof fault === 'object' ? refusal(fault.status, fault.code) : refusalOf(running, request, target, raw);
  const reply = refused ?? route(running, request.method ?? 'GET', url, raw);
  if (fault === 'drop_response') return void response.destroy();
  const body = reply.body === undefined ? '' : JSON.stringify(reply.body);
  const headers =
    faults.unsigned || reply.status === 401 ? {} : signedHeaders(running, body, request.headers['wechatpay-serial']);
  if (fault === 'probe') headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${headers['Wechatpay-Signature']}`;
  const sent = fault === 'tamper' ? body.replace(/\d(?=[^\d]*$)/, (digit) => String((Number(digit) + 1) % 10)) : body;
  response.writeHead(reply.status, { ...headers, 'content-type': 'application/json; charset=utf-8' }).end(sent);
}

/** The request is the merchant's, and was signed just now. */
function refusalOf(running: Running, request: IncomingMessage, target: string, raw: string): Reply | undefined {
  const { authorization } = request.headers;
  const isGood = isSignedBy(running, { method: request.method ?? 'GET', target, raw, authorization });
  return isGood ? undefined : refusal(401, 'SIGN_ERROR', '签名错误');
}

const PLACE = /^\/v3\/pay\/transactions\/(native|h5|app|jsapi)$/;
const ORDER = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)(\/close)?$/;
const REFUND = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/;

function route(running: Running, method: string, url: URL, raw: string): Reply {
  const { state } = running;
  const { pathname, searchParams } = url;
  const placed = PLACE.exec(pathname);
  if (method === 'POST' && placed) return placeOrder(state, placed[1] as OrderKind, raw);
  const order = ORDER.exec(pathname);
  if (method === 'POST' && order?.[2]) return closeOrder(state, decodeURIComponent(order[1]!), raw);
  if (method === 'GET' && order && !order[2])
    return findOrder(state, decodeURIComponent(order[1]!), searchParams.get('mchid'));
  if (method === 'POST' && pathname === '/v3/refund/domestic/refunds') return refund(state, raw);
  const made = REFUND.exec(pathname);
  if (method === 'GET' && made) return findRefund(state, decodeURIComponent(made[1]!));
  if (method === 'GET' && pathname === '/v3/certificates') return certificates(running);
  if (method === 'GET' && /^\/v3\/bill\/(tradebill|fundflowbill)$/.test(pathname)) return billLink(running, url);
  return refusal(404, 'RESOURCE_NOT_EXISTS');
}

function certificates({ parties, faults }: Running): Reply {
  const shown = faults.isRotated ? parties.platform : [parties.platform[0]];
  return {
    status: 200,
    body: {
      data: shown.map(({ serial, pem }) => ({
        serial_no: serial,
        effective_time: '2026-01-01T00:00:00+08:00',
        expire_time: '2031-01-01T00:00:00+08:00',
        encrypt_certificate: encryptedResource(pem, parties.apiV3Key, 'certificate'),
      })),
    },
  };
}

/** A file is sent unsigned. */
function sendFile(
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  url: URL,
): void {
  const { authorization } = request.headers;
  const isGood = isSignedBy(running, { method: 'GET', target, raw: '', authorization });
  const bytes = isGood ? billFile(running, url) : undefined;
  if (!bytes) response.writeHead(401, { 'content-type': 'application/json' }).end('{"code":"SIGN_ERROR"}');
  else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
}
