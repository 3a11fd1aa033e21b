import { Agent, createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refusesAddress } from '../../../functions/notifications/address.ts';
import { guardedLookup, sendWebhook, signatureOf } from '../../../functions/notifications/sender.ts';

const SECRET = 'whsec_0123456789abcdef';
const stripe = new Stripe('sk_test_1');

describe('sendWebhook', () => {
  let server: Server;
  let url: string;
  let received: { method: string | undefined; headers: IncomingHttpHeaders; body: string }[];
  let answer: number | 'never';
  beforeEach(async () => {
    received = [];
    answer = 200;
    server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        received.push({
          method: incoming.method,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (answer !== 'never') outgoing.writeHead(answer, { location: '/elsewhere' }).end('{"received":true}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', data: { object: { description: 'Grüße 支付' } } });
  const post = (changes: Partial<Parameters<typeof sendWebhook>[0]> = {}) =>
    sendWebhook({ url, payload, secrets: [SECRET], nowMs: Date.now(), allowPrivate: true, ...changes });

  it('is verified by the official SDK on the exact bytes', async () => {
    expect(await post()).toEqual({ delivered: true, status: '200' });

    const { method, headers, body } = received[0]!;
    expect(method).toBe('POST');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['user-agent']).toBe('Sluice/1.0 (webhooks)');
    expect(headers.connection).toBe('close');
    const signature = headers['stripe-signature'] as string;
    expect(stripe.webhooks.constructEvent(body, signature, SECRET)).toMatchObject({ id: 'evt_1' });
    expect(() => stripe.webhooks.constructEvent(`${body} `, signature, SECRET)).toThrow(/signature/);
    expect(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(/signature/);
  });

  it('signs each attempt with its own time: one that is too old is refused', async () => {
    await post({ nowMs: Date.now() - 600_000 });

    const { headers, body } = received[0]!;
    expect(() => stripe.webhooks.constructEvent(body, headers['stripe-signature'] as string, SECRET)).toThrow(
      /Timestamp/,
    );
  });

  it.each([
    [204, true],
    [299, true],
    [300, false],
    [301, false],
    [307, false],
    [400, false],
    [410, false],
    [500, false],
  ])('%i: delivered is %s, and no redirect is followed', async (status, delivered) => {
    answer = status;

    expect(await post()).toEqual({ delivered, status: String(status) });
    expect(received).toHaveLength(1);
  });

  describe('on a connection that is kept', () => {
    let agent: Agent;
    let connections: Socket[];
    beforeEach(() => {
      agent = new Agent({ keepAlive: true });
      connections = [];
      server.on('connection', (socket) => connections.push(socket));
    });
    afterEach(() => agent.destroy());
    /** Until the connection is free for the next request. */
    const free = () => vi.waitUntil(() => Object.keys(agent.freeSockets).length > 0);

    it('reads the answer to its end, and the next attempt has no connection of its own', async () => {
      for (let n = 0; n < 3; n++) {
        expect(await post({ agent })).toEqual({ delivered: true, status: '200' });
        await free();
      }
      expect([received.length, connections.length]).toEqual([3, 1]);
    });

    it('that the endpoint has closed meanwhile, the attempt gets a new one', async () => {
      await post({ agent });
      await free();
      const attempt = post({ agent });
      connections[0]!.resetAndDestroy();
      expect(await attempt).toEqual({ delivered: true, status: '200' });
      expect([received.length, connections.length]).toEqual([2, 2]);
    });

    it('is sent once where the connection breaks behind the answer', async () => {
      await post({ agent });
      await free();
      server.removeAllListeners('request');
      server.on('request', (incoming, outgoing) => {
        received.push({ method: incoming.method, headers: incoming.headers, body: '' });
        outgoing.writeHead(200, { 'content-length': 100 });
        outgoing.write('{');
        setImmediate(() => outgoing.socket!.resetAndDestroy());
      });
      expect(await post({ agent })).toEqual({ delivered: true, status: '200' });
      await vi.waitUntil(() => Object.keys(agent.sockets).length + Object.keys(agent.freeSockets).length === 0);
      // One that was sent again would have arrived before this one.
      await post();
      expect([received.length, connections.length]).toEqual([3, 2]);
    });

    it('does not read an answer without end', async () => {
      server.removeAllListeners('request');
      server.on('request', (_, outgoing) => {
        outgoing.writeHead(200);
        outgoing.on('close', () => received.push({ method: 'closed', headers: {}, body: '' }));
        const more = (): void => {
          if (!outgoing.destroyed) outgoing.write('x'.repeat(16_384), () => setImmediate(more));
        };
        more();
      });
      expect(await post({ agent })).toEqual({ delivered: true, status: '200' });
      await vi.waitUntil(() => received.length === 1);
    });

    it('times out like any other', async () => {
      answer = 'never';
      expect(await post({ agent, timeoutMs: 50 })).toEqual({ delivered: false, status: 'timeout' });
    });
  });

  it('gives up an endpoint that does not answer', async () => {
    answer = 'never';

    expect(await post({ timeoutMs: 50 })).toEqual({ delivered: false, status: 'timeout' });
  });

  it('reports a port without a listener', async () => {
    expect(await post({ url: 'http://127.0.0.1:1/' })).toEqual({ delivered: false, status: 'ECONNREFUSED' });
  });

  it('refuses this machine, by address and by name, without connecting', async () => {
    const port = new URL(url).port;

    for (const host of [
      '127.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0x7f.1',
      '2130706433',
      'localhost',
      'a.localhost',
    ]) {
      expect(await post({ url: `http://${host}:${port}/`, allowPrivate: false })).toEqual({
        delivered: false,
        status: 'refused address',
      });
    }
    expect(received).toEqual([]);
  });
});

describe('the lookup', () => {
  const resolved = (addresses: readonly string[], all: boolean) =>
    new Promise((resolve) => {
      const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      const lookup = guardedLookup((_name, _options, callback) => callback(null, found));
      lookup('merchant.example', { all }, (error, ...answer) => resolve(error ? [error.message, ...answer] : answer));
    });

  it('asks for every address of the name, and passes a failure on', () => {
    const asked: unknown[] = [];
    const answered: unknown[] = [];
    const failure = Object.assign(new Error('getaddrinfo ENOTFOUND merchant.example'), { code: 'ENOTFOUND' });
    const lookup = guardedLookup((name, options, callback) => {
      asked.push(name, options);
      callback(failure, []);
    });

    lookup('merchant.example', { all: false, family: 4 }, (...answer) => answered.push(answer));

    expect(asked).toEqual(['merchant.example', { all: true, family: 4 }]);
    expect(answered).toEqual([[failure, '', 0]]);
  });

  it('answers the addresses that it checked', async () => {
    expect(await resolved(['8.8.8.8', '2606:4700::1111'], false)).toEqual(['8.8.8.8', 4]);
    expect(await resolved(['8.8.8.8', '2606:4700::1111'], true)).toEqual([
      [
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700::1111', family: 6 },
      ],
    ]);
  });

  it.each([[['127.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['169.254.169.254']], [['::ffff:127.0.0.1']], [[]]])(
    'refuses a name that stands for %j',
    async (addresses) => {
      expect(await resolved(addresses, true)).toEqual(['refused address', '', 0]);
      expect(await resolved(addresses, false)).toEqual(['refused address', '', 0]);
    },
  );
});

describe('the signature', () => {
  it('is HMAC-SHA256 of time, dot and payload', () => {
    expect(signatureOf('{"id":"evt_1"}', [SECRET], 1_790_000_000_999)).toBe(
      't=1790000000,v1=20558bba767b5242d7c20d0a504e86848aec306fb069625f7e88e646f251df6d',
    );
  });
});

describe('two secrets', () => {
  it('make two signatures of one time, and the SDK takes either', () => {
    const payload = '{"id":"evt_1","object":"event"}';
    const header = signatureOf(payload, ['whsec_new', 'whsec_old'], Date.now());

    expect(header.match(/v1=/g)).toHaveLength(2);
    for (const secret of ['whsec_new', 'whsec_old'])
      expect(Stripe.webhooks.constructEvent(payload, header, secret).id).toBe('evt_1');
    expect(() => Stripe.webhooks.constructEvent(payload, header, 'whsec_other')).toThrow('No signatures found');
  });
});

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '[::1]',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:0:127.0.0.1',
    '64:ff9b:1::7f00:1',
    '64:ff9b:2::1',
    '100:0:0:1::1',
    '2001::1',
    '2001:2::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'localhost',
    'printer.local',
    'metadata.google.internal',
    'localhost.',
  ])('%s is refused', (host) => expect(refusesAddress(host)).toBe(true));

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '192.169.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450:4001::200e',
    'merchant.example',
    'notlocal.example',
  ])('%s is allowed', (host) => expect(refusesAddress(host)).toBe(false));
});
