/** Sessions in the payments table, and how one moves with its payment or setup intent. */

import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { assertMove } from '../kernel/transitions.ts';
import type { Companions } from '../payments/deps.ts';
import type { Payment, PaymentStatus } from '../payments/payment.ts';
import type { SetupStatus } from '../setup-intents/setup-intent.ts';
import { loadRecord, nextRecord, putAnnounced } from '../table/record.ts';
import type { Table, Write } from '../table/table.ts';
import { sessionTypes } from './event-types.ts';
import { NEXT_SESSION_STATUS, type Outcome, type Session, sessionAfter, sessionKind, TEST_SESSION } from './session.ts';

/** Writes the session, which follows `before` as that is stored, with what the commit announces. Asserts that its status may move there. */
export function putSession(before: Session | undefined, session: Session): Write {
  assertMove('checkout session', NEXT_SESSION_STATUS, before?.status, session.status);
  return putAnnounced(sessionKind(session.livemode), sessionTypes, before, session);
}

/** In either mode: the scope says which one it is. */
export const loadSession = (table: Table, scope: Scope, objectKey: ObjectKey): Promise<Session | undefined> =>
  loadRecord(table, TEST_SESSION, scope, objectKey);

/** The session as it stands now: one that was there is never gone. */
export async function reloaded(table: Table, { scope, body }: Session): Promise<Session> {
  const session = await loadSession(table, scope, body);
  if (!session) throw new Error(`checkout session ${body} is gone`);
  return session;
}

const OUTCOMES = {
  payment: {
    succeeded: 'paid',
    requires_capture: 'secured',
    requires_payment_method: 'failed',
    canceled: 'canceled',
  } satisfies Partial<Record<PaymentStatus, Outcome>>,
  setup: {
    succeeded: 'secured',
    requires_payment_method: 'failed',
    canceled: 'canceled',
  } satisfies Partial<Record<SetupStatus, Outcome>>,
} as const;

const outcomeOf = (kind: keyof typeof OUTCOMES, status: string, before?: string): Outcome | undefined =>
  // The payer has acted, and the decision of the channel is pending.
  kind === 'payment' && status === 'processing' && before === 'requires_action'
    ? 'delayed'
    : (OUTCOMES[kind] as Partial<Record<string, Outcome>>)[status];
const isIdle = ({ status, paying }: Session): boolean => status === 'open' && !paying;

/**
 * What moves the session of a payment or setup intent in the transaction that moves it from `before` to `after`: nothing for one that has no
 * session, and nothing that its session need know. On the condition that the session is as it was read.
 */
export const sessionWrites: Companions = async (table, kind, before, after) => {
  if (after.session === undefined || after.status === before.status) return [];
  const outcome = outcomeOf(kind, after.status, before.status);
  // A request begins its attempt together with the session. One that is learned after a restore begins here.
  const begins =
    outcome === undefined && (before.status === 'requires_payment_method' || before.status === 'requires_confirmation');
  if (outcome === undefined && !begins) return [];
  const session = await loadSession(table, after.scope, after.session);
  if (begins)
    return session && isIdle(session)
      ? [putSession(session, nextRecord<Session>(session, after.committedMs, { paying: true }))]
      : [];
  const moved = session && sessionAfter(session, outcome!, after.committedMs, after.request);
  return moved ? [putSession(session, moved)] : [];
};

/**
 * The open session of a payment that a restore lost and the recovery makes again, as one step: as the payment's own commits had left it.
 * Without it the payer could pay the session a second time.
 */
export function recoveredSession(session: Session, payment: Payment): Session {
  const begun = nextRecord<Session>(session, payment.createdMs, { payment: payment.body, paying: true });
  const held = payment.attempts.some(({ voided, surplus }) => voided?.was === 'authorized' && !surplus);
  const { status } = payment;
  const outcome = status === 'canceled' && held ? 'secured' : outcomeOf('payment', status);
  const moved = outcome && sessionAfter(begun, outcome, payment.committedMs);
  return { ...(moved ?? begun), version: session.version + 1 };
}
