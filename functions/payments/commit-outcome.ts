/** Commits an outcome of a payment from any source. After a conflict it reads the newest state and checks whether the outcome still changes it. */

import { racesLost } from '../api/lock.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { accounts } from '../ledger/accounts.ts';
import { credited } from '../ledger/entry.ts';
import { postedWith } from '../ledger/post.ts';
import { type AttachWrites, setUpWrites } from '../payment-methods/attachment.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import { loadMethod } from '../payment-methods/method.ts';
import { type Change, commitChange } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import type { PaymentsDeps } from './deps.ts';
import { capturedEntries } from './entries.ts';
import { capturesOf, type Payment, paidAttempt } from './payment.ts';
import { loadPayment, paymentOf, putPayment } from './store.ts';

/** What one transaction of a payment writes: with a success also the saved method, and what moves with the payment. */
type Written = 'payment' | 'companions' | keyof AttachWrites | keyof ReturnType<typeof postedWith>;

/** What a commit of an outcome needs. */
export type OutcomeDeps = Pick<PaymentsDeps, 'table' | 'companions' | 'mayPost'>;

/** A change of a payment as every outcome makes it, for `commitChange`; each value of it serves one commit. */
export function outcomeChange(
  { table, companions, mayPost }: OutcomeDeps,
  apply: (current: Payment) => Payment | undefined,
): Change<Payment, Written> {
  let [saving, posting, funded] = [true, mayPost, false];
  return {
    apply,
    async writes(current, changed) {
      const [saved, moved] = await Promise.all([
        saving ? saveWrites(table, current, changed) : undefined,
        companions(table, 'payment', current, changed),
      ]);
      const funds = posting ? fundsNow(current, changed) : undefined;
      funded = funds !== undefined;
      return { payment: putPayment(current, changed), ...saved, companions: moved, ...funds };
    },
    async newest({ on, old }, current, left) {
      if (on === 'payment') return old ? paymentOf(old) : mustLoad(table, current.scope, current.body);
      // Money comes first: a card that goes on changing is not saved in the last attempt, and never when its customer is gone.
      if (on === 'method') saving = left > 1;
      // The period is being closed: the stream posts the entry, as a late one.
      else if (on === 'entry' || on === 'balance' || on === 'period') posting = false;
      else if (on !== 'companions') saving = false;
      return current;
    },
    contended() {
      // The balance is one item of the merchant's, and the payment is no one else's: the stream posts the entry.
      posting = false;
      return funded;
    },
  };
}

/**
 * Commits `change(payment)`; when someone else wrote first, again from what they wrote. Returns the payment as it stands, and
 * whether this call changed it. `change` returns undefined when there is nothing (more) to write.
 * @throws lock_timeout when the race is lost too often.
 */
export async function commitOutcome(
  deps: OutcomeDeps,
  payment: Payment,
  change: (current: Payment) => Payment | undefined,
): Promise<{ readonly payment: Payment; readonly changed: boolean }> {
  const { value, changed } = await commitChange(deps.table, payment, outcomeChange(deps, change), racesLost);
  return { payment: value, changed };
}

/**
 * The payment for a reply: as this call has committed it, or as it is stored. What a request read when it began may be older than an approval
 * that was committed beside it.
 */
export const asCommitted = async (
  { table }: Pick<OutcomeDeps, 'table'>,
  { value, changed }: { readonly value: Payment; readonly changed: boolean },
): Promise<Payment> => (changed ? value : mustLoad(table, value.scope, value.body));

/**
 * The writes of a capture that is available at once: a payout right after the reply finds the money. Any other capture is posted by the
 * stream, and so is this one where the transaction cannot.
 */
function fundsNow(before: Payment, after: Payment): ReturnType<typeof postedWith> | undefined {
  if (capturesOf(before).length === capturesOf(after).length) return undefined;
  const entry = capturedEntries(after).at(-1);
  return entry && credited(entry, accounts.available) > 0n ? postedWith(after.scope, entry) : undefined;
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

async function mustLoad(table: Table, scope: Scope, objectKey: ObjectKey): Promise<Payment> {
  const payment = await loadPayment(table, scope, objectKey);
  if (!payment) throw new Error(`payment ${objectKey} is gone`);
  return payment;
}
