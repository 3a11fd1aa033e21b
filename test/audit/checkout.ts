/** The audit of Checkout Sessions: whether each says the same as its payment or setup intent, and was ended in time. */
import type { Session } from '../../functions/checkout/session.ts';
import { commitOfItem } from '../../functions/notifications/store.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { SETUP_INTENT, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import type { Simulation } from '../world/simulation.ts';
import { ofKind } from './cards.ts';

export const sessionsOf = (sim: Simulation): readonly Session[] => ofKind<Session>(sim, 'checkout_session');

/** How long after its time an open session may be found open, by tests in which the janitor looks now and then. */
const GRACE_MS = 3_600_000;

/** What the status of its intent makes of a session. */
const STATUS = {
  requires_payment_method: 'open',
  requires_confirmation: 'open',
  requires_action: 'open',
  processing: 'open',
  requires_capture: 'complete',
  succeeded: 'complete',
} as const;

/** The `delayed` of a session whose payment is decided after the payer has paid, by the status of the payment. */
const DELAYED: Readonly<Record<string, Session['delayed']>> = {
  processing: 'pending',
  requires_capture: 'pending',
  succeeded: 'succeeded',
  requires_payment_method: 'failed',
  canceled: 'failed',
};

/** What contradicts itself; empty when all is well and nothing is on its way. */
export function sessionContradictions(sim: Simulation): readonly string[] {
  const wrong: string[] = [];
  const payments = new Map(ofKind<Payment>(sim, 'payment').map((payment) => [payment.body, payment]));
  const setups = new Map(ofKind<SetupIntent>(sim, SETUP_INTENT.name).map((setup) => [setup.body, setup]));
  const sessions = sessionsOf(sim);
  for (const session of sessions) {
    const { mode, payment: paidBy, setupIntent, status, paying, paid, delayed } = session;
    const owned = paidBy ? payments.get(paidBy) : setupIntent && setups.get(setupIntent);
    const of = `a ${status} session in ${mode} mode`;
    if ((paidBy ?? setupIntent) && owned?.session !== session.body)
      wrong.push(`${of} names an intent that is not its own`);
    // A hold of its own: what came late for a payment that no longer wants it is given back, and completes nothing (I15).
    const held =
      paidBy && payments.get(paidBy)!.attempts.some(({ voided, surplus }) => voided?.was === 'authorized' && !surplus);
    const due = !owned
      ? status === 'complete' && 'never complete without an intent'
      : delayed
        ? (status !== 'complete' || DELAYED[owned.status] !== delayed) && `${owned.status} and not ${delayed}`
        : owned.status === 'canceled'
          ? status !== (held ? 'complete' : 'expired') && 'canceled'
          : status !== STATUS[owned.status] && owned.status;
    if (due) wrong.push(`${of} has an intent that is ${due}`);
    if ((paying === true) !== (!delayed && (owned?.status === 'processing' || owned?.status === 'requires_action')))
      wrong.push(`${of} is ${paying ? '' : 'not '}being paid by an intent that is ${owned?.status}`);
    if (mode === 'payment' && (paid === true) !== (owned?.status === 'succeeded'))
      wrong.push(`${of} is wrong about its money`);
    if (status === 'open' && !paying && sim.world.clock.nowMs() > session.expiresMs + GRACE_MS)
      wrong.push(`${of} is open after its time`);
    const announced = announcedOf(sim, session);
    const later = announced.filter((type) => type.startsWith('checkout.session.async_payment_'));
    if (announced.length - later.length !== (status === 'open' ? 0 : 1) || later.at(-1) !== laterOf(session))
      wrong.push(`${of} was announced as ${announced.join()}`);
  }
  const named = new Set(sessions.map(({ payment }) => payment));
  for (const { session, body, amount } of payments.values()) {
    if (session === undefined) continue;
    if (!named.has(body)) wrong.push('a payment of a session that does not name it');
    if (sessions.find((one) => one.body === session)?.sum?.total !== amount)
      wrong.push('a payment of another amount than its session’s');
  }
  return wrong;
}

const laterOf = ({ delayed }: Session): string | undefined =>
  delayed === undefined || delayed === 'pending' ? undefined : `checkout.session.async_payment_${delayed}`;

const announcedOf = (sim: Simulation, { body }: Session): readonly string[] =>
  sim.world.table
    .items('events')
    .filter(({ pk }) => pk.includes('#e#'))
    .map(commitOfItem)
    .filter(({ change }) => change.kind === 'checkout_session' && change.new.body === body)
    .flatMap(({ types }) => types);
