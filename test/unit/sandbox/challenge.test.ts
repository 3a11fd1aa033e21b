import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeAll(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterAll(() => fixture.sandbox.close());

const RETURN_URL = 'https://shop.example/done?order=7';

async function challenged(token: string, changes: Partial<AuthorizeRequest> = {}) {
  const request = fixture.request(token, changes);
  const outcome = await fixture.channel.authorize(request);
  if (outcome.kind !== 'requires_action' || outcome.action.kind !== 'redirect')
    throw new Error(`no challenge but ${outcome.kind}`);
  const { url } = outcome.action;
  const answer = async (result: string) =>
    httpClient({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `result=${result}`,
      timeoutMs: 30_000,
    });
  const known = async () => (await fixture.channel.queryAttempt(request)).attempt;
  return { request, url, answer, known };
}

describe('challenge', () => {
  test('the page shows the amount and both buttons, and loads nothing', async () => {
    const { url } = await challenged('pm_card_threeDSecure2Required');

    const page = await httpClient({ method: 'GET', url, timeoutMs: 30_000 });

    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body.toString()).toContain('10.00 USD');
    expect(page.body.toString()).toMatch(/value="complete".*value="fail"/s);
  });

  test.each([
    ['pm_card_threeDSecure2Required', { kind: 'captured', amount: 1000n }],
    ['pm_card_authenticationRequired', { kind: 'captured', amount: 1000n }],
    ['pm_card_authenticationRequiredOnSetup', { kind: 'captured', amount: 1000n }],
    ['pm_card_authenticationRequiredSetupForOffSession', { kind: 'captured', amount: 1000n }],
    [
      'pm_card_threeDSecureRequiredChargeDeclined',
      { kind: 'failed', decline: { code: 'card_declined', declineCode: 'generic_decline' } },
    ],
    [
      'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
      { kind: 'failed', decline: { code: 'card_declined', declineCode: 'insufficient_funds' } },
    ],
  ])('%s: completed, it is decided', async (token, expected) => {
    const { answer, known } = await challenged(token);
    expect(await known()).toMatchObject({ kind: 'requires_action' });

    await answer('complete');

    expect(await known()).toMatchObject(expected);
  });

  test('failed, the payment fails authentication', async () => {
    const { answer, known } = await challenged('pm_card_authenticationRequired');

    await answer('fail');

    expect(await known()).toMatchObject({ kind: 'failed', decline: { code: 'payment_intent_authentication_failure' } });
  });

  test('the browser is led to the stored return URL, and the signed callback is due at once', async () => {
    const { request, answer } = await challenged('pm_card_authenticationRequired', { returnUrl: RETURN_URL });
    expect(fixture.sandbox.due.filter((due) => due.callback.body.includes(request.reference))).toEqual([]);

    const left = await answer('complete');

    expect(left.status).toBe(303);
    expect(left.headers.location).toBe(`${RETURN_URL}&redirect_status=succeeded`);
    const due = fixture.sandbox.due.filter((each) => each.callback.body.includes(request.reference));
    expect(due.map((each) => [each.callback.id, each.delayMs])).toEqual([[`${request.reference}.authorisation`, 0]]);
  });

  test.each([
    [
      'https://shop.example/grüße/支付?name=é',
      'https://shop.example/gr%C3%BC%C3%9Fe/%E6%94%AF%E4%BB%98?name=%C3%A9&redirect_status=succeeded',
    ],
    ['shopapp://paid/7', 'shopapp://paid/7?redirect_status=succeeded'],
    ['HTTPS://shop.example/', 'https://shop.example/?redirect_status=succeeded'],
  ])('the return URL %s leads the browser to %s', async (returnUrl, location) => {
    const { answer } = await challenged('pm_card_authenticationRequired', { returnUrl });

    expect((await answer('complete')).headers.location).toBe(location);
  });

  test('the first answer counts: a second one changes nothing and leads to the same place', async () => {
    const { answer, known } = await challenged('pm_card_authenticationRequired', { returnUrl: RETURN_URL });
    await answer('fail');
    const due = fixture.sandbox.due.length;

    const again = await answer('complete');

    expect(again.headers.location).toBe(`${RETURN_URL}&redirect_status=failed`);
    expect(await known()).toMatchObject({ kind: 'failed' });
    expect(fixture.sandbox.due.length).toBe(due);
  });

  test.each(['', 'complete2'])('after it "%s" leads to the same place', async (result) => {
    const { answer } = await challenged('pm_card_authenticationRequired', { returnUrl: RETURN_URL });
    await answer('complete');

    const again = await answer(result);

    expect([again.status, again.headers.location]).toEqual([303, `${RETURN_URL}&redirect_status=succeeded`]);
  });

  test('without a return URL the payer sees that the challenge is over', async () => {
    const { answer } = await challenged('pm_card_authenticationRequired');

    const left = await answer('complete');

    expect(left.status).toBe(200);
    expect(left.headers.location).toBeUndefined();
    expect(left.body.toString()).toContain('completed');
  });

  test.each(['', 'complete2', 'COMPLETE'])('an answer of "%s" is none', async (result) => {
    const { answer, known } = await challenged('pm_card_authenticationRequired', { returnUrl: RETURN_URL });

    const left = await answer(result);

    expect(left.status).toBe(400);
    expect(await known()).toMatchObject({ kind: 'requires_action' });
  });

  test('an address with another secret shows nothing of the charge', async () => {
    const { url } = await challenged('pm_card_authenticationRequired');
    const guessed = `${url.slice(0, -24)}${'0'.repeat(24)}`;

    const page = await httpClient({ method: 'GET', url: guessed, timeoutMs: 30_000 });

    expect(page.status).toBe(404);
    expect(page.body.toString()).not.toContain('10.00');
  });

  test.each([
    'pm_card_authenticationRequired',
    'pm_card_authenticationRequiredOnSetup',
    'pm_card_threeDSecure2Required',
    'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
  ])('%s: without the payer it is declined (authentication_required)', async (token) => {
    const outcome = await fixture.channel.authorize(fixture.request(token, { offSession: true }));

    expect(outcome).toMatchObject({
      kind: 'failed',
      decline: {
        code: 'authentication_required',
        declineCode: 'authentication_required',
        message: 'Your card was declined. This transaction requires authentication.',
      },
    });
  });

  test('a card that was set up for it succeeds without the payer', async () => {
    const request = fixture.request('pm_card_authenticationRequiredSetupForOffSession', { offSession: true });

    expect(await fixture.channel.authorize(request)).toMatchObject({ kind: 'captured' });
  });

  test('a void closes an open challenge: the payer can pay no more', async () => {
    const { request, answer, known } = await challenged('pm_card_authenticationRequired');

    const voided = await fixture.channel.void(fixture.followUp(request));
    await answer('complete');

    expect(voided).toEqual({ kind: 'succeeded' });
    expect(await known()).toMatchObject({ kind: 'failed' });
  });
});

