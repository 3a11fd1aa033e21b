/** localstripe (GPL-3.0): Stripe's API for tests, in memory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../../bin/local/failure.ts';
import { ROOT } from '../../../bin/local/files.ts';
import { freePort } from '../../world/free-port.ts';
import { type Installed, installPython, once, tool } from '../../world/install-clients.ts';
import { FORM } from './http-floor.ts';
import { orStop, type Peer, respondsAt, startServer } from './peer.ts';

const SOURCE = join(ROOT, 'test/bench/peers/localstripe');
/** It pickles all that it holds into this file at each write. */
const KEPT = '/tmp/localstripe.pickle';

/** Its own start listens on every address of the machine. */
const PROGRAM = `import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]))`;

let installed: Installed;

function install(): string | undefined {
  const needed = installPython('localstripe', join(SOURCE, 'requirements.txt'));
  if (typeof needed === 'string') return needed;
  installed = needed;
  const { folder, program } = needed;
  const source = join(SOURCE, 'localstripe.txt');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--require-hashes'];
  const build = ['--no-deps', '--no-build-isolation', '--no-binary=:all:', '--target', folder, '-r', source];
  return once(join(folder, 'source'), [source], () => tool(program, [...pip, ...build], ROOT, { PYTHONPATH: folder }));
}

async function post(url: string, body: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: FORM, body: new URLSearchParams(body) });
  const text = await response.text();
  if (!response.ok) throw new Failure(`localstripe: ${url}: ${text}`);
  return text === '' ? '' : (JSON.parse(text) as { readonly id: string }).id;
}

const CARD = {
  'card[number]': '4242424242424242',
  'card[exp_month]': '12',
  'card[exp_year]': '2040',
  'card[cvc]': '123',
};

/** Adds the webhook endpoint and a customer with a card. Returns the body of a payment. */
async function savedCard(base: string, webhooks: string): Promise<string> {
  const endpoint = { url: webhooks, secret: 'whsec_1', 'events[]': 'payment_intent.succeeded' };
  await post(`${base}/_config/webhooks/bench`, endpoint);
  const method = await post(`${base}/v1/payment_methods`, { type: 'card', ...CARD });
  const customer = await post(`${base}/v1/customers`, { name: 'Bench' });
  await post(`${base}/v1/payment_methods/${method}/attach`, { customer });
  return `amount=2000&currency=usd&customer=${customer}&payment_method=${method}&confirm=true&metadata[order_id]=order-{n}`;
}

export const LOCALSTRIPE: Peer = {
  name: 'localstripe 1.15.10',
  counts: 'the payment of a saved card, and one webhook, which it sends a second later; in memory, no ledger',
  install,
  async start(folder, webhooks) {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const { folder: packages, program } = installed;
    const server = await startServer({
      command: program,
      args: ['-c', PROGRAM, String(port)],
      cwd: folder,
      env: { PYTHONPATH: packages },
      answers: () => respondsAt(`${base}/v1/customers`),
    });
    const body = await orStop(server, () => savedCard(base, webhooks));
    return {
      ...server,
      sendsWebhooks: true,
      target: {
        kind: 'http',
        urls: [`${base}/v1/payment_intents`],
        headers: FORM,
        body,
        expect: '"status": ?"succeeded"',
      },
      async stop() {
        await server.stop();
        rmSync(KEPT, { force: true });
      },
    };
  },
};
