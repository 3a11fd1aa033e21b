/** Capturing a charge that was made without an intent; one of a payment intent is captured there. */
import { lockTimeout, refused } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { chargeIdOf } from '../kernel/ids.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { carryOut, resumed } from '../payments/operations/hold-commits.ts';
import { assertMills } from '../payments/params.ts';
import type { Payment } from '../payments/payment.ts';
import { committedReplyOf } from '../payments/reply.ts';
import { intentId } from '../payments/wire.ts';
import { loadCharge } from './charges.ts';
import { type CaptureChargeParams, captureChargeParams, suffixOf } from './params.ts';

type Loaded = Awaited<ReturnType<typeof loadCharge>>;

/**
 * Captures an authorized charge, in full or in part. The rest of the authorization is released.
 * @throws charge_already_captured, charge_expired_for_capture, amount_too_large, lock_timeout
 * @see https://docs.stripe.com/api/charges/capture
 */
async function capture(
  deps: PaymentsDeps,
  call: Call<CaptureChargeParams>,
  { payment, ordinal }: Loaded,
): Promise<Reply> {
  const { params } = call;
  if (payment.direct) {
    const earlier = await resumed(deps, call, payment);
    if (earlier) return earlier;
  }
  const amount = params.amount ?? payment.amount;
  assertCapturable(payment, ordinal, amount);
  const { receipt_email: receiptEmail, transfer_group: transferGroup } = params;
  const changes = {
    ...(receiptEmail && { receiptEmail }),
    ...(transferGroup !== undefined && { transferGroup }),
    ...suffixOf(params),
  };
  return carryOut(deps, call, payment, { kind: 'capture', amount, changes });
}

function assertCapturable(payment: Payment, ordinal: number, amount: bigint): void {
  const id = chargeIdOf(payment.body, ordinal);
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal)!;
  if (attempt.status === 'captured')
    throw refused(`Charge ${id} has already been captured.`, { code: 'charge_already_captured' });
  if (attempt.status !== 'authorized') {
    if (attempt.status === 'voided') throw expired();
    throw refused(
      `Charge ${id} could not be captured because it has a status of ${attempt.status === 'failed' ? 'failed' : 'pending'}.`,
    );
  }
  if (!payment.direct) {
    throw refused(
      `This uncaptured Charge was created by a PaymentIntent (${intentId(payment)}). You must capture the PaymentIntent instead. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method`,
    );
  }
  if (payment.pending) throw lockTimeout();
  if (amount > payment.amount) {
    throw refused('The requested capture amount is greater than the amount you can capture for this charge.', {
      code: 'amount_too_large',
      param: 'amount',
    });
  }
  assertMills(amount, payment.currency, 'amount');
}

const expired = () =>
  refused(
    'The charge cannot be captured as the authorization has expired. Auth and capture charges must be captured within seven days.',
    { code: 'charge_expired_for_capture' },
  );

export const captureCharge: Operation<PaymentsDeps, CaptureChargeParams, Loaded> = {
  method: 'POST',
  path: '/v1/charges/{id}/capture',
  get params() {
    return captureChargeParams();
  },
  returns: { object: 'charge' },
  read: loadCharge,
  run: capture,
  committedReply: async (deps, call) => {
    const { payment } = await loadCharge(deps, call);
    return payment.direct ? committedReplyOf(payment, call) : undefined;
  },
};
