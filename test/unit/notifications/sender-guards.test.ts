/**
 * The guards of the webhook sender, tested by sending: listeners on this machine stand for what a merchant's URL must not reach, and the
 * system's own resolver is what the test says it is. Without a guard the payload arrives there.
 */
import dns, { type LookupAddress } from 'node:dns';
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendWebhook } from '../../../functions/notifications/sender.ts';
import selfMade from '../../fixtures/self-made-tls.json' with { type: 'json' };

/** The name in the certificate. */
const NAME = 'hooks.merchant.example';
const servers: Server[] = [];
let received: string[];
beforeEach(() => {
  received = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A listener on loopback that notes what arrives, and its port. */
async function listener(kind: 'plain' | 'tls', name: string, answer: RequestListener = (_, out) => out.end('{}')) {
  const take: RequestListener = (incoming, outgoing) => {
    received.push(name);
    incoming.resume();
    incoming.on('end', () => answer(incoming, outgoing));
  };
  const server = kind === 'tls' ? createTls(selfMade, take) : createPlain(take);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Has the system resolve every name to these addresses: the first ones at the first question, the last ones from then on. */
function resolving(...answers: readonly (readonly string[])[]): { readonly questions: string[] } {
  const questions: string[] = [];
  const lookup = (name: string, options: { all?: boolean }, callback: (...answer: unknown[]) => void): void => {
    const addresses = answers[Math.min(questions.length, answers.length - 1)]!;
    questions.push(name);
    const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
  syncBuiltinESMExports();
  return { questions };
}

/** Has TLS trust this certificate beside the well-known ones. */
function trusting(ca: string): void {
  const connect = tls.connect.bind(tls) as (options: tls.ConnectionOptions) => tls.TLSSocket;
  vi.spyOn(tls, 'connect').mockImplementation(((options: tls.ConnectionOptions) =>
    connect({ ...options, ca })) as never);
}

const post = (url: string, allowPrivate: boolean, timeoutMs = 30_000) =>
  sendWebhook({ url, payload: '{"id":"evt_1"}', secrets: ['whsec_1'], nowMs: Date.now(), allowPrivate, timeoutMs });

describe('a name that stands for this machine', () => {
  it.each(['http', 'https'] as const)('is refused with the guard on: %s', async (scheme) => {
    const port = await listener(scheme === 'https' ? 'tls' : 'plain', 'inside');
    trusting(selfMade.cert);
    resolving(['127.0.0.1']);

    expect(await post(`${scheme}://${NAME}:${port}/`, false)).toEqual({ delivered: false, status: 'refused address' });
    expect(received).toEqual([]);
    // The listener and the name are good: on a developer's own machine the event arrives.
    expect(await post(`${scheme}://${NAME}:${port}/`, true)).toEqual({ delivered: true, status: '200' });
    expect(received).toEqual(['inside']);
  });

  it.each([
    ['as IPv6', ['::1']],
    ['mapped into IPv6', ['::ffff:127.0.0.1']],
    ['beside a public address', ['8.8.8.8', '127.0.0.1']],
    ['before a public address', ['127.0.0.1', '8.8.8.8']],
    ['of a network of our own', ['10.0.0.7']],
    ['of the metadata service', ['169.254.169.254']],
  ])('is refused %s', async (_how, addresses) => {
    const port = await listener('plain', 'inside');
    resolving(addresses);

    expect(await post(`http://${NAME}:${port}/`, false, 300)).toEqual({ delivered: false, status: 'refused address' });
    expect(received).toEqual([]);
  });
});

describe('a name that changes its address', () => {
  it('between check and connection cannot: it is resolved once, and what was checked is connected to', async () => {
    const port = await listener('plain', 'inside');
    const { questions } = resolving(['8.8.8.8'], ['127.0.0.1']);
    const connected = vi.spyOn(dns, 'lookup');

    const { delivered, status } = await post(`http://${NAME}:${port}/`, false, 300);

    expect(delivered).toBe(false);
    // It went to the address that was checked, where nothing answers in this test.
    expect(status).not.toBe('refused address');
    expect(questions).toEqual([NAME]);
    expect(connected).toHaveBeenCalledTimes(1);
    expect(received).toEqual([]);
  });

  it('between two deliveries is checked at the second', async () => {
    const port = await listener('plain', 'inside');
    resolving(['8.8.8.8'], ['127.0.0.1']);

    await post(`http://${NAME}:${port}/`, false, 300);

    expect(await post(`http://${NAME}:${port}/`, false)).toEqual({ delivered: false, status: 'refused address' });
    expect(received).toEqual([]);
  });
});

describe('https', () => {
  it('is TLS: the event arrives at a listener whose certificate is trusted', async () => {
    const port = await listener('tls', 'trusted');
    resolving(['127.0.0.1']);
    trusting(selfMade.cert);

    expect(await post(`https://${NAME}:${port}/`, true)).toEqual({ delivered: true, status: '200' });
    expect(received).toEqual(['trusted']);
  });

  it('refuses a self-signed certificate, and sends it nothing', async () => {
    const port = await listener('tls', 'self-made');
    resolving(['127.0.0.1']);

    expect(await post(`https://${NAME}:${port}/`, true)).toEqual({
      delivered: false,
      status: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(received).toEqual([]);
  });

  it('refuses a certificate of another name', async () => {
    const port = await listener('tls', 'other name');
    resolving(['127.0.0.1']);
    trusting(selfMade.cert);

    expect(await post(`https://other.example:${port}/`, true)).toEqual({
      delivered: false,
      status: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(received).toEqual([]);
  });

  it('says nothing to a listener without TLS', async () => {
    const port = await listener('plain', 'plain');
    resolving(['127.0.0.1']);

    expect(await post(`https://${NAME}:${port}/`, true)).toMatchObject({ delivered: false });
    expect(received).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i to an address of our own is not followed', async (status) => {
    const inside = await listener('plain', 'inside');
    const outside = await listener('tls', 'outside', (_incoming, outgoing) =>
      outgoing.writeHead(status, { location: `http://127.0.0.1:${inside}/latest/meta-data` }).end(),
    );
    resolving(['127.0.0.1']);
    trusting(selfMade.cert);

    expect(await post(`https://${NAME}:${outside}/`, true)).toEqual({ delivered: false, status: String(status) });
    expect(received).toEqual(['outside']);
  });
});
