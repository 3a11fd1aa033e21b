/** Capture: all of a hold or a part of it, once or, where the hold can do it, several times. */
import { invalidParameter, lockTimeout, refused } from '../../api/errors.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import type { PaymentsDeps } from '../deps.ts';
import { assertDescribable } from '../descriptor.ts';
import { assertMills, type CaptureParams, captureParams } from '../params.ts';
import { capturable, capturesOf, operatedAttempt, type Payment, paidAttempt } from '../payment.ts';
import { committedIntentReply, loadIntent } from '../reads.ts';
import { renderPayment } from '../wire.ts';
import { carryOut, changesOf, resumed } from './hold-commits.ts';

/** More captures than this do not keep a rest (docs.stripe.com/payments/multicapture). */
const MAXIMUM_CAPTURES = 50;

/**
 * Captures an authorized payment, in full or in part. The rest of the authorization is released, unless `final_capture` is false and the
 * hold can be captured again. Nothing more (0) of a payment that was captured in part ends its hold.
 * @throws amount_too_large, payment_intent_unexpected_state, lock_timeout
 * @see https://docs.stripe.com/api/payment_intents/capture
 */
async function capture(deps: PaymentsDeps, call: Call<CaptureParams>, payment: Payment): Promise<Reply> {
  const earlier = await resumed(deps, call, payment);
  if (earlier) return earlier;
  const { amount_to_capture: amount = capturable(payment), final_capture: final = true, ...said } = call.params;
  assertCapturable(call, payment, amount, final);
  const changes = changesOf(said);
  if (said.statement_descriptor)
    assertDescribable({ ...payment, statementDescriptor: said.statement_descriptor }, operatedAttempt(payment).method);
  return amount === 0n
    ? carryOut(deps, call, payment, { kind: 'void', amount: capturable(payment), ...changes })
    : carryOut(deps, call, payment, { kind: 'capture', amount, ...(!final && { keepsRest: true }), ...changes });
}

function assertCapturable(call: Call, payment: Payment, amount: bigint, final: boolean): void {
  if (payment.pending) throw lockTimeout();
  const embedded = { payment_intent: renderPayment(payment, call.caller.settings) };
  // Also after a capture of all that was held, as Stripe answers. What else was tried with the payment is no part of that (I12).
  if (payment.status === 'succeeded' && paidAttempt(payment)?.manual) {
    throw refused(
      'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.',
      { code: 'payment_intent_unexpected_state', ...embedded },
    );
  }
  if (payment.status !== 'requires_capture') {
    throw refused(
      `This PaymentIntent could not be captured because it has a status of ${payment.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      { code: 'payment_intent_unexpected_state', ...embedded },
    );
  }
  if (!final) assertMulticapture(payment, embedded);
  if (amount === 0n && !(final && payment.capture)) {
    throw invalidParameter('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: 'amount_to_capture',
    });
  }
  if (amount > capturable(payment)) {
    throw refused('The requested capture amount is greater than the amount you can capture for this charge.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
      ...embedded,
    });
  }
  assertMills(amount, payment.currency, 'amount_to_capture');
}

function assertMulticapture(payment: Payment, embedded: object): void {
  const facts = { code: 'payment_intent_unexpected_state', param: 'final_capture', ...embedded };
  const { features, method } = operatedAttempt(payment);
  if (!features?.includes('multicapture')) {
    if (method.type !== undefined)
      throw refused(
        `You cannot set \`final_capture\` to false because a payment with ${method.type} is captured once.`,
        facts,
      );
    throw refused(
      'You cannot set `final_capture` to false because multicapture is not available for this PaymentIntent. Request it before confirmation with `payment_method_options[card][request_multicapture]`, and see `payment_method_details.card.multicapture.status` of its charge.',
      facts,
    );
  }
  if (capturesOf(payment).length >= MAXIMUM_CAPTURES - 1) {
    throw refused(
      `This PaymentIntent can be captured ${MAXIMUM_CAPTURES} times at most: its next capture must be final.`,
      facts,
    );
  }
}

export const captureIntent: Operation<PaymentsDeps, CaptureParams, Payment> = {
  method: 'POST',
  path: '/v1/payment_intents/{id}/capture',
  params: captureParams,
  returns: { object: 'payment_intent' },
  read: loadIntent,
  run: capture,
  committedReply: committedIntentReply,
};
