/** The line of a request says who asked: the address that the gateway saw, the client's name for itself and the key's id. No secret is in it. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureLimit } from '../../functions/api/rate-limit.ts';
import type { GatewayEvent } from '../../functions/api/raw-request.ts';
import { keyHashOf, keyIdOf } from '../../functions/merchants/store.ts';
import { apiOf } from '../world/api.ts';
import { contractApp } from '../world/contract-app.ts';

let api: ReturnType<typeof apiOf>;
const app = await contractApp();
beforeAll(async () => {
  const { world } = app;
  const failures = failureLimit({
    table: world.table,
    clock: { ...world.clock, nowMs: () => 1_790_000_000_000 },
    failed: ({ message }) => expect.unreachable(message),
  });
  api = apiOf({ ...world, deps: { ...world.deps, failures } });
});

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const method of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
  return () => vi.restoreAllMocks();
});
const requestLine = (): Record<string, unknown> =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).findLast(({ message }) => message === 'request')!;

interface Asked {
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sourceIp?: string;
}
const PATH = '/v1/customers';
/** A request as the two kinds of API hand it over. */
const KINDS: readonly (readonly [string, (asked: Asked) => GatewayEvent])[] = [
  [
    'an HTTP API',
    ({ path = PATH, query = {}, headers = {}, sourceIp = '198.51.100.7' }) =>
      ({
        version: '2.0',
        rawPath: path,
        rawQueryString: new URLSearchParams(query).toString(),
        headers,
        isBase64Encoded: false,
        requestContext: { http: { method: 'GET', path, sourceIp, userAgent: 'of the context' } },
      }) as unknown as GatewayEvent,
  ],
  [
    'a REST API',
    ({ path = PATH, query = {}, headers = {}, sourceIp = '198.51.100.7' }) =>
      ({
        httpMethod: 'GET',
        path,
        headers,
        multiValueQueryStringParameters: Object.fromEntries(
          Object.entries(query).map(([name, value]) => [name, [value]]),
        ),
        body: null,
        isBase64Encoded: false,
        requestContext: { stage: 'v1', path, identity: { sourceIp } },
      }) as unknown as GatewayEvent,
  ],
];
const FORGED = { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9', 'X-Real-IP': '203.0.113.9' };

describe.each(KINDS)('behind %s', (kind, eventOf) => {
  it('the line has address, client and key', async () => {
    const key = app.merchant.test.secretKey;

    const { statusCode } = await api(
      eventOf({
        headers: { ...FORGED, authorization: `Bearer ${key}`, 'User-Agent': 'Stripe/v1 NodeBindings/23.1.0' },
      }),
    );

    expect(statusCode).toBe(200);
    expect(requestLine()).toMatchObject({
      status: 200,
      sourceIp: '198.51.100.7',
      userAgent: 'Stripe/v1 NodeBindings/23.1.0',
      keyId: keyIdOf(keyHashOf(key)),
    });
    expect(lines.join()).not.toContain('203.0.113.9');
    expect(lines.join()).not.toContain(key.slice(8));
  });

  it('the line of a refused client has address and user agent, and no key', async () => {
    for (const [authorization, path] of [
      ['Bearer sk_test_00000000000000000000000000000000', PATH],
      [`Bearer ${app.merchant.test.secretKey}`, '/v1/customers/x/y/z'],
    ] as const) {
      const { statusCode } = await api(eventOf({ path, headers: { authorization, 'user-agent': 'curl/8' } }));

      expect([401, 404]).toContain(statusCode);
      expect(requestLine()).toMatchObject({ status: statusCode, sourceIp: '198.51.100.7', userAgent: 'curl/8' });
      expect(requestLine()).not.toHaveProperty('keyId');
    }
  });

  it('what the client says of itself is cut short, and holds no secret and no line of its own', async () => {
    const { secretKey: key } = app.merchant.test;
    const long = `${key} 4242424242424242 pi_1_secret_0123456789 "\n{"level":"ERROR"}${'x'.repeat(5_000)}`;

    await api(
      eventOf({ headers: { authorization: `Bearer ${key}`, 'user-agent': long }, sourceIp: `::1${'0'.repeat(500)}` }),
    );

    const { userAgent, sourceIp } = requestLine() as { userAgent: string; sourceIp: string };
    expect(userAgent.length).toBeLessThanOrEqual(200);
    expect(sourceIp.length).toBeLessThanOrEqual(45);
    for (const secret of [key.slice(8), '4242424242424242', '0123456789']) expect(lines.join()).not.toContain(secret);
  });

  it('a secret that the cut would divide is removed before', async () => {
    const { secretKey: key } = app.merchant.test;
    // The digit that is cut off is the check digit: it follows from the others.
    for (const secret of ['5555555555554444', '378282246310005', key]) {
      for (let length = 184; length < 200; length++) {
        const agent = `${'x'.repeat(length)}${secret}`;
        await api(eventOf({ headers: { authorization: `Bearer ${key}`, 'user-agent': agent } }));

        const shown = (requestLine() as { userAgent: string }).userAgent;
        expect([length, shown.slice(length).replace(/^sk_test_/, '')]).toEqual([
          length,
          expect.stringMatching(/^(?:s?k?_?t?e?s?t?|\[r?e?m?o?v?e?d?\]?)$/),
        ]);
      }
    }
  });

  it('no query, no header and no path of the client’s own is in the line', async () => {
    const own = { authorization: `Bearer ${app.merchant.test.secretKey}`, 'x-own': 'HEADER' };
    await api(eventOf({ path: '/v1/customers/cus_OWN', query: { 'expand[]': 'default_source' }, headers: own }));

    expect(requestLine()).toMatchObject({ route: 'GET /v1/customers/{id}', status: 404 });
    for (const word of ['HEADER', 'cus_OWN', 'default_source']) expect(lines.join()).not.toContain(word);
  });

  it('an address that fails too often is refused by what the gateway saw, whatever headers say', async () => {
    const ask = async (sourceIp: string, forwarded: string) => {
      const authorization = `Bearer sk_test_${forwarded.replaceAll('.', '0').padStart(32, '0')}`;
      const headers = { authorization, 'x-forwarded-for': forwarded };
      return api(eventOf({ headers, sourceIp }));
    };
    const address = kind === 'a REST API' ? '192.0.2.1' : '192.0.2.2';
    for (let request = 0; request < 130; request++) await ask(address, `203.0.113.${request}`);

    const refused = await ask(address, '203.0.113.200');
    expect(refused).toMatchObject({ statusCode: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(JSON.parse(refused.body!)).toMatchObject({ error: { code: 'rate_limit' } });
    expect((await ask('192.0.2.3', '203.0.113.200')).statusCode).toBe(401);
  });
});
