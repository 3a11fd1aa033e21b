/**
 * A simulated Alipay on loopback: the V2 gateway with signatures in both directions, the payer's pages, notifications and statements. It keeps its own books,
 * and does to each request what its faults say.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../functions/kernel/clock.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { detailsOf, rowsOf, zipOf } from './bill.ts';
import { type Books, emptyBooks } from './books.ts';
import { HOLD_METHODS } from './hold-methods.ts';
import { type AlipayKey, type Identity, makeIdentity } from './identity.ts';
import { METHODS, type MethodDeps, settle } from './methods.ts';
import { type Notification, notifier, type SignedNotification, signNotification } from './notifications.ts';
import { type PageAnswer, payerPages } from './payer.ts';
import { errorText, readRequest, type Signing, signedAnswer } from './protocol.ts';

export type Loss = 'request' | 'response' | 'unsure' | 'changed';

/** What goes wrong. A test changes it at any time. */
export interface Faults {
  /**
   * What happens to the next requests to the gateway: they do not arrive, or their answers do not, or say 20000 after the request was carried out, or are
   * changed on their way. `sparing`: a method that is not meant.
   */
  readonly losing: { readonly what: Loss | 'nothing'; readonly sparing?: string }[];
  delayMs: number;
  /** The gateway answers nothing. */
  isDown: boolean;
  /** A sub-code by method: the gateway refuses, and does nothing. */
  readonly refuses: Map<string, string>;
  /** `code` 20000 by method, after the request was carried out. */
  readonly unsure: Set<string>;
  /** Answers are changed after they are signed. */
  tampers: boolean;
  /** Each notification is scheduled twice. */
  repeats: boolean;
  /** Stands before the paths of bills. Absent: the simulator's own address. */
  billsAt?: string;
}

export interface AlipaySimulator {
  /** In the place of Alipay's host. */
  readonly baseUrl: string;
  /** The gateway, up to and with `/gateway.do`. */
  readonly url: string;
  readonly identity: Identity;
  readonly mode: 'keys' | 'certificates';
  readonly books: Books;
  readonly faults: Faults;
  /** Notifications that were not taken out by a test, oldest first. */
  readonly due: Notification[];
  /** The current key of Alipay. */
  readonly key: () => AlipayKey;
  /** A new key of Alipay, with a new certificate, from now on. */
  readonly rotate: () => AlipayKey;
  /** As it would be posted at this moment. */
  readonly signed: (notification: Notification) => SignedNotification;
  /** Posts all that are due to where the merchant wants them. Those that are not acknowledged stay due. */
  readonly deliver: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface AlipayOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly mode: 'keys' | 'certificates';
  readonly identity?: Identity;
}

export async function startAlipay({
  clock,
  mode,
  identity = makeIdentity(clock.nowMs()),
}: AlipayOptions): Promise<AlipaySimulator> {
  const books = emptyBooks();
  const due: Notification[] = [];
  const bills = new Map<string, Buffer>();
  const faults: Faults = {
    losing: [],
    delayMs: 0,
    isDown: false,
    refuses: new Map(),
    unsure: new Set(),
    tampers: false,
    repeats: false,
  };
  let key = identity.alipayKey();
  let baseUrl = '';
  const { sellerId, appId } = identity;
  const notify = notifier({
    appId,
    sellerId,
    nowMs: () => clock.nowMs(),
    add: (notification) => void due.push(notification, ...(faults.repeats ? [notification] : [])),
  });
  const deps: MethodDeps = {
    books,
    nowMs: () => clock.nowMs(),
    get baseUrl() {
      return baseUrl;
    },
    sellerId,
    notify,
    bill(date) {
      const rows = rowsOf(books, date);
      if (rows.length === 0) return { bill_file_code: 'EMPTY_DATA_WITH_BILL_FILE' };
      bills.set(date, zipOf(detailsOf(rows, sellerId, date), sellerId, date));
      return { bill_download_url: `${faults.billsAt ?? baseUrl}/bills/${date}` };
    },
  };
  const signing: Signing = { identity, mode, key: () => key };
  const pages = payerPages(deps, signing);

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', baseUrl);
    const body = await bodyOf(incoming);
    settle(books, clock.nowMs());
    if (url.pathname.startsWith('/bills/')) {
      const file = bills.get(url.pathname.slice('/bills/'.length));
      return void outgoing.writeHead(file ? 200 : 404).end(file);
    }
    if (url.pathname !== '/gateway.do' || incoming.method === 'GET') {
      const page = pages(incoming.method ?? '', url, body);
      send(outgoing, page);
      return;
    }
    const [next] = faults.losing;
    const isSpared = next?.sparing !== undefined && url.searchParams.get('method') === next.sparing;
    const losing = isSpared ? undefined : faults.losing.shift()?.what;
    if (faults.isDown || losing === 'request') return void incoming.socket.destroy();
    if (faults.delayMs > 0) await clock.sleep(faults.delayMs);
    const text = gateway(url, body, losing === 'unsure');
    if (losing === 'response') return void incoming.socket.destroy();
    const sent = faults.tampers || losing === 'changed' ? text.replace('"code":', '"code" :') : text;
    outgoing.writeHead(200, { 'content-type': 'application/json;charset=utf-8' }).end(sent);
  }

  function gateway(url: URL, body: string, isUnsure: boolean): string {
    const request = readRequest(url, body, signing);
    const { method } = request;
    if ('error' in request) return signedAnswer(signing, method, errorText(request.error));
    const refused = faults.refuses.get(method);
    if (refused !== undefined) return signedAnswer(signing, method, errorText({ code: '40004', subCode: refused }));
    const run = METHODS[method] ?? HOLD_METHODS[method];
    if (!run) return signedAnswer(signing, method, errorText({ code: '40002', subCode: 'isv.invalid-method' }));
    const made = run(deps, request.biz, request.notifyUrl);
    if (isUnsure || faults.unsure.has(method))
      return signedAnswer(signing, method, errorText({ code: '20000', subCode: 'isp.unknow-error' }));
    if ('no' in made) return signedAnswer(signing, method, errorText({ code: '40004', subCode: String(made.no) }));
    return signedAnswer(signing, method, { code: '10000', msg: 'Success', ...made });
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => void outgoing.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signed = (notification: Notification) => signNotification(notification, key.privateKey, clock.nowMs());
  return {
    baseUrl,
    url: `${baseUrl}/gateway.do`,
    identity,
    mode,
    books,
    faults,
    due,
    key: () => key,
    rotate() {
      key = identity.alipayKey();
      return key;
    },
    signed,
    async deliver() {
      for (const notification of due.splice(0)) {
        const { raw, headers } = signed(notification);
        const sent = await httpClient({ method: 'POST', url: notification.url, headers, body: raw, timeoutMs: 10_000 })
          .then(({ body }) => body.toString() === 'success')
          .catch(() => false);
        if (!sent) due.push(notification);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const send = (outgoing: ServerResponse, { status, headers = {}, body }: PageAnswer): void =>
  void outgoing.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body);
