/** Raises a hold above the amount that was authorized first, while nothing has been captured. */
import { lockTimeout, refused } from '../../api/errors.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import type { PaymentsDeps } from '../deps.ts';
import { assertLargest, assertMills, type IncrementParams, incrementParams } from '../params.ts';
import { operatedAttempt, type Payment } from '../payment.ts';
import { committedIntentReply, loadIntent } from '../reads.ts';
import { renderPayment } from '../wire.ts';
import { carryOut, changesOf, resumed } from './hold-commits.ts';
import { incrementsOf } from './hold-operations.ts';

/** Tries to hold more, declined ones included (docs.stripe.com/payments/incremental-authorization). */
const MAXIMUM_INCREMENTS = 10;

/**
 * Raises the authorized amount to a new total. A decline changes nothing: not the hold, and no other member of the request. The
 * hold ends when it would have ended.
 * @throws 400 payment_intent_unexpected_state, amount_too_small, amount_too_large; 402 card_declined; 429 lock_timeout
 * @see https://docs.stripe.com/api/payment_intents/increment_authorization
 */
async function increment(deps: PaymentsDeps, call: Call<IncrementParams>, payment: Payment): Promise<Reply> {
  const earlier = await resumed(deps, call, payment);
  if (earlier) return earlier;
  const { amount, ...said } = call.params;
  assertIncrementable(call, payment, amount);
  return carryOut(deps, call, payment, { kind: 'increment', amount, ...changesOf(said) });
}

function assertIncrementable(call: Call, payment: Payment, amount: bigint): void {
  if (payment.pending) throw lockTimeout();
  const reason = whyNot(payment);
  const embedded = { payment_intent: renderPayment(payment, call.caller.settings) };
  if (reason !== undefined) throw refused(reason, { code: 'payment_intent_unexpected_state', ...embedded });
  if (amount <= payment.amount) {
    throw refused(`The amount must be greater than the currently authorized amount (${payment.amount}).`, {
      code: 'amount_too_small',
      param: 'amount',
      ...embedded,
    });
  }
  assertLargest(amount, payment.currency, 'amount');
  assertMills(amount, payment.currency, 'amount');
}

function whyNot(payment: Payment): string | undefined {
  if (payment.status !== 'requires_capture')
    return `This PaymentIntent's authorization could not be incremented because it has a status of ${payment.status}. Only a PaymentIntent with one of the following statuses may be incremented: requires_capture.`;
  const { features, method } = operatedAttempt(payment);
  if (!features?.includes('increment') && method.type !== undefined)
    return `Incremental authorization is not available for payments with ${method.type}.`;
  if (!features?.includes('increment'))
    return 'Incremental authorization is not available for this PaymentIntent. Request it before confirmation with `payment_method_options[card][request_incremental_authorization]`, and see `payment_method_details.card.incremental_authorization.status` of its charge.';
  if (payment.capture)
    return 'This PaymentIntent has been captured in part: its authorization can no longer be incremented.';
  if (incrementsOf(payment).length >= MAXIMUM_INCREMENTS)
    return `The authorization of a PaymentIntent can be incremented ${MAXIMUM_INCREMENTS} times at most, declined attempts included.`;
  return undefined;
}

export const incrementAuthorization: Operation<PaymentsDeps, IncrementParams, Payment> = {
  method: 'POST',
  path: '/v1/payment_intents/{id}/increment_authorization',
  params: incrementParams,
  returns: { object: 'payment_intent' },
  read: loadIntent,
  run: increment,
  committedReply: committedIntentReply,
};
