/** Refunds: create, retrieve, list. */

import { missingParameter, noSuch, noSuchReference, redacted, refused } from '../api/errors.ts';
import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { capabilityOf } from '../channels/port/capabilities.ts';
import { channelReference, chargeIdOf, type ObjectKey } from '../kernel/ids.ts';
import { balanceKey, periodKey } from '../ledger/keys.ts';
import { isOpenAt, journalPut, loadBalance, loadPeriod } from '../ledger/store.ts';
import { typeOf } from '../payment-methods/facts.ts';
import { hasCharge } from '../payments/attempt.ts';
import { type Commit, next } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { aheadOf } from '../payments/entries.ts';
import { notesOf } from '../payments/notes.ts';
import { assertMills, type RefundParams, refundParams } from '../payments/params.ts';
import { capturesOf, lastAttempt, type Payment, paidAttempt, refundable } from '../payments/payment.ts';
import { commitOf, mayStore } from '../payments/request.ts';
import { type Returning, returning } from '../payments/returned.ts';
import { loadPayment, paymentById, paymentOfCharge, putPayment } from '../payments/store.ts';
import { intentId } from '../payments/wire.ts';
import { commitNamed, LOST, type NamedWrites, retryRaces } from '../table/commit.ts';
import { requestOf } from '../table/record.ts';
import { all, any, atLeast, below, missing, type Write } from '../table/table.ts';
import { askRefund } from './ask.ts';
import { queryOf, refundedHandles, requestOf as requestOfRefund } from './at-channel.ts';
import { refundRequestedEntry } from './entries.ts';
import { commitRefundOutcome } from './outcome.ts';
import type { Refund } from './refund.ts';
import { loadRefund, putRefund } from './store.ts';
import { replyOfRefund } from './wire.ts';

/** Refunds that a payment lists as evidence. */
const LISTED_REFUNDS = 10;
const DAY_MS = 24 * 3_600_000;

/** The payment that the request names by its intent or its charge. */
async function paymentToRefund(deps: PaymentsDeps, call: Omit<Call<RefundParams>, 'lock'>): Promise<Payment> {
  const { payment_intent: intent, charge } = call.params;
  if (intent !== undefined) {
    const payment = await paymentById(deps.table, call.caller.scope, intent);
    if (!payment) throw noSuchReference('payment_intent', intent, 'payment_intent');
    const paid = paidAttempt(payment);
    if (charge !== undefined && charge !== (paid && chargeIdOf(payment.body, paid.ordinal)))
      throw refused(`The charge (${redacted(charge)}) does not belong to the PaymentIntent (${intent}).`, {
        param: 'charge',
      });
    return payment;
  }
  const found = await paymentOfCharge(deps.table, call.caller.scope, charge ?? '');
  const attempt = found?.payment.attempts.find(({ ordinal }) => ordinal === found.ordinal);
  const paid = found && paidAttempt(found.payment)?.ordinal === found.ordinal;
  // Of a payment that nothing has paid, the refusal says why there is nothing to refund.
  const isUnpaid = found && attempt && hasCharge(attempt) && (found.payment.direct || !paidAttempt(found.payment));
  if (!found || !(paid || isUnpaid)) throw noSuch('charge', charge ?? '');
  return found.payment;
}

/**
 * Refunds a captured payment, whole or in part. One transaction reserves the amount on the payment, makes the refund, posts it
 * and takes it from where the money is: the still open period, or `available` (I8). Then the channel is asked.
 * @throws charge_disputed, charge_already_refunded, charge_not_refundable, insufficient_funds, lock_timeout
 * @see https://docs.stripe.com/api/refunds/create
 */
async function create(deps: PaymentsDeps, call: Call<RefundParams>, payment: Payment): Promise<Reply> {
  const earlier = call.lock.resumed ? await loadRefund(deps.table, call.caller.scope, call.lock.objectKey) : undefined;
  if (earlier) return carryOn(deps, call, earlier);
  const refund = await reserve(deps, call, payment);
  const request = { ...requestOfRefund(refund), ...notesOf(call.lock) };
  const outcome = await deps.channel(refund.channel.channel).refund(request);
  const committed = await commitRefundOutcome(deps, refund, outcome, (made) => withReply(made, call));
  return { ...replyOfRefund(committed.refund), stored: mayStore(call) };
}

