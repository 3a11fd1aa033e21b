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
import type { MethodFacts } from '../payment-methods/facts.ts';
import { type MethodRecord, methodFacts } from '../payment-methods/method.ts';
import { next } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { UNPAID } from '../payments/first-attempt.ts';
import { newAttempt } from '../payments/new-attempt.ts';
import { isConfirmable, type Payment } from '../payments/payment.ts';
import { commitOf } from '../payments/request.ts';
import {
  assertUsable,
  type MethodWrites,
  type RequestedMethod,
  reservedMethod,
  resolveMethod,
} from '../payments/resolve-payment-method.ts';
import { answerOf, lastCommit, resumeAttempt, riskSubject, sendAttempt } from '../payments/send-attempt.ts';
import { mayBeTried } from '../payments/size-limit.ts';
import { putPayment } from '../payments/store.ts';
import { resumeSetup, sendSetup, setUpFacts, startedSetup } from '../setup-intents/confirm.ts';
import type { SetupIntent } from '../setup-intents/setup-intent.ts';
import { putSetupIntent } from '../setup-intents/store.ts';
import { commitChange, commitNamed } from '../table/commit.ts';
import { firstVersion, nextRecord, requestOf } from '../table/record.ts';
import type { Write } from '../table/table.ts';
import type { CompleteParams } from './params.ts';
import { answer, currentSession } from './reads.ts';
import type { PayerDetails, PaymentData, Session } from './session.ts';
import { putSession, reloaded } from './store.ts';

/** The session as it was read, with the intent that it has in its mode. */
export interface Payable {
  readonly session: Session;
  readonly payment: Payment | undefined;
  readonly intent: SetupIntent | undefined;
  readonly requested: RequestedMethod;
}

/**
 * Pays the session with the card that the payer names, or has it kept: the session is complete exactly when that succeeds, now or when its
 * outcome arrives. A decline leaves it open. A customer that is asked for is made with the first attempt.
 * @throws 400 for a session that is over, or waits for its payer; 402 when the card is declined; 429 lock_timeout while another attempt is
 * under way
 */
export async function complete(deps: PaymentsDeps, call: Call<CompleteParams>, loaded: Payable): Promise<Reply> {
  const earlier = await resumed(deps, call, loaded);
  if (earlier) return replyFor(deps, loaded.session, earlier);
  const session = await currentSession(deps, call, loaded.session);
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
  if (owned?.status === 'requires_action' && !payment?.pending)
    throw refused('The payer of this Checkout Session is asked by their bank: its attempt goes on where they are.', {
      code: payment ? 'payment_intent_unexpected_state' : 'setup_intent_unexpected_state',
    });
  // The intent is read after the session. If the session may be tried and the intent may not, another request ran between the two reads.
  if (session.paying || (owned && !isConfirmable(owned.status))) throw lockTimeout();
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

/** Whom an attempt is for, made or known, and the card that it is made with. @throws 400 for a card that is another's, or is spent */
function payerOf(call: Call, session: Session, requested: RequestedMethod, nowMs: number) {
  const made = payersCustomer(session, call, nowMs);
  const customer = made?.body ?? session.customer;
  const method = resolveMethod(call, requested, nowMs);
  assertUsable(method.record, customer);
  assertCard(method.record);
  return { made, customer, method };
}

/** @throws 400 for a wallet: the session lists cards alone */
function assertCard({ type }: MethodRecord): void {
  if (type === undefined) return;
  throw refused(`This Checkout Session takes payment methods of the following types: card, and not ${type}.`, {
    param: 'payment_method',
  });
}

async function paySession(
  deps: PaymentsDeps,
  call: Call<CompleteParams>,
  { session: stored, payment, requested }: Payable,
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const session = withPayer(stored, call.params);
  const { made, customer, method } = payerOf(call, session, requested, nowMs);
  const before = payment ?? newPayment(call, session, nowMs);
  const started = startedPayment(deps, call, {
    payment: customer === undefined ? before : { ...before, customer },
    isNew: !payment,
    facts: methodFacts(method.record),
    wantsChallenge: session.requestChallenge !== undefined,
    nowMs,
  });
  const paying = { ...session, payment: started.body };
  const [, risk] = await Promise.all([
    begin(deps, call, [stored, paying], made, putPayment(payment, started), reservedMethod(started, method)),
    deps.risk.assess(riskSubject(started)),
  ]);
  const sent = await sendAttempt(deps, quiet(call), started, risk);
  const { value } = await commitChange(deps.table, started, lastCommit(deps, quiet(call), sent), racesLost);
  return answerOf(quiet(call), value, sent.attempt);
}

/** Version 1 of the payment that the session asks for. */
function newPayment(call: Call, session: Session, nowMs: number): Payment {
  const { currency, total: amount } = session.sum!;
  const { manual, ...data } = session.paymentData as PaymentData;
  return {
    ...data,
    ...firstVersion(call, nowMs),
    status: 'requires_confirmation',
    amount,
    currency,
    captureMethod: manual ? 'manual' : 'automatic_async',
    confirmationMethod: 'automatic',
    cause: 'confirming',
    unannounced: true,
    ...UNPAID,
    session: session.body,
    request: requestOf(call),
  };
}

/** The payment with a fresh attempt: `processing` from here until an outcome is committed. */
function startedPayment(
  deps: PaymentsDeps,
  call: Call<CompleteParams>,
  of: {
    readonly payment: Payment;
    readonly isNew: boolean;
    readonly facts: MethodFacts;
    readonly wantsChallenge: boolean;
    readonly nowMs: number;
  },
): Payment {
  const asked = { method: of.facts, returnUrl: call.params.return_url, wantsChallenge: of.wantsChallenge };
  const attempts = [...of.payment.attempts, newAttempt(deps, call, of.payment, asked, of.nowMs)];
  const started = { status: 'processing', method: of.facts, attempts } as const;
  return of.isNew ? { ...of.payment, ...started } : next(of.payment, 'confirming', commitOf(deps, call), started);
}

async function setUp(
  deps: PaymentsDeps,
  call: Call<CompleteParams>,
  { session: stored, intent, requested }: Payable,
): Promise<Reply> {
  const nowMs = deps.clock.nowMs();
  const session = withPayer(stored, call.params);
  const { made, customer, method } = payerOf(call, session, requested, nowMs);
  const described = changed(intent!, { customer });
  const asked = { returnUrl: call.params.return_url, nowMs };
  const started = nextRecord<SetupIntent>(
    described,
    nowMs,
    startedSetup(call, described, setUpFacts(method.record), asked),
    requestOf(call),
  );
  await begin(deps, call, [stored, session], made, putSetupIntent(intent, started), method.writes);
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
  const changes = { paying: true, ...(made && { customer: made.body }) } as const;
  const paying = nextRecord<Session>(session, deps.clock.nowMs(), changes, requestOf(call));
  const conflict = await commitNamed(deps.table, {
    session: putSession(stored, paying),
    owned,
    customer: made && customerWrites(undefined, made),
    method: ofCard.method,
    token: ofCard.token,
  });
  if (conflict) throw lockTimeout();
}
