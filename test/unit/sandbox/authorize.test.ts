import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../../../functions/channels/port/port.ts';
import { clearCard, type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeAll(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterAll(() => fixture.sandbox.close());

const decline = (outcome: AttemptOutcome) => (outcome.kind === 'failed' ? outcome.decline : outcome);

describe('authorize: the magic cards', () => {
  test.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline', 'Your card was declined.'],
    [
      'pm_card_visa_chargeDeclinedInsufficientFunds',
      'card_declined',
      'insufficient_funds',
      'Your card has insufficient funds.',
    ],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card', 'Your card was declined.'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card', 'Your card was declined.'],
    [
      'pm_card_visa_chargeDeclinedVelocityLimitExceeded',
      'card_declined',
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', undefined, 'Your card has expired.'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', undefined, "Your card's security code is incorrect."],
    [
      'pm_card_chargeDeclinedProcessingError',
      'processing_error',
      undefined,
      'An error occurred while processing your card. Try again in a little bit.',
    ],
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline', 'Your card was declined.'],
    ['pm_card_threeDSecureRequiredProcessingError', 'card_declined', 'generic_decline', 'Your card was declined.'],
  ])('%s is declined with %s %s', async (token, code, declineCode, message) => {
    const outcome = await fixture.channel.authorize(fixture.request(token));

    expect(decline(outcome)).toMatchObject({ code, message, ...(declineCode && { declineCode }) });
    if (!declineCode) expect(decline(outcome)).not.toHaveProperty('declineCode');
  });

  test.each([
    'pm_card_visa',
    'pm_card_amex',
    'pm_card_unionpay',
    'pm_card_createDispute',
    'pm_card_bypassPending',
    'pm_card_radarBlock',
    'pm_card_riskLevelHighest',
    'pm_card_threeDSecureOptional',
    'pm_card_threeDSecureOptionalProcessingError',
    'pm_card_amex_threeDSecureNotSupported',
    'pm_card_refundFail',
  ])('%s is captured in one step', async (token) => {
    const outcome = await fixture.channel.authorize(fixture.request(token));

    expect(outcome).toMatchObject({ kind: 'captured', amount: 1000n });
  });

  test('without capture the money is held', async () => {
    const outcome = await fixture.channel.authorize(fixture.request('pm_card_visa', { capture: false }));

    expect(outcome).toEqual({
      kind: 'authorized',
      handles: { charge: expect.stringMatching(/^ch[0-9a-f]{12}$/) },
      authorizationCode: expect.stringMatching(/^[0-9A-Z]{6}$/),
      checks: { cvc: 'pass' },
    });
  });

  test.each([
    ['pm_card_cvcCheckFail', { cvc: 'fail' }],
    ['pm_card_avsZipFail', { cvc: 'pass', postalCode: 'fail', line1: 'pass' }],
    ['pm_card_avsLine1Fail', { cvc: 'pass', postalCode: 'pass', line1: 'fail' }],
    ['pm_card_avsFail', { cvc: 'pass', postalCode: 'fail', line1: 'fail' }],
    ['pm_card_avsUnchecked', { cvc: 'pass', postalCode: 'unavailable', line1: 'unavailable' }],
  ])('%s succeeds with its checks', async (token, checks) => {
    const outcome = await fixture.channel.authorize(fixture.request(token));

    expect(outcome).toMatchObject({ kind: 'captured', checks });
  });

  test('an unknown test id is declined as no test card', async () => {
    const outcome = await fixture.channel.authorize(fixture.request('pm_card_nope'));

    expect(decline(outcome)).toMatchObject({ code: 'card_declined', declineCode: 'test_mode_live_card' });
  });
});

describe('authorize: card numbers', () => {
  const request = () => fixture.request('unused', { instrument: { kind: 'vault', paymentMethod: 'pm_1' } });

  test('a number behaves as its test id does', async () => {
    expect(await fixture.channel.authorizeCard(request(), clearCard('4242424242424242'))).toMatchObject({
      kind: 'captured',
    });
    expect(decline(await fixture.channel.authorizeCard(request(), clearCard('4000000000009995')))).toMatchObject({
      declineCode: 'insufficient_funds',
    });
  });

  test('a number that is no published test card is declined', async () => {
    const outcome = await fixture.channel.authorizeCard(request(), clearCard('4539578763621486'));

    expect(decline(outcome)).toMatchObject({ declineCode: 'test_mode_live_card' });
  });

  test('a card past its month is declined as expired', async () => {
    const outcome = await fixture.channel.authorizeCard(
      request(),
      clearCard('4242424242424242', { expMonth: 12, expYear: 2026 }),
    );

    expect(decline(outcome)).toMatchObject({ code: 'expired_card' });
  });

  test('a card is good until the end of its month', async () => {
    const outcome = await fixture.channel.authorizeCard(
      request(),
      clearCard('4242424242424242', { expMonth: 1, expYear: 2027 }),
    );

    expect(outcome.kind).toBe('captured');
  });

  test('the incorrect-CVC card declines only when a code is given', async () => {
    const { cvc: _, ...without } = clearCard('4000000000000127');

    expect(decline(await fixture.channel.authorizeCard(request(), clearCard('4000000000000127')))).toMatchObject({
      code: 'incorrect_cvc',
    });
    expect(await fixture.channel.authorizeCard(request(), without)).toMatchObject({
      kind: 'captured',
      checks: { cvc: 'unchecked' },
    });
  });
});

describe('authorize: idempotency', () => {
  test('the same reference with the same parameters has the same answer', async () => {
    const request = fixture.request('pm_card_visa');

    const first = await fixture.channel.authorize(request);
    const second = await fixture.channel.authorize(request);

    expect(second).toEqual(first);
  });

  test('the same reference with other parameters is refused, and stays unknown to us', async () => {
    const request = fixture.request('pm_card_visa');
    await fixture.channel.authorize(request);

    const outcome = await fixture.channel.authorize({ ...request, amount: 999n });

    expect(outcome).toEqual({ kind: 'unknown', reason: 'refused: reference_used' });
  });
});
