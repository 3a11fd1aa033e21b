/** Writing down what was learned of a payment, whoever learned it: under races the newest state is read again and asked whether it is still news. */

import { lockTimeout } from '../api/errors.ts';
import type { Body, Scope } from '../kernel/ids.ts';
import { setUpWrites } from '../payment-methods/attachment.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { loadMethod } from '../payment-methods/method.ts';
import { Conflict, type Table, type Write } from '../table/table.ts';
import type { PaymentsDeps } from './deps.ts';
import { type Payment, paidAttempt } from './payment.ts';
import { loadPayment, paymentOf, putPayment } from './store.ts';

/** Which write of a commit is the card's: it comes after the payment's own. */
const CARD = 1;

/** More lost races than this on one payment means that something else is wrong. */
const RACES = 6;

/**
 * Commits `change(payment)`; when someone else wrote first, again from what they wrote. Returns the payment as it stands, and
 * whether this call changed it. `change` returns undefined when there is nothing (more) to write.
 * @throws lock_timeout when the race is lost too often.
 */
export async function commitLearned(
  { table, companions }: Pick<PaymentsDeps, 'table' | 'companions'>,
  payment: Payment,
  change: (current: Payment) => Payment | undefined,
): Promise<{ readonly payment: Payment; readonly changed: boolean }> {
  let current = payment;
  let saving = true;
  for (let race = 0; race < RACES; race++) {
    const changed = change(current);
    if (!changed) return { payment: current, changed: false };
    const [saved, moved] = await Promise.all([
      saving ? saveWrites(table, current, changed) : [],
      companions(table, 'payment', current, changed),
    ]);
    try {
      await table.commit(putPayment(changed), ...saved, ...moved);
      return { payment: changed, changed: true };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      // The card changed meanwhile: it is read again. Its customer is gone, or it goes on changing: money comes first.
      // The session changed meanwhile: it is read again with everything else.
      if (error.index > saved.length) continue;
      if (error.index > 0) saving = error.index === CARD && race < RACES - 2;
      else current = error.old ? paymentOf(error.old) : await mustLoad(table, payment.scope, payment.body);
    }
  }
  throw lockTimeout();
}

/** The method of the attempt that paid with this change. */
const newlyPaidWith = (before: Payment, after: Payment): MethodFacts | undefined =>
  paidAttempt(before) ? undefined : paidAttempt(after)?.method;

/** What `setup_future_usage` asks for: with the success, in the same transaction, the card becomes the customer's. */
async function saveWrites(table: Table, before: Payment, after: Payment): Promise<readonly Write[]> {
  const method = newlyPaidWith(before, after);
  if (!method || after.setupFutureUsage === undefined || after.customer === undefined || method.setUp) return [];
  const record = await loadMethod(table, after.scope, method.id);
  return record ? setUpWrites(record, after.customer, after.committedMs, after.request) : [];
}

async function mustLoad(table: Table, scope: Scope, body: Body): Promise<Payment> {
  const payment = await loadPayment(table, scope, body);
  if (!payment) throw new Error(`payment ${body} is gone`);
  return payment;
}
