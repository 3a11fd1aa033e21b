/**
 * The payer pays an open session, or saves a card. The attempt begins in one transaction with the session (store.ts shows how it ends), so
 * that only one of several concurrent tries succeeds: a payment begins, or the session ends.
 */

import { lockTimeout, refused } from '../api/errors.ts';
import { isOwnTry } from '../api/idempotency.ts';
import { racesLost } from '../api/lock.ts';
import type { Call, Reply } from '../api/operation.ts';
import { addressAfter, changed } from '../api/person.ts';
import { type Customer, newCustomer } from '../customers/customer.ts';
import { customerWrites } from '../customers/store.ts';
import { type MethodFacts, typeOf } from '../payment-methods/facts.ts';
import { type MethodRecord, methodFacts } from '../payment-methods/method.ts';
import { type MethodWrites, type RequestedMethod, resolveMethod } from '../payment-methods/requested-method.ts';
import type { Attempt } from '../payments/attempt.ts';
import { closeOrder, freedMethod, withoutOrder } from '../payments/close-order.ts';
import { next } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { assertWalletPayable } from '../payments/method-types.ts';
import { newAttempt } from '../payments/new-attempt.ts';
import { isConfirmable, lastAttempt, type Payment, typesOf } from '../payments/payment.ts';
import { commitOf } from '../payments/request.ts';
import { assertUsable, reservedMethod } from '../payments/resolve-payment-method.ts';
import { answerOf, judged, resumeAttempt, riskSubject, sending } from '../payments/send-attempt.ts';
import { mayBeTried } from '../payments/size-limit.ts';
import { putPayment } from '../payments/store.ts';
import type { RiskDecision } from '../risk/port/risk.ts';
import { resumeSetup, sendSetup, setUpFacts, startedSetup } from '../setup-intents/confirm.ts';
import { type SetupIntent, withoutChallenge } from '../setup-intents/setup-intent.ts';
import { putSetupIntent } from '../setup-intents/store.ts';
import { commitChanges, commitNamed } from '../table/commit.ts';
import { nextRecord, requestOf } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import { endSession } from './ending.ts';
import type { CompleteParams } from './params.ts';
import { newPayment, paidBy } from './payment.ts';
import { answer, currentSession, ownCommit } from './reads.ts';
import type { PayerDetails, Session } from './session.ts';
import { putSession, reloaded } from './store.ts';

/** The session as it was read, with the intent that it has in its mode. */
export interface Payable {
  readonly session: Session;
  readonly payment: Payment | undefined;
  readonly intent: SetupIntent | undefined;
  readonly requested: RequestedMethod;
}

/**
 * Pays the session with the method that the payer names, or has a card kept: the session is complete exactly when that succeeds, now or when
 * its outcome arrives. A decline leaves it open. A payer who was asked to act, and comes with another method instead, has abandoned the first:
 * it is closed at its channel before. A customer that is asked for is made with the first attempt.
 * @throws 400 for a session that is over, and a method that it does not take; 402 when the card is declined; 429 lock_timeout while another
 * attempt is under way, or an abandoned one cannot be closed
 */
export async function complete(deps: PaymentsDeps, call: Call<CompleteParams>, loaded: Payable): Promise<Reply> {
  const earlier = await resumed(deps, call, loaded);
  if (earlier) return replyFor(deps, loaded.session, earlier);
  const session = await openSession(deps, call, loaded);
  assertPayable({ ...loaded, session });
  return replyFor(deps, session, await (loaded.intent ? setUp : paySession)(deps, call, { ...loaded, session }));
}

/** The answer: the decline, or the session as it stands after the attempt. */
async function replyFor(deps: PaymentsDeps, session: Session, { status, body }: Reply): Promise<Reply> {
  return status === 200 ? answer(await reloaded(deps.table, session)) : { status, body };
}

/** Carries on a request that died after its attempt had begun: asks the channel what became of it, and sends nothing. */
async function resumed(deps: PaymentsDeps, call: Call, { payment, intent }: Payable): Promise<Reply | undefined> {
  const nowMs = deps.clock.nowMs();
  const paid = payment?.attempts.find((attempt) => isOwnTry(call.lock, attempt, nowMs));
  if (payment && paid) return resumeAttempt(deps, quiet(call), payment, paid);
  const verified = intent?.attempts.find((attempt) => isOwnTry(call.lock, attempt, nowMs));
  return intent && verified && resumeSetup(deps, call, intent, verified);
}

