import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventOf, type HttpExchange, targetOf } from '../../../bin/embedded/gateway/event.ts';
import { durable, type Gateway, type GatewayDeps, gateway, refusals } from '../../../bin/embedded/gateway/gateway.ts';
import { routesOf } from '../../../bin/embedded/gateway/routes.ts';
import { type GatewayServer, gatewayServer } from '../../../bin/embedded/gateway/server.ts';
import type { Api } from '../../../bin/embedded/wiring/model-types.ts';
import { rawRequestOf } from '../../../functions/api/raw-request.ts';

const route = (path: string, name: string) => ({
  path: path.split('/').filter((segment) => segment !== ''),
  function: name,
  timeoutMs: 200,
});
const api: Api = {
  stage: 'v1',
  routes: [
    route('/', 'other'),
    route('/{proxy+}', 'other'),
    route('/charges', 'charges'),
    route('/charges/{proxy+}', 'charges'),
    route('/test_helpers/{proxy+}', 'helpers'),
    route('/test_helpers/checkout', 'checkout'),
    route('/test_helpers/checkout/{proxy+}', 'checkout'),
  ],
  responses: [
    {
      type: 'DEFAULT_4XX',
      headers: { 'access-control-allow-origin': '*' },
      body: '{"error":{"type":"invalid_request_error","message":$context.error.messageString}}',
    },
    { type: 'DEFAULT_5XX', headers: {}, body: '{"error":{"type":"api_error","message":$context.error.messageString}}' },
  ],
};

describe('the route of a path', () => {
  it.each([
    ['/v1/charges', 'charges'],
    ['/v1/charges/ch_1/refunds', 'charges'],
    ['//v1//charges', 'charges'],
    ['/v1/charges%2Fch_1', 'other'],
    ['/v1/test_helpers/checkout', 'checkout'],
    ['/v1/test_helpers/checkout/sessions', 'checkout'],
    ['/v1/test_helpers/refunds', 'helpers'],
    ['/v1/test_helpers', 'other'],
    ['/v1', 'other'],
    ['/', 'other'],
    ['/healthz', 'other'],
    ['/charges', 'charges'],
    ['/v1/chargesx', 'other'],
    ['/V1/charges', 'other'],
  ])('%s is for %s', (path, name) => {
    expect(routesOf(api)(path)?.function).toBe(name);
  });
});

const exchange = (given: Partial<HttpExchange> = {}): HttpExchange => ({
  method: 'POST',
  path: '/v1/charges/ch%2F1',
  query: 'a[]=1&a[]=%262&b=',
  headers: { 'x-one': '1', 'set-cookie': ['a', 'b'] },
  body: Buffer.from([0, 255, 65]),
  sourceIp: '127.0.0.1',
  ...given,
});

describe('a function reads the request from its event', () => {
  it('with the path and the bytes as they were sent', () => {
    expect(rawRequestOf(eventOf(exchange(), 'v1'))).toEqual({
      method: 'POST',
      path: '/v1/charges/ch%2F1',
      query: 'a%5B%5D=1&a%5B%5D=%262&b=',
      headers: { 'x-one': '1', 'set-cookie': 'a, b' },
      body: Buffer.from([0, 255, 65]),
      sourceIp: '127.0.0.1',
    });
  });

  it('without a query and a body', () => {
    const event = eventOf(exchange({ query: '', body: Buffer.alloc(0) }), 'v1');
    expect(rawRequestOf(event)).toMatchObject({ query: '', body: Buffer.alloc(0) });
  });

  it('with a parameter that has the name of a member of every object', () => {
    const event = eventOf(exchange({ query: '__proto__=1&constructor=2' }), 'v1');
    expect(rawRequestOf(event).query).toBe('__proto__=1&constructor=2');
  });

  it.each([
    ['/a?b?c', '/a', 'b?c'],
    ['http://127.0.0.1:4010/v1/../x?y', '/v1/../x', 'y'],
    ['*', '/', ''],
    ['/a', '/a', ''],
  ])('%s is path %s and query %s', (url, path, query) => {
    expect(targetOf(url)).toEqual([path, query]);
  });
});

const ok = async (): Promise<object> => ({ statusCode: 201, headers: { 'x-two': '2' }, body: 'made' });
const deps = (given: Partial<GatewayDeps> = {}): GatewayDeps => ({
  api,
  invoke: ok,
  admitted: async () => {},
  ...given,
});

