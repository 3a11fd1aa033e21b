import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningProxy, startProxy } from '../../../bin/local/proxy.ts';

interface Seen {
  readonly url: string | undefined;
  readonly headers: readonly string[];
  readonly body: Buffer;
}
const opened: { stop(): Promise<void> }[] = [];

async function upstream(seen: Seen[]): Promise<string> {
  const server: Server = createServer((incoming, answer) => {
    void bytesOf(incoming).then((body) => {
      seen.push({ url: incoming.url, headers: incoming.rawHeaders, body });
      answer.writeHead(402, { 'X-Case': 'Kept' });
      answer.end(Buffer.from([0xff, 0x00, 0x0a]));
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
  const proxy = await startProxy(0);
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

describe('proxy', () => {
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop();
  });

  it('proxy: passes path, query, headers and bytes unchanged below the upstream path', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(`${await upstream(seen)}/_aws/execute-api/51d1ce00/$default`);

    const body = Buffer.from([0x61, 0x3d, 0xff, 0x00]);
    const headers = { 'X-Odd-CASE': 'v', 'Content-Length': '4' };
    const answer = await send(proxy.baseUrl, { method: 'POST', path: '/v1/x%20y?expand[]=a&b=%2F', headers }, body);

    expect(seen[0]!.url).toBe('/_aws/execute-api/51d1ce00/$default/v1/x%20y?expand[]=a&b=%2F');
    expect(seen[0]!.body).toEqual(body);
    expect(seen[0]!.headers).toEqual(expect.arrayContaining(['X-Odd-CASE', 'v', 'Content-Length', '4']));
    expect(answer.status).toBe(402);
    expect(answer.headers).toEqual(expect.arrayContaining(['X-Case', 'Kept']));
    expect(answer.body).toEqual(Buffer.from([0xff, 0x00, 0x0a]));
  });

  it('proxy: passes a body of unknown length', async () => {
    const seen: Seen[] = [];
    const proxy = await proxyTo(await upstream(seen));

    await send(proxy.baseUrl, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }, Buffer.from('a=1'));

    expect(seen[0]!.body.toString()).toBe('a=1');
  });

  it("proxy: answers 502 in Stripe's shape when nothing answers behind it", async () => {
    const proxy = await proxyTo('http://127.0.0.1:9');

    const answer = await send(proxy.baseUrl, {});

    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { type: 'api_error' } });
  });

  it('proxy: answers 503 until it is told where the API is', async () => {
    const proxy = await proxyTo(undefined);

    expect((await send(proxy.baseUrl, {})).status).toBe(503);
  });

  it('proxy: a taken port is refused by a message that names PORT', async () => {
    const proxy = await proxyTo(undefined);

    await expect(startProxy(Number(new URL(proxy.baseUrl).port))).rejects.toThrow(/is taken.*PORT=\d+ npm start/);
  });
});
