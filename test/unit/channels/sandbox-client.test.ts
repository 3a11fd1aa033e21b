import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sandboxChannel } from '../../../functions/channels/sandbox/client.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest } from '../../../functions/kernel/http-client.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => {
  vi.useRealTimers();
  return fixture.sandbox.close();
});

/** Our client against an acquirer that answers this, whatever is asked. */
const against = (answer: (request: HttpRequest) => { status: number; body: unknown } | Error) => {
  const sent: HttpRequest[] = [];
  const channel = sandboxChannel({
    baseUrl: 'http://sandbox.test/sandbox',
    apiKey: async () => 'key',
    http: async (request): Promise<HttpAnswer> => {
      sent.push(request);
      const answered = answer(request);
      if (answered instanceof Error) throw answered;
      const body = typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body);
      return { status: answered.status, headers: {}, body: Buffer.from(body) };
    },
  });
  return { channel, sent };
};

const charge = (changes: object) => ({
  status: 'captured',
  amount: '1000',
  currency: 'usd',
  captured_amount: '1000',
  refunded_amount: '0',
  authorisation_code: 'A1',
  operations: [],
  ...changes,
});

describe('sandbox client: a missing or unreadable answer is unknown, never failed (I15)', () => {
  test.each<[string, { status: number; body: unknown } | Error, string]>([
    ['no answer in time', new HttpFailure('no answer within 12000 ms'), 'no answer within 12000 ms'],
    [
      'a broken connection',
      new HttpFailure('the connection failed (ECONNRESET)'),
      'the connection failed (ECONNRESET)',
    ],
    ['a 500', { status: 500, body: {} }, 'status 500'],
    ['a 502 of a proxy', { status: 502, body: '<html>' }, 'status 502'],
    ['a 301', { status: 301, body: '' }, 'status 301'],
    ['a 403 of someone else', { status: 403, body: { message: 'Forbidden' } }, 'status 403'],
    ['a 429', { status: 429, body: { error: { code: 'busy', message: '' } } }, 'refused: busy'],
    [
      'a 404 that might be a wrong address',
      { status: 404, body: { error: { code: 'not_found', message: '' } } },
      'refused: not_found',
    ],
    ['a 200 that is not JSON', { status: 200, body: 'OK' }, 'not JSON'],
    ['a 200 about nothing', { status: 200, body: {} }, 'the answer is not about this request'],
    [
      'a 200 about another charge',
      { status: 200, body: charge({ reference: 'other' }) },
      'the answer is not about this request',
    ],
  ])('%s', async (_, answer, reason) => {
    const { channel, sent } = against(() => answer);

    expect(await channel.authorize(fixture.request('pm_card_visa'))).toEqual({ kind: 'unknown', reason });
    expect(sent.length).toBe(1);
  });

  test('an approval over another amount', async () => {
    const request = fixture.request('pm_card_visa');
    const { channel } = against(() => ({ status: 200, body: charge({ reference: request.reference, amount: '999' }) }));

    expect(await channel.authorize(request)).toMatchObject({ kind: 'unknown' });
  });

  test.each([
    ['a capture', 'capture', 1_001],
    ['an increment', 'increment', 999],
  ] as const)('%s over another amount: the whole state says how much', async (_, kind, amount) => {
    const answer = (of: number) => ({
      status: 200,
      body: { number: 1, kind, amount: String(of), status: 'succeeded' },
    });
    const request = fixture.followUp(fixture.request('pm_card_visa'));
    const send = (of: number) => against(() => answer(of)).channel[kind]({ ...request, amount: 1_000n });

    expect(await send(amount)).toEqual({ kind: 'unknown', reason: 'the answer is about another amount' });
    expect(await send(1_000)).toEqual({ kind: 'succeeded' });
  });

  test.each([
    ['an approval without its code', { authorisation_code: undefined }],
    ['a decline without its reason', { status: 'declined' }],
    ['a challenge without its address', { status: 'challenge' }],
  ])('%s', async (_, changes) => {
    const request = fixture.request('pm_card_visa');
    const { channel } = against(() => ({ status: 200, body: charge({ reference: request.reference, ...changes }) }));

    expect(await channel.authorize(request)).toMatchObject({ kind: 'unknown' });
  });

  test('an outage of ours: without the API key nothing is sent', async () => {
    const sent: HttpRequest[] = [];
    const channel = sandboxChannel({
      baseUrl: 'http://sandbox.test',
      apiKey: () => Promise.reject(new Error('KMS is down')),
      http: async (request) => {
        sent.push(request);
        throw new HttpFailure('x');
      },
    });

    expect(await channel.authorize(fixture.request('pm_card_visa'))).toMatchObject({ kind: 'unknown' });
    expect(sent).toEqual([]);
  });

  test('a query without a readable answer is not "not found"', async () => {
    const { channel } = against(() => ({ status: 404, body: '<html>' }));
    const request = fixture.request('pm_card_visa');

    expect((await channel.queryAttempt(request)).attempt).toMatchObject({ kind: 'unknown' });
    expect(await channel.queryRefund(fixture.refundOf(request, 1n))).toMatchObject({ kind: 'unknown' });
  });
});