/** The intent waits for its payer, who may still act. */
const waits = ({ payment, intent }: Pick<Payable, 'payment' | 'intent'>): boolean =>
  (payment ?? intent)?.status === 'requires_action';

/**
 * The session at the time of this request. What its payer has abandoned after its time ends with it.
 * @throws 429 lock_timeout where the channel does not say that it did
 */
async function openSession(deps: PaymentsDeps, call: Call, loaded: Payable): Promise<Session> {
  const session = await currentSession(deps, call, loaded.session);
  const inTime = deps.clock.nowMs() < session.expiresMs;
  if (session.status !== 'open' || inTime || !waits(loaded)) return session;
  const ended = await endSession(deps, session, ownCommit(deps, call));
  if (ended.status === 'open') throw lockTimeout();
  return ended;
}

/** The request of the payment: its commits keep no reply, because the response to this request is the session. */
function quiet(call: Call): Call {
  const { keyHash: _, ...lock } = call.lock;
  return { ...call, lock };
}

/** @throws 400, 429 lock_timeout */
function assertPayable({ session, payment, intent }: Payable): void {
  if (session.status !== 'open')
    throw refused(
      `Only Checkout Sessions with a status in ["open"] can be paid. This Checkout Session has a status of \`${session.status}\`.`,
    );
  const owned = payment ?? intent;
  // The intent is read after the session. If the two do not agree, another request ran between the two reads: what that began is not closed.
  const abandoned = waits({ payment, intent }) && session.paying && !payment?.pending;
  if (!abandoned && (session.paying || (owned && !isConfirmable(owned.status)))) throw lockTimeout();
  if (owned && !mayBeTried(owned))
    throw refused(
      `This Checkout Session has been tried ${owned.attempts.length} times, which is the most there may be.`,
    );
}

/** The session with the payer's details, added to the recorded ones. */
function withPayer(session: Session, { customer_details: details }: CompleteParams): Session {
  if (!details) return session;
  const { address, email, name, phone } = details;
  const payer = changed<PayerDetails>(session.payer ?? {}, {
    email: email || undefined,
    name,
    phone,
    address: address && addressAfter(session.payer?.address, address),
  });
  return { ...session, payer };
}

/** The customer that the first attempt makes, and what writes it; none for a session that has one, or asks for none. */
function payersCustomer(session: Session, call: Call, nowMs: number): Customer | undefined {
  if (session.customer !== undefined || session.customerCreation !== 'always') return undefined;
  const { email, name, phone, address } = session.payer ?? {};
  return changed(newCustomer(call, nowMs), { email, name, phone, address });
}

/**
 * Whom an attempt is for, made or known, and the method that it is made with. `closing`: the payment as it is once what was abandoned is closed.
 * @throws 400 for a method that is another's, is spent, or is of a type that the session does not take
 */
function payerOf(call: Call, session: Session, requested: RequestedMethod, nowMs: number, closing?: Payment) {
  const made = payersCustomer(session, call, nowMs);
  const customer = made?.body ?? session.customer;
  const { writes, record: named } = resolveMethod(call, requested, nowMs);
  const record = closing ? freedMethod(named, closing) : named;
  assertUsable(record, customer);
  assertTaken(session, record);
  return { made, customer, method: { writes, record } };
}

/** @throws 400 for a method of a type that the session does not take */
function assertTaken(session: Session, record: MethodRecord): void {
  const [type, types] = [typeOf(record), typesOf(session)];
  if (types.includes(type)) return;
  throw refused(
    `This Checkout Session takes payment methods of the following types: ${types.join(', ')}, and not ${type}.`,
    { param: 'payment_method' },
  );
}

/** The attempt that the payer has abandoned: it waits for them to act. */
const abandonedAttempt = (payment: Payment | undefined): Attempt | undefined =>
  payment?.status === 'requires_action' ? lastAttempt(payment) : undefined;

