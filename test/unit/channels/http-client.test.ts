import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { httpClient } from '../../../functions/kernel/http-client.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serving(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const get = (url: string, more = {}) => httpClient({ method: 'GET', url, timeoutMs: 30_000, ...more });

describe('http client', () => {
  test('gives back status, headers and raw bytes', async () => {
    const url = await serving((_, response) => response.writeHead(418, { 'x-a': 'b' }).end(Buffer.from([0, 255, 10])));

    const answer = await get(url);

    expect([answer.status, answer.headers['x-a'], [...answer.body]]).toEqual([418, 'b', [0, 255, 10]]);
  });

  test('follows no redirect', async () => {
    const url = await serving((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());

    expect((await get(url)).status).toBe(302);
  });

  test('an answer over the limit is a failure', async () => {
    const url = await serving((_, response) => response.end('x'.repeat(101)));

    await expect(get(url, { maximumBytes: 100 })).rejects.toThrow('longer than 100 bytes');
  });

  test('the deadline covers the body too', async () => {
    const url = await serving((_, response) => response.write('begun'));

    await expect(get(url, { timeoutMs: 100 })).rejects.toThrow('no answer within 100 ms');
  });

  test('a connection that breaks in the middle is a failure', async () => {
    const url = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    });

    await expect(get(url)).rejects.toThrow('the connection failed');
  });

  test('a failure says nothing of what was sent', async () => {
    const url = await serving((request) => request.socket.destroy());

    const failure = await httpClient({
      method: 'POST',
      url: `${url}?n=4242424242424242`,
      body: '4242424242424242',
      timeoutMs: 30_000,
    }).catch(String);

    expect(failure).toBe('HttpFailure: the connection failed (ECONNRESET)');
  });

  test('connections are kept', async () => {
    const ports = new Set<number | undefined>();
    const url = await serving((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });

    await get(url);
    await get(url);

    expect(ports.size).toBe(1);
  });

  test.each(['ftp://127.0.0.1/', 'file:///etc/passwd'])('speaks only http and https: %s', async (url) => {
    await expect(get(url)).rejects.toThrow('only http and https');
  });
});
