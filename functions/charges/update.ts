/** Changing what a charge says of itself; the payment intent it belongs to keeps its own. */

import * as z from 'zod/mini';
import { refused } from '../api/errors.ts';
import { racesLost } from '../api/lock.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { changedMetadata, metadataChange } from '../api/params.ts';
import { clearableEmail, givenOf, shippingAfter, shippingChange } from '../api/person.ts';
import type { Attempt, ChargeEdits } from '../payments/attempt.ts';
import { renderCharge } from '../payments/charge-wire.ts';
import { next, timeOf } from '../payments/commit.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { transferGroup } from '../payments/params.ts';
import type { Payment } from '../payments/payment.ts';
import { commitOf } from '../payments/request.ts';
import { isBelowSizeLimit } from '../payments/size-limit.ts';
import { loadPayment, putPayment } from '../payments/store.ts';
import { LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { loadCharge } from './charges.ts';

const chargeUpdateParams = z.strictObject({
  description: z.optional(z.string().check(z.maxLength(1_000))),
  metadata: z.optional(metadataChange),
  receipt_email: z.optional(clearableEmail),
  shipping: z.optional(shippingChange),
  fraud_details: z.optional(z.strictObject({ user_report: z.enum(['', 'fraudulent', 'safe']) })),
  transfer_group: transferGroup,
});
type ChargeUpdateParams = z.infer<typeof chargeUpdateParams>;
type Loaded = Awaited<ReturnType<typeof loadCharge>>;

/**
 * Changes the charge member by member. `charge.updated` shows the previous values. An update without a change is not announced.
 * @throws 400 when too much has been said of its payment's charges; lock_timeout when the race is lost too often
 * @see https://docs.stripe.com/api/charges/update
 */
async function update(deps: PaymentsDeps, call: Call<ChargeUpdateParams>, loaded: Loaded): Promise<Reply> {
  const { ordinal } = loaded;
  let { payment } = loaded;
  return retryRaces(async () => {
    const after = changedCharge(payment, ordinal, call.params, commitOf(deps, call));
    if (sameCharge(payment, after, ordinal)) return { status: 200, body: renderCharge(payment, ordinal) };
    if (!isBelowSizeLimit(after)) throw full();
    if (await tryCommit(deps.table, putPayment(payment, after)))
      return { status: 200, body: renderCharge(after, ordinal) };
    payment = (await loadPayment(deps.table, payment.scope, payment.body)) ?? payment;
    return LOST;
  }, racesLost);
}

const full = () =>
  refused('There is no room for more on this charge: its payment, with all its charges, says too much already.');

const sameCharge = (before: Payment, after: Payment, ordinal: number): boolean =>
  JSON.stringify(renderCharge(before, ordinal)) === JSON.stringify(renderCharge(after, ordinal));

function changedCharge(
  payment: Payment,
  ordinal: number,
  params: ChargeUpdateParams,
  commit: ReturnType<typeof commitOf>,
): Payment {
  const editedMs = timeOf(payment, commit);
  const attempts = payment.attempts.map((attempt) =>
    attempt.ordinal === ordinal ? { ...attempt, edits: editsOf(payment, attempt, params, editedMs) } : attempt,
  );
  return next(payment, 'charge_updated', commit, { attempts });
}

function editsOf(payment: Payment, { edits }: Attempt, params: ChargeUpdateParams, editedMs: number): ChargeEdits {
  const { description, metadata, receipt_email: receiptEmail, shipping, fraud_details: fraud } = params;
  return {
    ...edits,
    ...givenOf({
      description: description === '' ? null : description,
      metadata: metadata === undefined ? undefined : changedMetadata(edits?.metadata ?? payment.metadata, metadata),
      receiptEmail,
      transferGroup: params.transfer_group,
      shipping: shipping && shippingAfter({ ...payment, ...edits }.shipping ?? undefined, shipping),
      userReport: fraud && (fraud.user_report === '' ? null : fraud.user_report),
    }),
    ...(shipping === null && { shipping }),
    editedMs,
  };
}

export const updateCharge: Operation<PaymentsDeps, ChargeUpdateParams, Loaded> = {
  method: 'POST',
  path: '/v1/charges/{id}',
  params: chargeUpdateParams,
  returns: { object: 'charge' },
  read: loadCharge,
  run: update,
};
