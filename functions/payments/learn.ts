/** Writing down what was learned of a payment, whoever learned it: under races the newest state is read again and asked whether it is still news. */
import { lockTimeout } from '../shared/errors.ts';
import type { Body, Scope } from '../shared/ids.ts';
import { Conflict, type Table } from '../shared/table.ts';
import type { Payment } from './payment.ts';
import { loadPayment, paymentOf, putPayment } from './store.ts';

/** More lost races than this on one payment means that something else is wrong. */
const RACES = 6;

/**
 * Commits `change(payment)`; when someone else wrote first, again from what they wrote. Returns the payment as it stands, and
 * whether this call changed it. `change` returns undefined when there is nothing (more) to write.
 * @throws lock_timeout when the race is lost too often.
 */
export async function commitLearned(
  table: Table,
  payment: Payment,
  change: (current: Payment) => Payment | undefined,
): Promise<{ readonly payment: Payment; readonly changed: boolean }> {
  let current = payment;
  for (let race = 0; race < RACES; race++) {
    const changed = change(current);
    if (!changed) return { payment: current, changed: false };
    try {
      await table.commit(putPayment(changed));
      return { payment: changed, changed: true };
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      current = error.old ? paymentOf(error.old) : await mustLoad(table, payment.scope, payment.body);
    }
  }
  throw lockTimeout();
}

async function mustLoad(table: Table, scope: Scope, body: Body): Promise<Payment> {
  const payment = await loadPayment(table, scope, body);
  if (!payment) throw new Error(`payment ${body} is gone`);
  return payment;
}
