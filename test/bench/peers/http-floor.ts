/** The floor of any HTTP API in Node: a server that replies with JSON and does nothing. */
import { join } from 'node:path';
import { ROOT } from '../../../bin/local/files.ts';
import { freePort } from '../../world/free-port.ts';
import { type Peer, respondsAt, startServer } from './peer.ts';

/** What a merchant posts to each server with Stripe's wire. */
export const PAYMENT = 'amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true&metadata[order_id]=order-{n}';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Bearer sk_test_1' };

export const HTTP_FLOOR: Peer = {
  name: 'floor: an HTTP server in Node',
  counts: 'a request is read and JSON is returned; nothing is kept',
  install: () => undefined,
  async start(folder) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/v1/payment_intents`;
    const server = await startServer({
      command: process.execPath,
      args: [join(ROOT, 'test/bench/peers/http-server.mjs'), String(port)],
      cwd: folder,
      answers: () => respondsAt(url),
    });
    return {
      ...server,
      sendsWebhooks: false,
      target: { kind: 'http', urls: [url], headers: FORM, body: PAYMENT, expect: 'succeeded' },
    };
  },
};
