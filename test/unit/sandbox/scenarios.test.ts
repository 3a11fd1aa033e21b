import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { sandboxChannel } from '../../../functions/channels/sandbox/client.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => fixture.sandbox.close());

const known = async (request: AuthorizeRequest) => (await fixture.channel.queryAttempt(request)).attempt;
const due = () =>
  fixture.sandbox.due.map(({ callback, delayMs }) => [callback.id.split('.').slice(1).join('.'), delayMs]);

describe('scenario cards', () => {
  test('lostResponse: the charge is made, the answer is lost, a callback reports it', async () => {
    const request = fixture.request('pm_card_sandbox_lostResponse');

    expect(await fixture.channel.authorize(request)).toEqual({ kind: 'unknown', reason: 'status 503' });
    expect(await known(request)).toMatchObject({ kind: 'captured', amount: 1000n });
    expect(due()).toEqual([['authorisation', 1000]]);
  });

  test('neverArrived: nothing happened and nothing is known', async () => {
    const request = fixture.request('pm_card_sandbox_neverArrived');

    expect(await fixture.channel.authorize(request)).toEqual({ kind: 'unknown', reason: 'status 503' });
    expect(await known(request)).toEqual({ kind: 'not_found' });
    expect(due()).toEqual([]);
  });

  test.each([
    ['a card', (changes: object) => fixture.request('pm_card_sandbox_notAccepted', changes)],
    [
      'a wallet',
      (changes: object) =>
        fixture.request('', { instrument: { kind: 'wallet', type: 'paypal' }, amount: 9920n, ...changes }),
    ],
  ])('notAccepted: nothing happened to %s, and a further account takes it', async (_, requestOf) => {
    const request = requestOf({});

    expect(await fixture.channel.authorize(request)).toEqual({
      kind: 'failed',
      decline: {
        class: 'technical_not_accepted',
        code: 'processing_error',
        message: 'An error occurred while processing your card. Try again in a little bit.',
        networkCode: 'not_accepted',
      },
    });
    expect(await known(request)).toEqual({ kind: 'not_found' });
    expect(due()).toEqual([]);
    const { apiKey, account } = await fixture.sandbox.open(undefined, true);
    const further = sandboxChannel({ http: httpClient, baseUrl: fixture.sandbox.url, apiKey: async () => apiKey });
    const { kind } = await further.authorize(requestOf({ account: { channel: 'sandbox', account } }));
    expect(['captured', 'requires_action']).toContain(kind);
  });

  test('slow: the effect is at once, the answer after 8 s', async () => {
    const before = fixture.clock.nowMs();

    const outcome = await fixture.channel.authorize(fixture.request('pm_card_sandbox_slow'));

    expect(outcome).toMatchObject({ kind: 'captured' });
    expect(fixture.clock.nowMs() - before).toBe(8000);
  });

  test('timeout: the answer comes after our patience has ended', async () => {
    const before = fixture.clock.nowMs();

    await fixture.channel.authorize(fixture.request('pm_card_sandbox_timeout'));

    expect(fixture.clock.nowMs() - before).toBe(14_000);
  });

  test.each([
    ['pm_card_sandbox_pendingThenSucceeds', { kind: 'captured', amount: 1000n }],
    ['pm_card_sandbox_pendingThenFails', { kind: 'failed', decline: { declineCode: 'generic_decline' } }],
  ])('%s: pending, decided after 2 s, then called back', async (token, decided) => {
    const request = fixture.request(token);

    expect(await fixture.channel.authorize(request)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(1999);
    expect(await known(request)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(1);
    expect(await known(request)).toMatchObject(decided);
    expect(due()).toEqual([['authorisation', 2000]]);
  });

  test('duplicateCallbacks: the same callback three times', async () => {
    await fixture.channel.authorize(fixture.request('pm_card_sandbox_duplicateCallbacks'));

    expect(due()).toEqual([
      ['authorisation', 1000],
      ['authorisation', 2000],
      ['authorisation', 3000],
    ]);
    expect(new Set(fixture.sandbox.due.map(({ callback }) => callback.body)).size).toBe(1);
  });

  test('lateCallback: pending, and the callback comes after 90 s', async () => {
    const request = fixture.request('pm_card_sandbox_lateCallback');

    expect(await fixture.channel.authorize(request)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(2000);
    expect(await known(request)).toMatchObject({ kind: 'captured' });
    expect(due()).toEqual([['authorisation', 90_000]]);
  });

  test('noCallback: pending, and only a query reports the outcome', async () => {
    const request = fixture.request('pm_card_sandbox_noCallback');

    expect(await fixture.channel.authorize(request)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(2000);
    expect(await known(request)).toMatchObject({ kind: 'captured' });
    expect(due()).toEqual([]);
  });

  test('captureLost: the capture happens, its answer is lost', async () => {
    const request = fixture.request('pm_card_sandbox_captureLost', { capture: false });
    await fixture.channel.authorize(request);

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 1000n })).toMatchObject({
      kind: 'unknown',
    });
    const state = await fixture.channel.queryAttempt(request);
    expect([...state.operations]).toMatchObject([[1, { kind: 'succeeded' }]]);
    expect(due()).toEqual([
      ['authorisation', 1000],
      ['operation.1', 1000],
    ]);
  });

  test('captureFails: the capture is refused and the money stays held', async () => {
    const request = fixture.request('pm_card_sandbox_captureFails', { capture: false });
    await fixture.channel.authorize(request);

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 1000n })).toMatchObject({
      kind: 'failed',
      decline: { code: 'processing_error' },
    });
    expect(await fixture.channel.void(fixture.followUp(request, 2))).toEqual({ kind: 'succeeded' });
  });

  test('voidLost: the void happens, its answer is lost', async () => {
    const request = fixture.request('pm_card_sandbox_voidLost', { capture: false });
    await fixture.channel.authorize(request);

    expect(await fixture.channel.void(fixture.followUp(request))).toMatchObject({ kind: 'unknown' });
    expect([...(await fixture.channel.queryAttempt(request)).operations]).toEqual([[1, { kind: 'succeeded' }]]);
  });

  test('refundLost: the refund happens, its answer is lost', async () => {
    const request = fixture.request('pm_card_sandbox_refundLost');
    await fixture.channel.authorize(request);
    const refund = fixture.refundOf(request, 300n);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'unknown' });
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
  });
});

