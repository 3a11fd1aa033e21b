/** stripe-mock, Stripe's own server for tests of clients (MIT): it replies with fixtures and keeps nothing. */
import { join } from 'node:path';
import { ROOT } from '../../../bin/local/files.ts';
import { freePort } from '../../world/free-port.ts';
import { clientsPath, once, tool } from '../../world/install-clients.ts';
import { FORM, PAYMENT } from './http-floor.ts';
import { type Peer, respondsAt, startServer } from './peer.ts';

const SOURCE = join(ROOT, 'test/bench/peers/stripe-mock');
const program = (): string => clientsPath('stripe-mock', 'stripe-mock');

export const STRIPE_MOCK: Peer = {
  name: 'stripe-mock 0.203.0',
  counts:
    'the request is checked against Stripe’s OpenAPI document and a fixture is returned; nothing is kept, no webhook',
  install: () =>
    tool('go', ['version']) ??
    once(
      clientsPath('stripe-mock'),
      ['go.mod', 'go.sum'].map((name) => join(SOURCE, name)),
      () => tool('go', ['build', '-o', program(), 'github.com/stripe/stripe-mock'], SOURCE),
    ),
  async start(folder) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/v1/payment_intents`;
    const server = await startServer({
      command: program(),
      args: ['-http-addr', `127.0.0.1:${port}`],
      cwd: folder,
      answers: () => respondsAt(url),
    });
    // Its fixture of a payment intent has not succeeded, whatever was asked for.
    const expect = '"object": ?"payment_intent"';
    return {
      ...server,
      sendsWebhooks: false,
      target: { kind: 'http', urls: [url], headers: FORM, body: PAYMENT, expect },
    };
  },
};
