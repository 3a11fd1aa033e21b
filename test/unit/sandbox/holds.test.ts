/** The acquirer's holds: raised, captured in parts, voided; by which card, and which answers get lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthorizeRequest, HoldFeature } from '../../../functions/channels/port/port.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeAll(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterAll(() => fixture.sandbox.close());

const BOTH: readonly HoldFeature[] = ['increment', 'multicapture'];
/** A hold of 1,000. */
async function held(token = 'pm_card_visa', requestedFeatures = BOTH): Promise<AuthorizeRequest> {
  const request = fixture.request(token, { capture: false, requestedFeatures });
  await fixture.channel.authorize(request);
  return request;
}
const part = (request: AuthorizeRequest, operation: number, amount: bigint) =>
  fixture.channel.capture({ ...fixture.followUp(request, operation), amount, keepsRest: true });
const last = (request: AuthorizeRequest, operation: number, amount: bigint) =>
  fixture.channel.capture({ ...fixture.followUp(request, operation), amount });
const raise = (request: AuthorizeRequest, operation: number, amount: bigint) =>
  fixture.channel.increment({ ...fixture.followUp(request, operation), amount });
const state = (request: AuthorizeRequest) => fixture.channel.queryAttempt(request);
const SUCCEEDED = { kind: 'succeeded' };
const FAILED = { kind: 'failed' };

it.each<[string, readonly HoldFeature[]]>([
  ['pm_card_visa', ['increment', 'multicapture']],
  ['pm_card_unionpay', ['increment', 'multicapture']],
  ['pm_card_diners', ['multicapture']],
  ['pm_card_credit_disableEnterpriseCardFeatures', ['increment']],
])('%s supports %j of the requested features', async (token, features) => {
  const request = fixture.request(token, { capture: false, requestedFeatures: BOTH });

  expect(await fixture.channel.authorize(request)).toMatchObject({ kind: 'authorized', features });
  expect((await state(request)).attempt).toMatchObject({ kind: 'authorized', features });
});

it('a hold supports no feature that was not requested', async () => {
  const request = fixture.request('pm_card_visa', { capture: false });

  expect(await fixture.channel.authorize(request)).not.toHaveProperty('features');
  expect(await part(request, 1, 400n)).toMatchObject(FAILED);
  expect(await raise(request, 2, 1_500n)).toMatchObject(FAILED);
  expect(await last(request, 3, 1_000n)).toMatchObject(SUCCEEDED);
});

describe('captures', () => {
  it('take parts up to what is held; the last one ends it', async () => {
    const request = await held();

    expect(await part(request, 1, 400n)).toMatchObject(SUCCEEDED);
    expect(await part(request, 2, 601n)).toMatchObject(FAILED);
    expect(await part(request, 3, 300n)).toMatchObject(SUCCEEDED);
    expect(await last(request, 4, 100n)).toMatchObject(SUCCEEDED);
    expect(await last(request, 5, 200n)).toMatchObject(FAILED);
    expect(await fixture.channel.void(fixture.followUp(request, 6))).toMatchObject(FAILED);
    expect(await fixture.channel.refund(fixture.refundOf(request, 800n))).toMatchObject(SUCCEEDED);
    expect(await fixture.channel.refund(fixture.refundOf(request, 1n))).toMatchObject(FAILED);
  });

  it('of the whole hold leave nothing to capture or to void', async () => {
    const request = await held();
    await part(request, 1, 400n);
    await part(request, 2, 600n);

    expect(await part(request, 3, 1n)).toMatchObject(FAILED);
    expect(await fixture.channel.void(fixture.followUp(request, 4))).toMatchObject(FAILED);
  });

  it('have numbers: the same one again changes nothing, and the same number with another rest is refused', async () => {
    const request = await held();
    await part(request, 1, 400n);

    expect(await part(request, 1, 400n)).toMatchObject(SUCCEEDED);
    expect(await last(request, 1, 400n)).toEqual({ kind: 'unknown', reason: 'refused: reference_used' });
    expect(await part(request, 2, 600n)).toMatchObject(SUCCEEDED);
  });

  it('of parts stay when the rest is voided, and can be refunded', async () => {
    const request = await held();
    await part(request, 1, 400n);

    expect(await fixture.channel.void(fixture.followUp(request, 2))).toEqual(SUCCEEDED);
    expect(await part(request, 3, 1n)).toMatchObject(FAILED);
    expect(await fixture.channel.refund(fixture.refundOf(request, 401n))).toMatchObject(FAILED);
    expect(await fixture.channel.refund(fixture.refundOf(request, 400n))).toMatchObject(SUCCEEDED);
  });

  it('of a disputed card open its dispute with the first part, once', async () => {
    const request = await held('pm_card_createDispute');
    fixture.sandbox.due.splice(0);
    await part(request, 1, 400n);
    await part(request, 2, 300n);

    const opened = fixture.sandbox.due.splice(0).filter(({ callback }) => callback.id.includes('.dispute.'));
    expect(
      opened.map(({ callback }) => (JSON.parse(callback.body) as { data: { amount: string } }).data.amount),
    ).toEqual(['400']);
  });
});

describe('increments', () => {
  it('raise what can be captured to a new total, until something is', async () => {
    const request = await held();

    expect(await raise(request, 1, 1_500n)).toEqual(SUCCEEDED);
    expect(await raise(request, 1, 1_500n)).toEqual(SUCCEEDED);
    expect(await raise(request, 2, 1_500n)).toMatchObject(FAILED);
    expect(await raise(request, 3, 1_600n)).toEqual(SUCCEEDED);
    expect(await part(request, 4, 1_600n - 1n)).toMatchObject(SUCCEEDED);
    expect(await raise(request, 5, 2_000n)).toMatchObject({ kind: 'failed', decline: { code: 'card_declined' } });
    expect(await last(request, 6, 1n)).toMatchObject(SUCCEEDED);
  });

  it('that the issuer declines leave what was held', async () => {
    const request = await held('pm_card_credit_disableEnterpriseCardFeatures');

    expect(await raise(request, 1, 1_500n)).toMatchObject({
      kind: 'failed',
      decline: { code: 'card_declined', declineCode: 'generic_decline', networkCode: '05' },
    });
    expect(await last(request, 2, 1_001n)).toMatchObject(FAILED);
    expect(await last(request, 3, 1_000n)).toMatchObject(SUCCEEDED);
  });

  it('without an answer take effect once: a query and a callback report them', async () => {
    const request = await held('pm_card_sandbox_incrementLost');
    fixture.sandbox.due.splice(0);

    expect(await raise(request, 1, 1_500n)).toMatchObject({ kind: 'unknown' });

    expect([...(await state(request)).operations]).toEqual([[1, SUCCEEDED]]);
    const [told] = fixture.sandbox.due.splice(0);
    expect(JSON.parse(told!.callback.body)).toMatchObject({
      type: 'operation',
      data: { operation: { number: 1, kind: 'increment', amount: '1500', status: 'succeeded' } },
    });
  });
});