describe('an answer', () => {
  it('is the function’s', async () => {
    expect(await gateway(deps())(exchange())).toEqual({ status: 201, headers: { 'x-two': '2' }, body: 'made' });
  });

  it('may be bytes', async () => {
    const invoke = async (): Promise<object> => ({
      body: Buffer.from([1, 2]).toString('base64'),
      isBase64Encoded: true,
    });
    expect(await gateway(deps({ invoke }))(exchange())).toEqual({
      status: 200,
      headers: {},
      body: Buffer.from([1, 2]),
    });
  });

  it('waits until what it may show is on disk', async () => {
    const order: string[] = [];
    const invoke = async () => {
      order.push('function');
      return ok();
    };
    const synced = async () => {
      await Promise.resolve();
      order.push('on disk');
    };
    await durable(gateway(deps({ invoke })), synced, refusals(api))(exchange());
    expect([...order, 'answered']).toEqual(['function', 'on disk', 'answered']);
  });

  it('is an error where the disk failed', async () => {
    const synced = () => Promise.reject(new Error('the disk failed'));
    expect(await durable(gateway(deps()), synced, refusals(api))(exchange())).toMatchObject({ status: 502 });
  });

  it('is an error in Stripe’s shape when the function fails, and says nothing of it', async () => {
    const invoke = () => Promise.reject(new Error('a secret'));
    const { status, body } = await gateway(deps({ invoke }))(exchange());
    expect([status, JSON.parse(String(body))]).toEqual([
      502,
      { error: { type: 'api_error', message: 'Internal server error' } },
    ]);
  });

  it('is an error when the function takes longer than the route allows', async () => {
    const invoke = () => new Promise<never>(() => {});
    expect(await gateway(deps({ invoke }))(exchange())).toMatchObject({ status: 504 });
  });

  it('is refused where no route is, with the headers of the template', async () => {
    const handle = gateway(deps({ api: { ...api, routes: [] } }));
    expect(await handle(exchange())).toMatchObject({ status: 403, headers: { 'access-control-allow-origin': '*' } });
  });
});

it('only what may write waits while consumers are behind', async () => {
  let waited = 0;
  const handle = gateway(
    deps({
      admitted: async () => {
        waited += 1;
      },
    }),
  );
  await handle(exchange({ method: 'GET' }));
  expect(waited).toBe(0);
  await handle(exchange());
  expect(waited).toBe(1);
});

describe('on a port', () => {
  let running: GatewayServer | undefined;
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  const start = async (handle: Gateway): Promise<number> => {
    running = await gatewayServer(0);
    running.serve({ handle, refuse: refusals(api) });
    return running.port;
  };
  const echo: Gateway = async ({ method, path, query, body }) => ({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: `${method} ${path} ${query} ${body.length} é`,
  });

  it('bytes pass, and the answer has its length', async () => {
    const answer = await fetch(`http://127.0.0.1:${await start(echo)}/v1/a%2Fb?c=d`, { method: 'PUT', body: 'xyz' });
    const text = await answer.text();
    expect([answer.headers.get('content-length'), text]).toEqual([
      String(Buffer.byteLength(text)),
      'PUT /v1/a%2Fb c=d 3 é',
    ]);
  });

  it('dots in a path stay, because an id may hold them', async () => {
    const port = await start(echo);
    const outgoing = httpRequest({ port, host: '127.0.0.1', path: '/v1/x/../y' }).end();
    const [incoming] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    expect(Buffer.concat(parts).toString()).toContain('/v1/x/../y');
  });

  it('a body of more than 10 MiB is refused, and the connection goes on', async () => {
    const address = `http://127.0.0.1:${await start(echo)}/v1/charges`;
    const refused = await fetch(address, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error: { type: 'invalid_request_error', message: 'Request Too Long' } },
    ]);
    expect((await fetch(address, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024) })).status).toBe(200);
  });

  it('a request that comes before the stack is ready waits for it', async () => {
    running = await gatewayServer(0);
    const asked = fetch(`http://127.0.0.1:${running.port}/v1/early`);
    running.serve({ handle: echo, refuse: refusals(api) });
    expect(await (await asked).text()).toContain('GET /v1/early');
  });

  it('headers that are too long are refused as such', async () => {
    const address = `http://127.0.0.1:${await start(echo)}/v1/charges`;
    const refused = await fetch(address, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect([refused.status, await refused.json()]).toEqual([
      431,
      { error: { type: 'invalid_request_error', message: 'The headers are longer than 16 KB.' } },
    ]);
  });

  it('what is no HTTP request gets an error in Stripe’s shape', async () => {
    const socket = connect(await start(echo), '127.0.0.1');
    socket.write('nonsense\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(data.toString()).toMatch(/^HTTP\/1\.1 400 .*"type":"invalid_request_error"/s);
  });
});
