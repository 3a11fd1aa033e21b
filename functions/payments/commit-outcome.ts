/** Commits an outcome of a payment from any source. After a conflict it reads the newest state and checks whether the outcome still changes it. */

import { racesLost } from '../api/lock.ts';
import type { Body, Scope } from '../kernel/ids.ts';
import { type AttachWrites, setUpWrites } from '../payment-methods/attachment.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { loadMethod } from '../payment-methods/method.ts';
import { commitNamed, LOST, retryRaces } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import type { PaymentsDeps } from './deps.ts';
import { type Payment, paidAttempt } from './payment.ts';
import { loadPayment, paymentOf, putPayment } from './store.ts';

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
  return retryRaces(async (left) => {
    const changed = change(current);
    if (!changed) return { payment: current, changed: false };
    const [saved, moved] = await Promise.all([
      saving ? saveWrites(table, current, changed) : undefined,
      companions(table, 'payment', current, changed),
    ]);
    const conflict = await commitNamed(table, { payment: putPayment(current, changed), ...saved, companions: moved });
    if (!conflict) return { payment: changed, changed: true };
    if (conflict.on === 'payment')
      current = conflict.old ? paymentOf(conflict.old) : await mustLoad(table, payment.scope, payment.body);
    // Money comes first: a card that goes on changing is not saved in the last attempt, and never when its customer is gone.
    else if (conflict.on === 'method') saving = left > 1;
    else if (conflict.on !== 'companions') saving = false;
    return LOST;
  }, racesLost);
}

/** The method of the attempt that paid with this change. */
const newlyPaidWith = (before: Payment, after: Payment): MethodFacts | undefined =>
  paidAttempt(before) ? undefined : paidAttempt(after)?.method;

/** What `setup_future_usage` asks for: with the success, in the same transaction, the card becomes the customer's. */
async function saveWrites(table: Table, before: Payment, after: Payment): Promise<Partial<AttachWrites>> {
  const method = newlyPaidWith(before, after);
  if (!method || after.setupFutureUsage === undefined || after.customer === undefined || method.setUp) return {};
  const record = await loadMethod(table, after.scope, method.id);
  return record ? setUpWrites(record, after.customer, after.committedMs, after.request) : {};
}

async function mustLoad(table: Table, scope: Scope, body: Body): Promise<Payment> {
  const payment = await loadPayment(table, scope, body);
  if (!payment) throw new Error(`payment ${body} is gone`);
  return payment;
}
