import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeAll(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterAll(() => fixture.sandbox.close());

async function authorized(token = 'pm_card_visa', capture = false) {
  const request = fixture.request(token, { capture });
  await fixture.channel.authorize(request);
  return request;
}
const operationsOf = async (request: Awaited<ReturnType<typeof authorized>>) => [
  ...(await fixture.channel.queryAttempt(request)).operations,
];

describe('capture', () => {
  test('takes part of what is held, once', async () => {
    const request = await authorized();

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 400n })).toMatchObject({
      kind: 'succeeded',
    });
    expect(await fixture.channel.capture({ ...fixture.followUp(request, 2), amount: 100n })).toMatchObject({
      kind: 'failed',
    });
    expect((await operationsOf(request)).map(([number, { kind }]) => [number, kind])).toEqual([
      [1, 'succeeded'],
      [2, 'failed'],
    ]);
  });

  test('the same operation number again is the same capture', async () => {
    const request = await authorized();
    await fixture.channel.capture({ ...fixture.followUp(request), amount: 400n });

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 400n })).toMatchObject({
      kind: 'succeeded',
    });
    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 500n })).toEqual({
      kind: 'unknown',
      reason: 'refused: reference_used',
    });
  });

  test.each([
    ['more than is held', 1001n],
    ['far more', 999_999n],
  ])('of %s is refused', async (_, amount) => {
    const request = await authorized();

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount })).toMatchObject({
      kind: 'failed',
      decline: { code: 'charge_expired_for_capture' },
    });
  });

  test('after a void is refused', async () => {
    const request = await authorized();
    await fixture.channel.void(fixture.followUp(request));

    expect(await fixture.channel.capture({ ...fixture.followUp(request, 2), amount: 1000n })).toMatchObject({
      kind: 'failed',
    });
  });

  test('of a charge that the sandbox does not know is unknown', async () => {
    const request = fixture.request('pm_card_visa');

    expect(await fixture.channel.capture({ ...fixture.followUp(request), amount: 1000n })).toEqual({
      kind: 'unknown',
      reason: 'refused: not_found',
    });
  });
});

describe('void', () => {
  test('lets held money go, once', async () => {
    const request = await authorized();

    expect(await fixture.channel.void(fixture.followUp(request))).toEqual({ kind: 'succeeded' });
    expect(await fixture.channel.void(fixture.followUp(request))).toEqual({ kind: 'succeeded' });
    expect(await fixture.channel.void(fixture.followUp(request, 2))).toMatchObject({ kind: 'failed' });
  });

  test('of a one-step charge takes it back, until it is refunded', async () => {
    const untouched = await authorized('pm_card_visa', true);
    const refunded = await authorized('pm_card_visa', true);
    await fixture.channel.refund(fixture.refundOf(refunded, 1n));

    expect(await fixture.channel.void(fixture.followUp(untouched, 0))).toEqual({ kind: 'succeeded' });
    expect(await fixture.channel.refund(fixture.refundOf(untouched, 1n))).toMatchObject({ kind: 'failed' });
    expect(await fixture.channel.void(fixture.followUp(refunded, 0))).toMatchObject({ kind: 'failed' });
  });

  test('of what was captured later is refused', async () => {
    const request = await authorized();
    await fixture.channel.capture({ ...fixture.followUp(request), amount: 1000n });

    expect(await fixture.channel.void(fixture.followUp(request, 2))).toMatchObject({ kind: 'failed' });
  });
});

describe('refund', () => {
  test('refunds never exceed what was captured', async () => {
    const request = await authorized();
    await fixture.channel.capture({ ...fixture.followUp(request), amount: 600n });

    expect(await fixture.channel.refund(fixture.refundOf(request, 400n))).toMatchObject({ kind: 'succeeded' });
    expect(await fixture.channel.refund(fixture.refundOf(request, 201n))).toMatchObject({
      kind: 'failed',
      decline: { code: 'charge_not_refundable' },
    });
    expect(await fixture.channel.refund(fixture.refundOf(request, 200n))).toMatchObject({ kind: 'succeeded' });
  });

  test('two refunds of 60 on 100 at once make one', async () => {
    const request = await authorized('pm_card_visa', true);

    const outcomes = await Promise.all(
      [600n, 600n].map((amount) => fixture.channel.refund(fixture.refundOf(request, amount))),
    );

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['failed', 'succeeded']);
  });

  test('the same reference again is the same refund', async () => {
    const request = await authorized('pm_card_visa', true);
    const refund = fixture.refundOf(request, 700n);
    await fixture.channel.refund(refund);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
    expect(await fixture.channel.refund({ ...refund, amount: 1n })).toEqual({
      kind: 'unknown',
      reason: 'refused: reference_used',
    });
  });

  test('pm_card_pendingRefund: pending, then succeeded', async () => {
    const request = await authorized('pm_card_pendingRefund', true);
    const refund = fixture.refundOf(request, 1000n);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'pending' });
    fixture.clock.move(3000);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({ kind: 'succeeded' });
  });

  test('pm_card_refundFail: succeeded, then failed', async () => {
    const request = await authorized('pm_card_refundFail', true);
    const refund = fixture.refundOf(request, 1000n);

    expect(await fixture.channel.refund(refund)).toMatchObject({ kind: 'succeeded' });
    fixture.clock.move(3000);
    expect(await fixture.channel.queryRefund(refund)).toMatchObject({
      kind: 'failed',
      decline: { code: 'expired_or_canceled_card' },
    });
  });

  test.each([
    ['pm_card_refundFail', 'after 3 s, by itself', 'succeeded'],
    ['pm_card_visa', 'at the bank, by the test helper', 'succeeded'],
    ['pm_card_pendingRefund', 'at the bank while it is pending', 'pending'],
    ['pm_card_refundFail', 'at the bank before it fails by itself', 'succeeded'],
  ])('%s: money of a refund that failed %s can be refunded again, once', async (token, how, kind) => {
    const request = await authorized(token, true);
    const first = fixture.refundOf(request, 1000n);
    await fixture.channel.refund(first);
    if (how.startsWith('at the bank')) await fixture.controls.failRefund(first.reference, fixture.account);
    fixture.clock.move(3000);

    expect(await fixture.channel.queryRefund(first)).toMatchObject({ kind: 'failed' });
    expect(await fixture.channel.refund(fixture.refundOf(request, 1000n))).toMatchObject({ kind });
    expect(await fixture.channel.refund(fixture.refundOf(request, 1n))).toMatchObject({ kind: 'failed' });
  });

  test('a refund that never was is not found', async () => {
    const request = await authorized('pm_card_visa', true);

    expect(await fixture.channel.queryRefund(fixture.refundOf(request, 1n))).toEqual({
      kind: 'not_found',
    });
  });
});
