/**
 * Answering a dispute: like a capture, a first commit (the pending answer) before the call to the channel and an outcome after. Unlike one, it moves
 * no money by itself, so an answer without an outcome is sent again under its number.
 */

import { lockTimeout, refused } from '../api/errors.ts';
import { lockedOut } from '../api/lock.ts';
import type { Call, Reply } from '../api/operation.ts';
import type { OperationOutcome } from '../channels/port/port.ts';
import { isOurFault } from '../payments/decline.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { commitOf, mayStore } from '../payments/request.ts';
import { applyAnswer, type Dispute, nextDispute, type PendingAnswer } from './dispute.ts';
import { commitDispute } from './outcome.ts';
import { putDispute } from './store.ts';
import { replyOfDispute } from './wire.ts';

/**
 * Sends the answer to the channel. A retry is the same answer, for as long as that is one answer there: after that nothing is sent, and the dispute
 * stays open until a callback or a person resolves it (ADR 0032). A refusal because our own account or request is wrong is for the operator, and
 * the merchant reads nothing of it.
 */
export async function sendAnswer(
  deps: PaymentsDeps,
  dispute: Dispute,
  pending: PendingAnswer,
): Promise<OperationOutcome> {
  const { scope, paymentReference: reference, channel: account } = dispute;
  const channel = deps.channel(account.channel);
  if (deps.clock.nowMs() - pending.sentMs > channel.timing.idempotencyMs)
    return { kind: 'unknown', reason: 'it was sent too long ago' };
  const outcome = await channel.answerDispute({
    reference,
    account,
    dispute: dispute.channelDispute,
    submission: pending.submission,
    answer: pending.answer,
    evidence: pending.evidence,
  });
  if (outcome.kind !== 'failed' || !isOurFault(outcome)) return outcome;
  deps.contradicted({ scope, reference, outcome: 'configuration' });
  return { ...outcome, decline: { ...outcome.decline, message: NOT_TAKEN } };
}

const NOT_TAKEN = 'it did not accept the answer. Try again in a little bit.';

/** Claims the answer, sends it, commits what came of it with the reply. @throws lock_timeout while another one is under way */
export async function carryOutAnswer(
  deps: PaymentsDeps,
  call: Call,
  dispute: Dispute,
  wanted: Pick<PendingAnswer, 'answer' | 'evidence' | 'metadata'>,
): Promise<Reply> {
  if (dispute.pending) throw lockTimeout();
  const { nowMs, request } = commitOf(deps, call);
  const submission = dispute.answers + 1;
  const pending: PendingAnswer = {
    ...wanted,
    submission,
    sentMs: nowMs,
    ...(call.lock.keyHash !== undefined && { keyHash: call.lock.keyHash }),
  };
  const started = nextDispute(dispute, nowMs, { pending, answers: submission }, request);
  await deps.table.commit(putDispute(dispute, started)).catch(lockedOut);
  return finish(deps, call, started, pending);
}

async function finish(deps: PaymentsDeps, call: Call, started: Dispute, pending: PendingAnswer): Promise<Reply> {
  const outcome = await sendAnswer(deps, started, pending);
  const { nowMs, request } = commitOf(deps, call);
  if (outcome.kind === 'failed') {
    await commitDispute(deps.table, started, (current) =>
      applyAnswer(current, pending.submission, outcome, nowMs, request),
    );
    throw refusedByChannel(outcome.decline.message);
  }
  return answerCall(deps, call, started, (current) =>
    applyAnswer(current, pending.submission, outcome, nowMs, request),
  );
}

const refusedByChannel = (reason: string) => refused(`The channel refused the answer to this dispute: ${reason}`);

/** Carries on an answer that died under way: finds it taken or refused, or sends it again. */
export async function resumedAnswer(deps: PaymentsDeps, call: Call, dispute: Dispute): Promise<Reply | undefined> {
  const { keyHash } = call.lock;
  if (keyHash === undefined || !call.lock.resumed) return undefined;
  if (dispute.answeredKeyHash === keyHash) return answerCall(deps, call, dispute, () => undefined);
  if (dispute.refusedAnswer?.keyHash === keyHash) throw refusedByChannel(dispute.refusedAnswer.reason);
  return dispute.pending?.keyHash === keyHash ? finish(deps, call, dispute, dispute.pending) : undefined;
}

/** Commits the change with the reply, or the reply alone when there is no news. */
export async function answerCall(
  deps: PaymentsDeps,
  call: Call,
  dispute: Dispute,
  change: (current: Dispute) => Dispute | undefined,
): Promise<Reply> {
  const { nowMs, request } = commitOf(deps, call);
  const committed = await commitDispute(deps.table, dispute, (current) => {
    const changed = change(current) ?? (mayStore(call) ? nextDispute(current, nowMs, {}, request) : undefined);
    return changed && withReply(changed, call);
  });
  return { ...replyOfDispute(committed), stored: mayStore(call) };
}

const withReply = (dispute: Dispute, call: Call): Dispute =>
  mayStore(call)
    ? {
        ...dispute,
        reply: {
          keyHash: call.lock.keyHash!,
          requestId: call.requestId,
          idempotencyKey: call.lock.key!,
          apiVersion: call.apiVersion,
        },
      }
    : dispute;