/** Continues a refund that crashed after its first commit: asks the channel. The janitor finds an open one. */
async function carryOn(deps: PaymentsDeps, call: Call, refund: Refund): Promise<Reply> {
  const channel = deps.channel(refund.channel.channel);
  const asked = { ...requestOfRefund(refund), ...queryOf(refund) };
  const found = refund.status === 'pending' ? await askRefund(channel, asked, deps.clock.nowMs()) : undefined;
  const outcome = !found || found.kind === 'not_found' ? { kind: 'unknown' as const, reason: 'not found yet' } : found;
  const committed = await commitRefundOutcome(deps, refund, outcome, (made) => withReply(made, call));
  return { ...replyOfRefund(committed.refund), stored: mayStore(call) };
}

const withReply = (refund: Refund, call: Call): Refund => ({
  ...refund,
  ...(mayStore(call) && {
    reply: {
      keyHash: call.lock.keyHash!,
      requestId: call.requestId,
      idempotencyKey: call.lock.key!,
      apiVersion: call.apiVersion,
    },
  }),
  request: requestOf(call),
});

/** The reservation of a refund; when another refund or a close came between, decided again from what is now there. */
async function reserve(deps: PaymentsDeps, call: Call<RefundParams>, loaded: Payment): Promise<Refund> {
  let payment = loaded;
  return retryRaces(async () => {
    const amount = decideAmount(call, payment);
    assertInTime(deps, payment);
    const asked = { ...call.params, body: call.lock.objectKey, amount };
    const { refund, writes } = await reservedRefund(deps, payment, asked, commitOf(deps, call), mayOverdraw(call));
    const conflict = await commitNamed(deps.table, writes);
    if (!conflict) return refund;
    if (conflict.on === 'balance') await assertFunded(deps, call, refund);
    payment = (await loadPayment(deps.table, payment.scope, payment.body)) ?? payment;
    return LOST;
  }, racesLost);
}

/** What a refund is made of beside its payment. */
interface Asked extends Pick<RefundParams, 'reason' | 'metadata'> {
  readonly body: ObjectKey;
  readonly amount: bigint;
}

/**
 * The refund and the transaction that reserves it: the amount on the payment, the entry, and the money from where it is. `overdraft`: the balance
 * may become negative.
 */
export async function reservedRefund(
  deps: Pick<PaymentsDeps, 'table'>,
  payment: Payment,
  asked: Asked,
  commit: Commit,
  overdraft: boolean,
): Promise<{ readonly refund: Refund; readonly writes: ReservationWrites }> {
  const { body, amount } = asked;
  const period = await loadPeriod(deps.table, payment.scope);
  const returns = returning(payment, { refunded: amount });
  const requested = next(payment, 'refund_requested', commit, {
    refunded: payment.refunded + amount,
    refundCount: payment.refundCount + 1,
    ...(returns && { returned: returns.returned }),
    lastRefunds: [...(payment.lastRefunds ?? []), body].slice(-LISTED_REFUNDS),
  });
  const isOpen = (period?.sealedThroughMs ?? 0) < payment.capture!.capturedMs;
  const attempt = paidAttempt(payment)!;
  // What was available at once may be paid out already.
  const wasAhead = capturesOf(payment).some((capture) => aheadOf(attempt, capture) > 0n);
  const funds = isOpen && !wasAhead ? 'pending' : 'available';
  const refund = newRefund(asked, requested, funds, returns?.reserveFreed ?? []);
  return { refund, writes: reservationWrites(payment, requested, refund, overdraft) };
}

const mayOverdraw = ({ caller }: Call): boolean => caller.settings.refundOverdraft === true;

/** `balance` is the write that may find too little money. */
type ReservationWrites = NamedWrites<'refund' | 'payment' | 'entry' | 'balance' | 'period'>;

function reservationWrites(before: Payment, payment: Payment, refund: Refund, overdraft: boolean): ReservationWrites {
  const { scope, currency, amount } = refund;
  const entry = refundRequestedEntry(refund);
  const stillOpen = any(missing('sealedThroughMs'), below('sealedThroughMs', payment.capture!.capturedMs));
  const period: Write = {
    kind: 'check',
    table: 'ledger',
    key: periodKey(scope),
    when: refund.fundedBy === 'pending' ? all(stillOpen, isOpenAt(refund.createdMs)) : isOpenAt(refund.createdMs),
  };
  const balance: Write = {
    kind: 'update',
    table: 'ledger',
    key: balanceKey(scope, currency),
    add: { available: -amount, v: 1 },
    when: overdraft ? any(missing('available'), atLeast('available', -(10n ** 15n))) : atLeast('available', amount),
  };
  return {
    refund: putRefund(undefined, refund),
    payment: putPayment(before, payment),
    entry: journalPut(scope, entry),
    balance: refund.fundedBy === 'available' ? balance : undefined,
    period,
  };
}

