/**
 * Events that otherwise take days and an action of another party, at once, in test mode: the test channel triggers one, and its report
 * is applied as its callback would be. `refunds/{id}/expire` is Stripe's; the others are ours (docs/api.md).
 */
import * as z from 'zod/mini';
import { invalidParameter, noSuch, refused } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { integerFrom } from '../api/params.ts';
import type { TestControls } from '../channels/sandbox/controls.ts';
import { loadCharge } from '../charges/charges.ts';
import { commitDisputeFact } from '../disputes/outcome.ts';
import { renderDispute } from '../disputes/wire.ts';
import { DISPUTE_REASONS } from '../kernel/test-cards.ts';
import { typeOf } from '../payment-methods/facts.ts';
import type { Attempt } from '../payments/attempt.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { cancelOperation } from '../payments/operations/hold-commits.ts';
import { retrieveParams } from '../payments/params.ts';
import { type Payment, paidAttempt, refundable } from '../payments/payment.ts';
import { committedIntentReply, loadIntent } from '../payments/reads.ts';
import { renderPayment } from '../payments/wire.ts';
import { notWaiting } from '../refunds/changes.ts';
import { commitRefundOutcome } from '../refunds/outcome.ts';
import { loadByPath } from '../refunds/reads.ts';
import type { Refund } from '../refunds/refund.ts';
import { renderRefund } from '../refunds/wire.ts';

/** Who can trigger what otherwise takes days: only the entry that serves these operations is given it. */
export interface TestHelpersDeps extends PaymentsDeps {
  /** The test controls of a channel, by its name on the attempt; undefined: it is no channel for tests. */
  readonly testControls: (channel: string) => TestControls | undefined;
}

type Read<T> = (deps: PaymentsDeps, call: Omit<Call, 'lock'>) => Promise<T>;

/** The load, for test keys only. @throws 400 for a live key */
const inTestMode =
  <T>(read: Read<T>): Read<T> =>
  async (deps, call) => {
    if (call.caller.livemode) throw invalidParameter('Test helpers can only be used with a test key.');
    return read(deps, call);
  };

function testControlsOf(deps: TestHelpersDeps, channel: string): TestControls {
  const controls = deps.testControls(channel);
  if (!controls) throw refused(`The channel ${channel} is no channel for tests.`);
  return controls;
}

/** The payer's bank sends the refund back: `failed`, and the charge can be refunded again. @throws 400 when it had failed */
async function fail(deps: TestHelpersDeps, call: Call, refund: Refund): Promise<Reply> {
  if (refund.status === 'failed' && !call.lock.resumed) throw refused('This refund has failed already.');
  const outcome = await testControlsOf(deps, refund.channel.channel).failRefund(refund.reference, refund.channel);
  const committed = await commitRefundOutcome(deps, refund, outcome);
  return { status: 200, body: renderRefund(committed.refund) };
}

const disputeParams = z.strictObject({
  type: z._default(z.enum(['chargeback', 'inquiry']), 'chargeback'),
  reason: z._default(z.enum(DISPUTE_REASONS), 'fraudulent'),
  amount: z.optional(integerFrom(1n)),
});
type DisputeParams = z.infer<typeof disputeParams>;

interface Charged {
  readonly payment: Payment;
  readonly attempt: Attempt;
}

async function loadCharged(deps: PaymentsDeps, call: Omit<Call, 'lock'>): Promise<Charged> {
  const { payment, ordinal } = await loadCharge(deps, call);
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!attempt) throw noSuch('charge', call.path.id ?? '');
  return { payment, attempt };
}

/** The payer disputes the charge, whole or in part. @throws 400 when it was not captured, or nothing so large is left of it */
async function dispute(
  deps: TestHelpersDeps,
  call: Call<DisputeParams>,
  { payment, attempt }: Charged,
): Promise<Reply> {
  const { type: kind, reason, amount } = call.params;
  if (paidAttempt(payment)?.ordinal !== attempt.ordinal || !payment.capture)
    throw refused('Only a captured charge can be disputed.');
  const left = refundable(payment);
  if (left <= 0n || (amount ?? left) > left)
    throw refused(`There is no more than ${left} left of this charge to dispute.`, { param: 'amount' });
  const facts = await testControlsOf(deps, attempt.channel.channel).openDispute({
    reference: attempt.reference,
    account: attempt.channel,
    id: call.lock.objectKey,
    kind,
    reason,
    ...(amount !== undefined && { amount }),
  });
  if (!facts)
    throw refused(
      `The channel did not open the dispute: it has none for the payment method type ${typeOf(attempt.method)}, or the rest of the charge is disputed already.`,
    );
  const committed = await commitDisputeFact(deps, payment, attempt, { dispute: facts, outcome: { kind: 'opened' } });
  return { status: 200, body: renderDispute(committed.dispute) };
}

/** The authorization expires: the channel releases the money, and the payment is canceled. @throws 400 unless it is held */
async function expire(deps: PaymentsDeps, call: Call, payment: Payment): Promise<Reply> {
  if (payment.status !== 'requires_capture' && !call.lock.resumed) {
    throw refused(
      `This PaymentIntent's authorization could not expire because it has a status of ${payment.status}. Only a PaymentIntent with one of the following statuses has one: requires_capture.`,
      { code: 'payment_intent_unexpected_state', payment_intent: renderPayment(payment, call.caller.settings) },
    );
  }
  return cancelOperation(deps, call, payment, 'automatic');
}

/** The same of a charge without an intent: it is marked as refunded. @throws 400 unless it is held */
async function expireHeld(deps: PaymentsDeps, call: Call, { payment, attempt }: Charged): Promise<Reply> {
  if (!payment.direct) throw refused('The charge belongs to a payment intent: let that expire.');
  if (attempt.status !== 'authorized' && !call.lock.resumed)
    throw refused("The charge's authorization could not expire: only a charge that has not been captured has one.");
  return cancelOperation(deps, call, payment, 'automatic');
}

export const expireRefund: Operation<PaymentsDeps, object, Refund> = {
  method: 'POST',
  path: '/v1/test_helpers/refunds/{id}/expire',
  params: retrieveParams,
  returns: { object: 'refund' },
  read: inTestMode(loadByPath),
  run: notWaiting('expired'),
};

export const failRefund: Operation<TestHelpersDeps, object, Refund> = {
  method: 'POST',
  path: '/v1/test_helpers/refunds/{id}/fail',
  params: retrieveParams,
  returns: { object: 'refund' },
  read: inTestMode(loadByPath),
  run: fail,
};

export const disputeCharge: Operation<TestHelpersDeps, DisputeParams, Charged> = {
  method: 'POST',
  path: '/v1/test_helpers/charges/{id}/dispute',
  params: disputeParams,
  returns: { object: 'dispute' },
  read: (deps, call) => inTestMode(loadCharged)(deps, call),
  run: dispute,
};

export const expireAuthorization: Operation<PaymentsDeps, object, Payment> = {
  method: 'POST',
  path: '/v1/test_helpers/payment_intents/{id}/expire',
  params: retrieveParams,
  returns: { object: 'payment_intent' },
  read: inTestMode(loadIntent),
  run: expire,
  committedReply: committedIntentReply,
};

export const expireCharge: Operation<PaymentsDeps, object, Charged> = {
  method: 'POST',
  path: '/v1/test_helpers/charges/{id}/expire',
  params: retrieveParams,
  returns: { object: 'charge' },
  read: (deps, call) => inTestMode(loadCharged)(deps, call),
  run: expireHeld,
};
