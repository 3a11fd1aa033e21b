/** A payment that is made and paid in one request: its first commit is the claim of its first attempt. */
import { lockTimeout } from '../api/errors.ts';
import type { Call, Reply } from '../api/operation.ts';
import type { PaymentsDeps } from './deps.ts';
import type { Payment } from './payment.ts';
import { type MethodWrites, type SettledMethod, takenMethod, tryCommitNaming } from './resolve-payment-method.ts';
import { pay, resumeAttempt } from './send-attempt.ts';
import { loadPayment, paymentOf, putPayment } from './store.ts';

/** For a payment without attempts. */
export const UNPAID = { attempts: [], operations: 0, refunded: 0n, refundCount: 0 } as const satisfies Partial<Payment>;

/** Carries on what an earlier try of this request had made and begun to pay: asks about it, and sends nothing. */
export async function resumePayment(deps: PaymentsDeps, call: Call): Promise<Reply | undefined> {
  if (!call.claim.resumed) return undefined;
  const begun = await loadPayment(deps.table, call.caller.scope, call.claim.body);
  const [attempt] = begun?.attempts ?? [];
  return begun && attempt && resumeAttempt(deps, call, begun, attempt);
}

/** Pays a payment that this request makes. */
export const payFirst = (deps: PaymentsDeps, call: Call, claimed: Payment, method: SettledMethod): Promise<Reply> =>
  pay(deps, call, claimed, () => createOrFind(deps, claimed, takenMethod(claimed, method)));

/** Writes version 1 (and a freshly minted method); returns the payment that an earlier try of the same request had already made. */
export async function createOrFind(
  deps: PaymentsDeps,
  payment: Payment,
  method: MethodWrites = {},
): Promise<Payment | undefined> {
  const conflict = await tryCommitNaming(deps.table, putPayment(undefined, payment), method);
  // Another request pays with the card at this moment.
  if (conflict && conflict.on !== 'object') throw lockTimeout();
  return conflict?.old && paymentOf(conflict.old);
}