/** The balance could not give the amount: a refusal, unless it was only a race. */
async function assertFunded(deps: PaymentsDeps, call: Call, refund: Refund): Promise<void> {
  const balance = await loadBalance(deps.table, refund.scope, refund.currency);
  if ((balance?.available ?? 0n) >= refund.amount || call.caller.settings.refundOverdraft) return;
  throw refused(
    'Insufficient funds in your account to refund this amount: the payment is already settled, and your available balance is smaller.',
    {
      code: 'balance_insufficient',
    },
  );
}

function newRefund(
  { body, amount, reason, metadata = {} }: Asked,
  payment: Payment,
  fundedBy: Refund['fundedBy'],
  reserveFreed: Returning['reserveFreed'],
): Refund {
  const attempt = paidAttempt(payment)!;
  const { scope } = payment;
  return {
    scope,
    body,
    version: 1,
    livemode: payment.livemode,
    payment: payment.body,
    chargeOrdinal: attempt.ordinal,
    ...(payment.direct && { direct: true }),
    reference: channelReference(scope, body, 0),
    paymentReference: attempt.reference,
    channel: attempt.channel,
    ...refundedHandles(payment, attempt),
    ...(attempt.method.type !== undefined && { wallet: attempt.method.type }),
    status: 'pending',
    amount,
    currency: payment.currency,
    fundedBy,
    ...(reserveFreed.length > 0 && { reserveFreed }),
    ...(reason !== undefined && { reason }),
    metadata,
    // Announced before the charge that it changes. The payment's previous commit was earlier still.
    createdMs: payment.committedMs - 1,
    committedMs: payment.committedMs - 1,
    ...(payment.request && { request: payment.request }),
  };
}

/** What this request may refund, in the order in which Stripe refuses. */
function decideAmount(call: Call<RefundParams>, payment: Payment): bigint {
  const left = refundable(payment);
  if ((payment.disputes?.blocking ?? 0) > 0) {
    throw refused(
      `Charge ${chargeIdOf(payment.body, paidAttempt(payment)!.ordinal)} has been charged back; cannot issue a refund.`,
      {
        code: 'charge_disputed',
      },
    );
  }
  if (!payment.capture) {
    if (payment.direct) throw nothingToRefund(payment);
    throw refused(`This PaymentIntent (${intentId(payment)}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }
  if (left <= 0n) {
    throw refused(`Charge ${chargeIdOf(payment.body, paidAttempt(payment)!.ordinal)} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  }
  const amount = call.params.amount ?? left;
  if (amount > left) {
    throw refused(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    });
  }
  assertMills(amount, payment.currency, 'amount');
  return amount;
}

/**
 * Some channels take refunds for a number of days only. Nothing is reserved for one that would be refused there.
 * @throws 400 charge_not_refundable
 */
function assertInTime(deps: PaymentsDeps, payment: Payment): void {
  const { channel, method, ordinal } = paidAttempt(payment)!;
  const type = typeOf(method);
  const { refundDays } = capabilityOf(deps.channel(channel.channel).capabilities, type) ?? {};
  const { capturedMs } = capturesOf(payment).at(-1)!;
  if (refundDays === undefined || deps.clock.nowMs() <= capturedMs + refundDays * DAY_MS) return;
  throw refused(
    `Charge ${chargeIdOf(payment.body, ordinal)} cannot be refunded: payments with ${type} can be refunded for ${refundDays} days after their capture.`,
    { code: 'charge_not_refundable' },
  );
}

/** Why a charge without an intent has nothing to refund. */
function nothingToRefund(payment: Payment) {
  const attempt = lastAttempt(payment)!;
  const id = chargeIdOf(payment.body, attempt.ordinal);
  const why =
    attempt.status === 'authorized'
      ? 'has not been captured; an uncaptured charge is released after seven days'
      : `has a status of ${attempt.status === 'sent' ? 'pending' : attempt.status === 'failed' ? 'failed' : 'expired'}`;
  return refused(`Charge ${id} cannot be refunded: it ${why}.`, { code: 'charge_not_refundable' });
}

export const createRefund: Operation<PaymentsDeps, RefundParams, Payment> = {
  method: 'POST',
  path: '/v1/refunds',
  params: refundParams,
  check: (_deps, { payment_intent: intent, charge }) => {
    if (intent === undefined && charge === undefined) throw missingParameter('payment_intent');
  },
  returns: { object: 'refund' },
  read: paymentToRefund,
  run: create,
  committedReply: async (deps, call) => {
    const made = await loadRefund(deps.table, call.caller.scope, call.lock.objectKey);
    return made?.reply && made.reply.keyHash === call.lock.keyHash
      ? { ...replyOfRefund(made), stored: true }
      : undefined;
  },
};