async function paySession(
  deps: PaymentsDeps,
  call: Call<CompleteParams>,
  { session: stored, payment, requested }: Payable,
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const session = withPayer(stored, call.params);
  const abandoned = abandonedAttempt(payment);
  const closing = payment && abandoned ? withoutOrder(payment, abandoned) : payment;
  const { made, customer, method } = payerOf(call, session, requested, nowMs, closing);
  const before = paidBy(closing ?? newPayment(call, session, nowMs), session, typeOf(method.record));
  assertWalletPayable(before, method.record, { return_url: call.params.return_url ?? session.successUrl });
  const described = customer === undefined ? before : { ...before, customer };
  const facts = methodFacts(method.record);
  const started = startedPayment(deps, call, {
    payment: described,
    isNew: !payment,
    facts,
    risk: await deps.risk.assess(riskSubject(described, facts, nowMs)),
    wantsChallenge: session.requestChallenge !== undefined,
    latestMs: session.expiresMs,
    nowMs,
  });
  const paid = payment && abandoned && (await closeOrder(deps, quiet(call), payment, abandoned));
  if (paid) return paid;
  const { paying: _, ...idle } = session;
  const tried = {
    ...idle,
    payment: started.body,
    ...(started.status === 'processing' && { paying: true as const }),
  };
  await begin(deps, call, [stored, tried], made, putPayment(payment, started), reservedMethod(started, method));
  const after = await commitChanges(deps.table, started, sending(deps, quiet(call), started), racesLost);
  return answerOf(quiet(call), after, lastAttempt(started)!);
}

/** The payment with a fresh attempt: `processing` from here until an outcome is committed, unless the rules refuse it. */
function startedPayment(
  deps: PaymentsDeps,
  call: Call<CompleteParams>,
  of: {
    readonly payment: Payment;
    readonly isNew: boolean;
    readonly facts: MethodFacts;
    readonly risk: RiskDecision;
    readonly wantsChallenge: boolean;
    readonly latestMs: number;
    readonly nowMs: number;
  },
): Payment {
  const { facts: method, risk, wantsChallenge, latestMs } = of;
  const asked = { method, risk, returnUrl: call.params.return_url, wantsChallenge, latestMs };
  const attempts = [...of.payment.attempts, newAttempt(deps, call, of.payment, asked, of.nowMs)];
  const started = { status: 'processing', method, attempts } as const;
  return judged(
    quiet(call),
    of.isNew ? { ...of.payment, ...started } : next(of.payment, 'confirming', commitOf(deps, call), started),
  );
}

async function setUp(
  deps: PaymentsDeps,
  call: Call<CompleteParams>,
  { session: stored, intent, requested }: Payable,
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const session = withPayer(stored, call.params);
  const { made, customer, method } = payerOf(call, session, requested, nowMs);
  const described = changed(withoutChallenge(intent!), { customer });
  const asked = { returnUrl: call.params.return_url, nowMs };
  const started = nextRecord<SetupIntent>(
    described,
    nowMs,
    startedSetup(deps, call, described, setUpFacts(method.record), asked),
    requestOf(call),
  );
  await begin(deps, call, [stored, { ...session, paying: true }], made, putSetupIntent(intent, started), method.writes);
  return sendSetup(deps, call, started);
}

/**
 * The one transaction that begins an attempt: the session, which is still as it was stored, with what the request says of it, its payment or
 * setup intent, and what is made for them. A request that loses the race has sent nothing.
 * @throws lock_timeout
 */
async function begin(
  deps: PaymentsDeps,
  call: Call,
  [stored, session]: readonly [Session, Session],
  made: Customer | undefined,
  owned: Write,
  ofCard: MethodWrites,
): Promise<void> {
  const changes = made ? { customer: made.body } : {};
  const begun = nextRecord<Session>(session, deps.clock.nowMs(), changes, requestOf(call));
  const conflict = await commitNamed(deps.table, {
    session: putSession(stored, begun),
    owned,
    customer: made && customerWrites(undefined, made),
    method: ofCard.method,
    token: ofCard.token,
  });
  if (conflict) throw lockTimeout();
}