describe('sandbox client: what a hold holds', () => {
  const increment = (status: string) => ({ number: 1, kind: 'increment', amount: '1500', status });
  test.each([
    ['the requested amount', { authorised_amount: '1000' }, undefined],
    ['nothing said', {}, undefined],
    ['less', { authorised_amount: '700' }, 700n],
    ['more', { authorised_amount: '1300' }, 1_300n],
    ['more after an increment', { authorised_amount: '1500', operations: [increment('succeeded')] }, undefined],
    [
      'more after an increment that was declined',
      { authorised_amount: '1500', operations: [increment('failed')] },
      1_500n,
    ],
  ])('%s', async (_, changes, amount) => {
    const request = fixture.request('pm_card_visa');
    const { reference } = request;
    const { channel } = against(() => ({ status: 200, body: charge({ reference, status: 'authorised', ...changes }) }));
    const { attempt } = await channel.queryAttempt(request);

    expect(attempt).toEqual({
      kind: 'authorized',
      authorizationCode: 'A1',
      ...(amount !== undefined && { amount }),
    });
  });
});

describe('sandbox client: what was refused before anything happened has failed', () => {
  test.each([
    [400, 'malformed'],
    [401, 'unauthorised'],
    [413, 'too_large'],
  ])('%i %s', async (status, code) => {
    const { channel } = against(() => ({ status, body: { error: { code, message: '' } } }));
    const request = fixture.request('pm_card_visa');

    expect(await channel.authorize(request)).toMatchObject({
      kind: 'failed',
      decline: { code: 'processing_error', networkCode: code },
    });
    expect(await channel.capture({ ...fixture.followUp(request), amount: 1n })).toMatchObject({ kind: 'failed' });
    expect(await channel.refund(fixture.refundOf(request, 1n))).toMatchObject({ kind: 'failed' });
  });
});

describe('sandbox client: what it sends', () => {
  test('amounts are strings of minor units, the key is a bearer, the limit 12 s', async () => {
    const { channel, sent } = against(() => ({ status: 500, body: '' }));
    const request = fixture.request('pm_card_visa', {
      amount: 99_999_999n,
      returnUrl: 'https://a.example/',
      statementDescriptor: 'SHOP',
    });

    await channel.authorize(request);

    expect(sent[0]).toMatchObject({
      method: 'POST',
      url: 'http://sandbox.test/sandbox/charges',
      timeoutMs: 12_000,
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
    });
    expect(JSON.parse(String(sent[0]?.body))).toEqual({
      reference: request.reference,
      amount: '99999999',
      currency: 'usd',
      capture: true,
      card: { token: 'pm_card_visa' },
      off_session: false,
      return_url: 'https://a.example/',
      statement_descriptor: 'SHOP',
    });
  });

  test('a vaulted card is not for this way', () => {
    expect(() =>
      fixture.channel.authorize(fixture.request('', { instrument: { kind: 'vault', paymentMethod: 'pm_1' } })),
    ).toThrow('through the vault');
  });
});

describe('sandbox client over a real connection', () => {
  test('an answer that does not come within the limit is unknown, though the charge is made', async () => {
    const slept: (() => void)[] = [];
    const charged = new Promise<void>((resolve) => {
      fixture.clock.sleep = () => {
        resolve();
        return new Promise((wake) => slept.push(wake));
      };
    });
    const request = fixture.request('pm_card_sandbox_timeout');
    // The limit passes by hand, and not before the charge is made: no real time decides.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const authorized = fixture.channel.authorize(request);
    await charged;
    vi.advanceTimersByTime(12_000);
    vi.useRealTimers();

    expect(await authorized).toEqual({ kind: 'unknown', reason: 'no answer within 12000 ms' });
    expect((await fixture.channel.queryAttempt(request)).attempt).toMatchObject({
      kind: 'captured',
    });
    for (const wake of slept) wake();
  });

  test('an acquirer that is not there is unknown', async () => {
    await fixture.sandbox.close();

    expect(await fixture.channel.authorize(fixture.request('pm_card_visa'))).toEqual({
      kind: 'unknown',
      reason: 'the connection failed (ECONNREFUSED)',
    });
  });
});

describe('sandbox client: credentials are tried by a read', () => {
  test('a key that the sandbox opened is accepted, and another one is refused', async () => {
    const { account } = fixture.request('pm_card_visa');
    const { channel } = against(() => ({ status: 401, body: { error: { code: 'unauthorised', message: '' } } }));

    expect(await fixture.channel.checkCredentials(account)).toEqual({ kind: 'accepted' });
    expect(await channel.checkCredentials(account)).toEqual({ kind: 'refused', reason: 'unauthorised' });
  });

  test.each([
    ['a 429', { status: 429, body: { error: { code: 'busy', message: '' } } }, 'refused: busy'],
    ['a 500', { status: 500, body: {} }, 'status 500'],
    ['no answer', new HttpFailure('no answer within 12000 ms'), 'no answer within 12000 ms'],
  ])('%s says nothing about them', async (_, answer, reason) => {
    const { channel, sent } = against(() => answer);

    expect(await channel.checkCredentials(fixture.request('pm_card_visa').account)).toEqual({
      kind: 'unknown',
      reason,
    });
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
  });
});