describe('callbacks that are due', () => {
  test('a plain success and a plain decline are each announced once, a second later', async () => {
    await fixture.channel.authorize(fixture.request('pm_card_visa'));
    await fixture.channel.authorize(fixture.request('pm_card_visa_chargeDeclined'));

    expect(due()).toEqual([
      ['authorisation', 1000],
      ['authorisation', 1000],
    ]);
  });

  test('a refund that fails later is announced twice, under two ids', async () => {
    const request = fixture.request('pm_card_refundFail');
    await fixture.channel.authorize(request);

    await fixture.channel.refund(fixture.refundOf(request, 1000n));

    expect(due().slice(1)).toEqual([
      ['refund.succeeded', 1000],
      ['refund.failed', 3000],
    ]);
  });

  test('a pending refund is announced when it has succeeded', async () => {
    const request = fixture.request('pm_card_pendingRefund');
    await fixture.channel.authorize(request);

    await fixture.channel.refund(fixture.refundOf(request, 1000n));

    expect(due().slice(1)).toEqual([['refund.succeeded', 3000]]);
  });

  test('a repeated request is not announced again', async () => {
    const request = fixture.request('pm_card_visa');
    await fixture.channel.authorize(request);

    await fixture.channel.authorize(request);

    expect(due().length).toBe(1);
  });
});

describe('the sandbox refuses', () => {
  const post = (path: string, body: string, authorization = `Bearer ${fixture.opened.apiKey}`) =>
    httpClient({
      method: 'POST',
      url: `${fixture.sandbox.url}${path}`,
      headers: { authorization },
      body,
      timeoutMs: 30_000,
    });

  test.each([
    ['no key', ''],
    ['another scheme', 'Basic abc'],
    ['a made-up key', `Bearer sandbox_sba${'0'.repeat(20)}_${'0'.repeat(32)}`],
  ])('%s (401)', async (_, authorization) => {
    const answer = await post('/charges', '{}', authorization);

    expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
      401,
      { error: { code: 'unauthorised', message: 'no such API key' } },
    ]);
  });

  test('a key of the account with another secret (401)', async () => {
    const wrong = `${fixture.opened.apiKey.slice(0, -1)}${fixture.opened.apiKey.endsWith('0') ? '1' : '0'}`;

    expect((await post('/charges', '{}', `Bearer ${wrong}`)).status).toBe(401);
  });

  test('a body that is not as documented, naming members and never values (400)', async () => {
    const answer = await post(
      '/charges',
      JSON.stringify({ reference: 'R1', amount: 'x4242424242424242', currency: 'usd', capture: true }),
    );

    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain('amount');
    expect(answer.body.toString()).not.toContain('4242');
  });

  test.each(['{', 'null', '[]', '"x"', ''])('the body %s (400)', async (body) => {
    expect((await post('/charges', body)).status).toBe(400);
  });

  test('an unknown route (404) and a body over 64 KiB (413)', async () => {
    expect((await post('/nothing', '{}')).status).toBe(404);
    expect((await post('/charges', ' '.repeat(65_537))).status).toBe(413);
  });

  test("another account's charge (404)", async () => {
    const request = fixture.request('pm_card_visa');
    await fixture.channel.authorize(request);
    const other = await fixture.sandbox.open();

    const answer = await httpClient({
      method: 'GET',
      url: `${fixture.sandbox.url}/charges/${request.reference}`,
      headers: { authorization: `Bearer ${other.apiKey}` },
      timeoutMs: 30_000,
    });

    expect(answer.status).toBe(404);
  });
});
