/**
 * The end of an unpaid session: on the merchant's request, or by time. Its payment or setup intent is canceled in the same
 * transaction, so that a concurrent payment is either first or finds the session over.
 */

import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { learnAttempt } from '../payments/ask.ts';
import { canceled } from '../payments/cancellation.ts';
import { type Commit, next } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { letGo } from '../payments/operations/expiry.ts';
import { resolveOperation } from '../payments/operations/resolve-operation.ts';
import { lastAttempt, type Payment } from '../payments/payment.ts';
import { loadPayment, putPayment } from '../payments/store.ts';
import { SETUP_INTENT, type SetupIntent, setupCanceled } from '../setup-intents/setup-intent.ts';
import { putSetupIntent } from '../setup-intents/store.ts';
import type { RecheckResult } from '../stream/kind/recheck.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { loadRecord, nextRecord } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import { isOver, type Session, sessionAfter } from './session.ts';
import { loadSession, putSession, reloaded } from './store.ts';

/** As payment intents say why they were canceled. */
const REASON = 'expired';

/**
 * Ends an open session, and returns its state. It is still open when an attempt has no outcome yet, or the channel did not say whether it
 * released what waits for the payer: the caller tries again. A concurrent payment is first, or is not made.
 */
export async function endSession(deps: PaymentsDeps, session: Session, commit: Commit): Promise<Session> {
  let current = session;
  return retryRaces(
    async () => {
      if (current.status !== 'open') return current;
      const intent = await withIt(deps, current, commit);
      if (intent === 'later') return reloaded(deps.table, session);
      if (intent !== 'moved') {
        const over = sessionAfter(current, 'canceled', intent.committedMs, commit.request)!;
        if (await tryCommit(deps.table, putSession(current, over), ...intent.writes)) return over;
      }
      current = await reloaded(deps.table, session);
      return current.status === 'open' ? LOST : current;
    },
    () => reloaded(deps.table, session),
  );
}

/** What ends with the session, and when. It ends `later` as long as an attempt is under way; with one that succeeded it has `moved` already. */
type With = { readonly writes: readonly Write[]; readonly committedMs: number } | 'later' | 'moved';

async function withIt(deps: PaymentsDeps, session: Session, commit: Commit): Promise<With> {
  const { setupIntent, payment } = session;
  if (setupIntent) return cancelSetup(deps, session, setupIntent, commit);
  return payment ? cancelPayment(deps, session, payment, commit) : { writes: [], committedMs: commit.nowMs };
}

async function cancelPayment(
  deps: PaymentsDeps,
  { scope }: Session,
  objectKey: ObjectKey,
  commit: Commit,
): Promise<With> {
  const payment = await loadPayment(deps.table, scope, objectKey);
  if (!payment) throw new Error(`payment ${objectKey} is gone`);
  switch (payment.status) {
    case 'requires_payment_method':
    case 'requires_confirmation':
      return ending(next(payment, 'canceled', commit, canceled(payment, REASON, commit)), (after) =>
        putPayment(payment, after),
      );
    case 'requires_action':
      // What the channel did has moved the session with the payment; what it did not do is asked about later.
      return (await released(deps, payment, commit)) ? 'moved' : 'later';
    case 'processing':
      return 'later';
    default:
      return 'moved';
  }
}

/**
 * Releases what waits for the payer. A channel that refuses is asked why: the payer was first, or what waited is over already. Returns whether
 * the payment is decided.
 */
async function released(deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<boolean> {
  const after = await voided(deps, payment, commit);
  const attempt = lastAttempt(after);
  const learned =
    after.status === 'requires_action' && !after.pending && attempt
      ? await learnAttempt(deps, after, attempt, commit)
      : after;
  return learned.status !== 'requires_action' && learned.status !== 'processing';
}

const voided = (deps: PaymentsDeps, payment: Payment, commit: Commit): Promise<Payment> =>
  payment.pending
    ? resolveOperation(deps, payment, payment.pending, deps.clock.nowMs(), commit)
    : letGo(deps, payment, commit, REASON);

async function cancelSetup(
  deps: PaymentsDeps,
  { scope }: Session,
  objectKey: ObjectKey,
  commit: Commit,
): Promise<With> {
  const intent = await loadRecord(deps.table, SETUP_INTENT, scope, objectKey);
  if (!intent) throw new Error(`setup intent ${objectKey} is gone`);
  if (intent.status === 'processing') return 'later';
  if (intent.status === 'succeeded' || intent.status === 'canceled') return 'moved';
  const changes = setupCanceled(intent, 'abandoned');
  return ending(nextRecord<SetupIntent>(intent, commit.nowMs, changes, commit.request), (after) =>
    putSetupIntent(intent, after),
  );
}

const ending = <T extends { readonly committedMs: number }>(after: T, put: (after: T) => Write): With => ({
  writes: [put(after)],
  committedMs: after.committedMs,
});

/** The session after its time: a reader that finds no attempt in progress ends it. */
export const endIfOver = (deps: PaymentsDeps, session: Session, commit: Commit): Promise<Session> =>
  isOver(session, commit.nowMs) ? endSession(deps, session, commit) : Promise.resolve(session);

/** The janitor's recheck of a session when its time is up; `open` while an attempt is in progress, or the channel does not release a challenge. */
export async function recheckSession(
  deps: PaymentsDeps,
  scope: Scope,
  objectKey: ObjectKey,
  asOfMs: number,
): Promise<RecheckResult> {
  const session = await loadSession(deps.table, scope, objectKey);
  if (session?.status !== 'open') return { kind: 'done' };
  const sinceMs = session.expiresMs;
  if (asOfMs < sinceMs) return { kind: 'waiting', sinceMs };
  const { fees } = await deps.settings(scope);
  const after = await endSession(deps, session, { nowMs: deps.clock.nowMs(), terms: fees });
  return after.status === 'open' ? { kind: 'open', sinceMs } : { kind: 'done' };
}