describe('a challenge that nothing is charged after', () => {
  const WAITS = { stopsAfterChallenge: true };
  const authenticated = async (token = 'pm_card_authenticationRequired', changes: Partial<AuthorizeRequest> = {}) => {
    const { request, answer, known } = await challenged(token, { ...WAITS, returnUrl: RETURN_URL, ...changes });
    const left = await answer('complete');
    return { request, left, known };
  };
  const naming = (request: AuthorizeRequest, changes: Partial<AuthorizeRequest> = {}) =>
    fixture.request('pm_card_authenticationRequired', { authentication: request.reference, ...changes });

  test('is reported as passed, by the answer, the callback and the browser alike', async () => {
    const { request, left, known } = await authenticated('pm_card_threeDSecureRequiredChargeDeclined');

    expect(await known()).toMatchObject({ kind: 'authenticated' });
    expect(await fixture.channel.authorize(request)).toMatchObject({ kind: 'authenticated' });
    expect(left.headers.location).toBe(`${RETURN_URL}&redirect_status=succeeded`);
    const due = fixture.sandbox.due.find((each) => each.callback.body.includes(request.reference));
    expect(JSON.parse(due!.callback.body)).toMatchObject({ data: { status: 'authenticated', captured_amount: '0' } });
  });

  test('lets the request that names it be decided without asking again', async () => {
    const { request } = await authenticated();
    const declined = await authenticated('pm_card_threeDSecureRequiredChargeDeclined');

    expect(await fixture.channel.authorize(naming(request))).toMatchObject({ kind: 'captured', amount: 1000n });
    expect(
      await fixture.channel.authorize(
        fixture.request('pm_card_threeDSecureRequiredChargeDeclined', {
          authentication: declined.request.reference,
        }),
      ),
    ).toMatchObject({ kind: 'failed', decline: { declineCode: 'generic_decline' } });
  });

  test.each([
    ['amount', { amount: 1001n }],
    ['currency', { currency: 'eur' as AuthorizeRequest['currency'] }],
    ['card', { instrument: { kind: 'test', token: 'pm_card_threeDSecure2Required' } }],
  ] as const)('proves nothing for another %s', async (_name, changes) => {
    const { request } = await authenticated();

    expect(await fixture.channel.authorize(naming(request, changes))).toMatchObject({ kind: 'requires_action' });
  });

  test('proves nothing when it failed, is still open, or was voided', async () => {
    const failed = await challenged('pm_card_authenticationRequired', WAITS);
    await failed.answer('fail');
    const open = await challenged('pm_card_authenticationRequired', WAITS);
    const { request: gone } = await authenticated();
    expect(await fixture.channel.void(fixture.followUp(gone))).toEqual({ kind: 'succeeded' });

    for (const request of [failed.request, open.request, gone])
      expect(await fixture.channel.authorize(naming(request))).toMatchObject({ kind: 'requires_action' });
    expect(await failed.known()).toMatchObject({ kind: 'failed' });
  });

  test('is part of the request: the same reference without it, or naming another, is refused', async () => {
    const { request } = await authenticated();
    const named = naming(request);
    await fixture.channel.authorize(named);
    const { stopsAfterChallenge: _, ...charging } = request;
    const refused = { kind: 'unknown', reason: 'refused: reference_used' };

    expect(await fixture.channel.authorize(charging)).toEqual(refused);
    expect(await fixture.channel.authorize({ ...named, authentication: named.reference })).toEqual(refused);
  });

  test('holds nothing that could be captured', async () => {
    const { request } = await authenticated('pm_card_authenticationRequired', { capture: false });

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 1000n })).toMatchObject({
      kind: 'failed',
    });
  });
});
