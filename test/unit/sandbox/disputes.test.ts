/** Disputes at the acquirer, through our client: opened by cards, answered once per number, decided by what the evidence says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizeRequest, DisputeAnswer } from '../../../functions/channels/port/port.ts';
import { verifiedCallback } from '../../../functions/channels/sandbox/callback.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
beforeEach(async () => {
  fixture = await sandboxFixture(memoryTable());
});
afterEach(() => fixture.sandbox.close());

const due = () =>
  fixture.sandbox.due.map(({ callback, delayMs }) => [callback.id.split('.').slice(1).join('.'), delayMs]);
/** What the callback of this name says, as our verifier reads it. */
async function told(name: string) {
  const scheduled = fixture.sandbox.due.find(({ callback }) => callback.id.endsWith(name))!;
  const { raw, headers } = await fixture.sandbox.signed(scheduled);
  return verifiedCallback(raw, headers, [fixture.opened.callbackSecret], fixture.clock.nowMs())?.facts[0];
}
async function charged(token: string): Promise<AuthorizeRequest> {
  const request = fixture.request(token);
  await fixture.channel.authorize(request);
  return request;
}
const answer = (request: AuthorizeRequest, text: string, changes: Partial<DisputeAnswer> = {}) =>
  fixture.channel.answerDispute({
    reference: request.reference,
    account: fixture.account,
    dispute: '1',
    submission: 1,
    answer: 'contest',
    evidence: { uncategorized_text: text },
    ...changes,
  });

describe('a dispute card', () => {
  it('opens a chargeback with the capture, called back behind it', async () => {
    const request = await charged('pm_card_createDispute');

    expect(due()).toEqual([
      ['authorisation', 1000],
      ['dispute.1.chargeback.opened', 2000],
    ]);
    expect(await told('chargeback.opened')).toEqual({
      about: 'dispute',
      reference: request.reference,
      dispute: {
        id: '1',
        kind: 'chargeback',
        amount: 1000n,
        currency: 'usd',
        fee: 1500n,
        reason: 'fraudulent',
        networkReasonCode: '10.4',
        openedMs: fixture.clock.nowMs(),
        dueMs: fixture.clock.nowMs() + 9 * 24 * 3_600_000,
      },
      outcome: { kind: 'opened' },
    });
  });

  it('opens none before the capture', async () => {
    const request = fixture.request('pm_card_createDisputeProductNotReceived', { capture: false });
    await fixture.channel.authorize(request);
    expect(due()).toEqual([['authorisation', 1000]]);

    await fixture.channel.capture({ ...fixture.followUp(request), amount: 600n });

    expect(due().at(-1)).toEqual(['dispute.1.chargeback.opened', 2000]);
    expect(await told('chargeback.opened')).toMatchObject({
      dispute: { amount: 600n, reason: 'product_not_received' },
    });
  });

  it('leaves nothing to refund or to void', async () => {
    const request = await charged('pm_card_createDispute');

    expect(await fixture.channel.refund(fixture.refundOf(request, 1n))).toMatchObject({ kind: 'failed' });
    expect(await fixture.channel.void(fixture.followUp(request))).toMatchObject({ kind: 'failed' });
  });
});

describe('an answer', () => {
  it.each([
    ['winning_evidence', 'won'],
    ['losing_evidence', 'lost'],
  ])('%s: %s after three seconds', async (text, end) => {
    const request = await charged('pm_card_createDispute');

    expect(await answer(request, text)).toEqual({ kind: 'succeeded' });

    expect(due().at(-1)).toEqual([`dispute.1.chargeback.${end}`, 5000]);
    expect(await told(end)).toMatchObject({ dispute: { kind: 'chargeback' }, outcome: { kind: end } });
  });

  it('under the same number is the same answer, another one is not taken', async () => {
    const request = await charged('pm_card_createDispute');

    expect(await answer(request, 'a story')).toEqual({ kind: 'succeeded' });
    expect(await answer(request, 'a story')).toEqual({ kind: 'succeeded' });
    expect(await answer(request, 'another story')).toMatchObject({ kind: 'unknown' });
    expect(await answer(request, 'another story', { submission: 2 })).toMatchObject({
      kind: 'failed',
      decline: { code: 'dispute_closed', networkCode: 'S8' },
    });
    expect(due()).toHaveLength(2);
  });

  it('that accepts is lost at once, and takes no other after it', async () => {
    const request = await charged('pm_card_createDispute');

    expect(await answer(request, '', { answer: 'accept' })).toEqual({ kind: 'succeeded' });
    expect(due().at(-1)).toEqual(['dispute.1.chargeback.lost', 2000]);
    expect(await answer(request, 'winning_evidence', { submission: 2 })).toMatchObject({ kind: 'failed' });
  });

  it('to an inquiry may turn it into a chargeback over the amount that was not refunded, which needs an answer of its own', async () => {
    const request = await charged('pm_card_createDisputeInquiry');
    await fixture.channel.refund(fixture.refundOf(request, 400n));

    await answer(request, 'escalate_inquiry_evidence');
    fixture.clock.move(3000);

    expect(await told('chargeback.opened')).toMatchObject({
      dispute: { kind: 'chargeback', amount: 600n, fee: 1500n },
      outcome: { kind: 'opened' },
    });
    expect(await answer(request, 'winning_evidence', { submission: 2 })).toEqual({ kind: 'succeeded' });
    expect(await told('chargeback.won')).toMatchObject({ dispute: { amount: 600n } });
  });

  it('is not needed any more when all the money went back', async () => {
    const request = await charged('pm_card_createDisputeInquiry');

    await fixture.channel.refund(fixture.refundOf(request, 1000n));

    expect(await told('inquiry.closed')).toMatchObject({ dispute: { fee: 0n }, outcome: { kind: 'closed' } });
    expect(await answer(request, 'winning_evidence')).toMatchObject({ kind: 'failed' });
  });
});

describe('rehearsal', () => {
  const open = (request: AuthorizeRequest, id: string, amount?: bigint) =>
    fixture.controls.openDispute({
      reference: request.reference,
      account: fixture.account,
      id,
      kind: 'chargeback',
      reason: 'duplicate',
      ...(amount !== undefined && { amount }),
    });

  it('opens disputes on any charge, once per id, together over no more than was taken', async () => {
    const request = await charged('pm_card_visa');

    const first = await open(request, 'abc', 700n);
    expect(first).toMatchObject({ id: 'abc', amount: 700n, reason: 'duplicate', networkReasonCode: '12.6.1' });
    expect(await open(request, 'abc', 700n)).toEqual(first);
    expect(await open(request, 'def', 301n)).toBeUndefined();
    expect(await open(request, 'def')).toMatchObject({ amount: 300n });
    expect(due().map(([name]) => name)).toEqual([
      'authorisation',
      'dispute.abc.chargeback.opened',
      'dispute.def.chargeback.opened',
    ]);
  });

  it('sends a refund back, and the charge can be refunded again', async () => {
    const request = await charged('pm_card_visa');
    const refund = fixture.refundOf(request, 1000n);
    await fixture.channel.refund(refund);

    const failed = await fixture.controls.failRefund(refund.reference, fixture.account);

    expect(failed).toMatchObject({ kind: 'failed', decline: { code: 'expired_or_canceled_card' } });
    expect(await fixture.controls.failRefund(refund.reference, fixture.account)).toEqual(failed);
    fixture.clock.move(1);
    expect(await fixture.channel.refund(fixture.refundOf(request, 1000n))).toMatchObject({ kind: 'succeeded' });
  });
});
