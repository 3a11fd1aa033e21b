import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningProxy, startProxy } from '../../../bin/local/proxy.ts';
import { thrown } from '../../world/sdk-errors.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: readonly string[];
  readonly body: Buffer;
}
const TOKEN = 'only-the-functions-know';
const opened: { stop(): Promise<void> }[] = [];

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
const BYTES: Answered = { status: 402, headers: { 'X-Case': 'Kept' }, body: Buffer.from([0xff, 0x00, 0x0a]) };

async function upstream(seen: Seen[], { status, headers, body: answered }: Answered = BYTES): Promise<string> {
  const server: Server = createServer((incoming, answer) => {
    void bytesOf(incoming).then((body) => {
      seen.push({ method: incoming.method, url: incoming.url, headers: incoming.rawHeaders, body });
      answer.writeHead(status, headers);
      answer.end(answered);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function proxyTo(address: string | undefined): Promise<RunningProxy> {
  const proxy = await startProxy(0, TOKEN);
  opened.push(proxy);
  if (address !== undefined) proxy.serve(address);
  return proxy;
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function send(
  url: string,
  options: { method?: string; headers?: Record<string, string>; path?: string },
  body?: Buffer,
) {
  return new Promise<{ status: number | undefined; headers: readonly string[]; body: Buffer }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path: '/', ...options }, (answer) => {
      bytesOf(answer).then(
        (bytes) => resolve({ status: answer.statusCode, headers: answer.rawHeaders, body: bytes }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Bytes of a request that no client library would send; what came back. */
function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes, 'latin1'));
    let got = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      got += part;
    });
    socket.on('close', () => resolve(got)).on('error', reject);
  });
}

const handedOver = ({ headers }: Seen): readonly string[] =>
  headers.filter((_, index) => index % 2 === 1 && headers[index - 1]!.toLowerCase() === 'sluice-raw-path');

describe('proxy', () => {
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop();
  });

  it('proxy: passes query, headers and bytes unchanged below the upstream path', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(`${await upstream(seen)}/_aws/execute-api/51d1ce00/$default`);

    const body = Buffer.from([0x61, 0x3d, 0xff, 0x00]);
    const headers = { 'X-Odd-CASE': 'v', 'Content-Length': '4' };
    const answer = await send(proxy.baseUrl, { method: 'POST', path: '/v1/x%20y?expand[]=a&b=%2F', headers }, body);

    expect(seen[0]!.url).toBe('/_aws/execute-api/51d1ce00/$default/v1/_?expand[]=a&b=%2F');
    expect(seen[0]!.body).toEqual(body);
    expect(seen[0]!.headers).toEqual(expect.arrayContaining(['X-Odd-CASE', 'v', 'Content-Length', '4']));
    expect(answer.status).toBe(402);
    expect(answer.headers).toEqual(expect.arrayContaining(['X-Case', 'Kept']));
    expect(answer.body).toEqual(Buffer.from([0xff, 0x00, 0x0a]));
  });

  it.each([
    ['/v1/payment_intents/pi_x%2Fcancel', '/v1/payment_intents/_'],
    ['/v1/payment_intents/pi_x%3Fa%23b%252F/confirm?a=/b', '/v1/payment_intents/_/confirm?a=/b'],
    ['/v1/customers/../payment_intents', '/v1/customers/_/payment_intents'],
    ['/v1/customers/%2e%2e%2fpayment_intents', '/v1/customers/_'],
    ['/v1/customers/..\\payment_intents', '/v1/customers/_'],
    ['//v1//customers//', '/v1/customers'],
    ['/v1/customers/a#b/c', '/v1/customers/_/c'],
    ['/healthz', '/v1/healthz'],
    ['/', '/v1'],
  ])('proxy: hands %s over as it is, and only its names to the emulator', async (path, routed) => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));

    await sendRaw(proxy.baseUrl, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(seen[0]!.url).toBe(routed);
    expect(handedOver(seen[0]!)).toEqual([`${TOKEN} ${path.split('?', 1)[0]}`]);
  });

  it('proxy: hands a long path over whole, and only its first names to the emulator', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));
    const path = `/v1/customers/${'x/'.repeat(4_000)}`;

    await sendRaw(proxy.baseUrl, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(seen[0]!.url).toBe('/v1/customers/x/x/x');
    expect(handedOver(seen[0]!)).toEqual([`${TOKEN} ${path}`]);
  });

  it('proxy: refuses a path that is not ASCII', async () => {
    const proxy = await proxyTo('http://127.0.0.1:9');

    const got = await sendRaw(proxy.baseUrl, 'GET /v1/customers/\xfc HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(got).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('proxy: takes a whole address for its path, unparsed', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));

    const target = 'http://elsewhere.example/v1/customers/../x%2Fy';
    await sendRaw(proxy.baseUrl, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(handedOver(seen[0]!)).toEqual([`${TOKEN} /v1/customers/../x%2Fy`]);
  });

  it('proxy: drops a path that a client hands over, however it is written', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));

    const forged = ['sluice-raw-path', 'Sluice-Raw-Path', 'SLUICE-RAW-PATH']
      .map((name) => `${name}: ${TOKEN} /v1/forged\r\n`)
      .join('');
    const head = `GET /v1/balance HTTP/1.1\r\nHost: x\r\nConnection: close, sluice-raw-path\r\n${forged}\r\n`;
    await sendRaw(proxy.baseUrl, head);

    expect(handedOver(seen[0]!)).toEqual([`${TOKEN} /v1/balance`]);
  });

  it('proxy: passes a body of unknown length', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));

    await send(proxy.baseUrl, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }, Buffer.from('a=1'));

    expect(seen[0]!.body.toString()).toBe('a=1');
  });

  it('proxy: sends a preflight as a GET whose method it hands over, and drops one that a client hands over', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));
    const method = ({ headers }: Seen) => headers.filter((_, at) => headers[at - 1] === 'sluice-raw-method');

    await send(proxy.baseUrl, { method: 'OPTIONS', path: '/v1/tokens', headers: { Origin: 'https://shop.example' } });
    await send(proxy.baseUrl, { path: '/v1/tokens', headers: { 'Sluice-Raw-Method': `${TOKEN} DELETE` } });

    expect(seen.map((one) => [one.method, method(one)])).toEqual([
      ['GET', [`${TOKEN} OPTIONS`]],
      ['GET', []],
    ]);
    expect(seen[0]!.headers).toContain('https://shop.example');
    expect(seen[1]!.headers.map((each) => each.toLowerCase())).not.toContain('sluice-raw-method');
  });

  const JSON_TYPE = { 'Content-Type': 'application/json' };
  it.each([
    [502, { message: 'Internal server error' }, 'api_error'],
    [503, { message: 'Service Unavailable' }, 'api_error'],
    [404, { message: 'Not Found' }, 'invalid_request_error'],
  ])("proxy: gives the emulator's own %i Stripe's shape, so that an SDK sees an error", async (status, body, type) => {
    const proxy = await proxyTo(await upstream([], { status, headers: JSON_TYPE, body: JSON.stringify(body) }));
    const { port } = new URL(proxy.baseUrl);
    const stripe = new Stripe('sk_test_x', { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });

    const error = await thrown(stripe.customers.create({}));

    expect(error).toMatchObject({ statusCode: status, rawType: type });
    expect((error as Error).message).toBe(`The AWS emulator refused: ${body.message}`);
  });

  it.each([
    ['an error of a function', 500, { ...JSON_TYPE, 'Request-Id': 'req_1' }, '{"message":"x"}'],
    ['an error of the sandbox', 503, JSON_TYPE, '{"error":{"code":"down","message":"x"}}'],
    ['an answer in the words of a channel', 400, JSON_TYPE, '{"code":"FAIL","message":7}'],
    ['a page', 500, { 'Content-Type': 'text/html' }, '{"message":"x"}'],
    ['JSON that is none', 502, JSON_TYPE, '{"message":"x"'],
    ['a success', 200, JSON_TYPE, '{"message":"x"}'],
  ])('proxy: passes %s unchanged', async (_, status, headers, body) => {
    const proxy = await proxyTo(await upstream([], { status, headers, body }));

    const answer = await send(proxy.baseUrl, {});

    expect([answer.status, answer.body.toString()]).toEqual([status, body]);
    expect(answer.headers).toEqual(expect.arrayContaining(Object.values(headers)));
  });

  it("proxy: answers 502 in Stripe's shape when nothing answers behind it", async () => {
    const proxy = await proxyTo('http://127.0.0.1:9');

    const answer = await send(proxy.baseUrl, {});

    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { type: 'api_error' } });
  });

  it('proxy: answers 503 until it has the address of the API', async () => {
    const proxy = await proxyTo(undefined);

    expect((await send(proxy.baseUrl, {})).status).toBe(503);
  });

  it('proxy: a taken port is refused by a message that names PORT', async () => {
    const proxy = await proxyTo(undefined);

    await expect(startProxy(Number(new URL(proxy.baseUrl).port), TOKEN)).rejects.toThrow(
      /is taken.*PORT=\d+ npm start/,
    );
  });
});
