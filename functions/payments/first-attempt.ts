/** A payment that is made and paid in one request: its first commit starts its first attempt. */
import { lockTimeout } from '../api/errors.ts';
import type { Call, Reply } from '../api/operation.ts';
import type { MethodWrites } from '../payment-methods/requested-method.ts';
import type { NamedConflict } from '../table/commit.ts';
import type { PaymentsDeps } from './deps.ts';
import type { Payment } from './payment.ts';
import { type NamingWrites, namingWrites } from './resolve-payment-method.ts';
import { resumeAttempt } from './send-attempt.ts';
import { loadPayment, paymentOf, putPayment } from './store.ts';

/** For a payment without attempts. */
export const UNPAID = { attempts: [], operations: 0, refunded: 0n, refundCount: 0 } as const satisfies Partial<Payment>;

/** Carries on what an earlier try of this request had made and begun to pay: asks about it, and sends nothing. */
export async function resumePayment(deps: PaymentsDeps, call: Call): Promise<Reply | undefined> {
  if (!call.lock.resumed) return undefined;
  const begun = await loadPayment(deps.table, call.caller.scope, call.lock.objectKey);
  // A recovery may have inferred earlier attempts, which have no key: the last one of this key is where the request ended.
  const { keyHash: own } = call.lock;
  const attempt = begun?.attempts.findLast(({ keyHash }) => keyHash === own) ?? begun?.attempts[0];
  return begun && attempt && resumeAttempt(deps, call, begun, attempt);
}

/** Version 1, and a freshly minted method. */
export const firstWrites = (payment: Payment, method?: MethodWrites): NamingWrites =>
  namingWrites(putPayment(undefined, payment), method);

/**
 * The payment that an earlier try of the same request had already made; undefined where version 1 is written.
 * @throws lock_timeout where another request pays with the card at this moment
 */
export function existingPayment(conflict: NamedConflict<keyof NamingWrites> | undefined): Payment | undefined {
  if (conflict && conflict.on !== 'object') throw lockTimeout();
  return conflict?.old && paymentOf(conflict.old);
}
