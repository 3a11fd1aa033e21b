/** The janitor's rechecks of disputes and setup intents; those of payments and refunds are in resolve.ts. */
import { sendAnswer } from '../disputes/answer.ts';
import { applyAnswer } from '../disputes/dispute.ts';
import { commitDispute } from '../disputes/outcome.ts';
import { loadDispute } from '../disputes/store.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { settledFromMs } from '../payments/ask.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { resolveSetupIntent } from '../setup-intents/confirm.ts';
import { lastSetupAttempt, SETUP_INTENT } from '../setup-intents/setup-intent.ts';
import type { RecheckResult } from '../stream/kind/recheck.ts';
import { loadRecord } from '../table/record.ts';

const DONE: RecheckResult = { kind: 'done' };

/** The janitor's recheck of a dispute whose answer may not have reached the channel: it is sent again, under its number. */
export async function resolveDispute(deps: PaymentsDeps, scope: Scope, objectKey: ObjectKey): Promise<RecheckResult> {
  const dispute = await loadDispute(deps.table, scope, objectKey);
  if (!dispute?.pending) return DONE;
  const { submission, sentMs } = dispute.pending;
  const outcome = await sendAnswer(deps, dispute, dispute.pending);
  const nowMs = deps.clock.nowMs();
  const after = await commitDispute(deps.table, dispute, (current) => applyAnswer(current, submission, outcome, nowMs));
  return after.pending ? { kind: 'open', sinceMs: sentMs } : DONE;
}

/** The janitor's recheck of one setup intent whose try has no outcome yet, or waits for its payer. */
export async function resolveSetup(
  deps: PaymentsDeps,
  scope: Scope,
  objectKey: ObjectKey,
  asOfMs: number,
): Promise<RecheckResult> {
  const intent = await loadRecord(deps.table, SETUP_INTENT, scope, objectKey);
  const attempt = intent && lastSetupAttempt(intent);
  if (!intent || !attempt) return DONE;
  const result = await resolveSetupIntent(deps, intent, asOfMs);
  const { timing } = deps.channel(attempt.channel.channel);
  const over = asOfMs > settledFromMs({ ...attempt, status: 'requires_action' }, timing);
  return result === 'done' || (result === 'waiting' && over)
    ? DONE
    : { kind: result, sinceMs: attempt.createdMs, longestWaitMs: timing.longestWaitMs };
}
