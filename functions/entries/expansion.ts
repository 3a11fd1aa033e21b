/** What `expand[]` may put in place of an id, whichever function answers: reads by key, within the caller's scope. */

import { listBody } from '../api/list.ts';
import { listLinked } from '../api/list-linked.ts';
import type { Loaders } from '../api/operation.ts';
import { customerById } from '../customers/customer.ts';
import { sourcesOf } from '../customers/operations/sources.ts';
import { renderCustomer } from '../customers/wire.ts';
import { DISPUTE } from '../disputes/store.ts';
import { renderDispute } from '../disputes/wire.ts';
import { renderCashBalance } from '../empty-lists/cash-balance.ts';
import { objectKeyOf, type Scope } from '../kernel/ids.ts';
import type { JournalEntry } from '../ledger/entry.ts';
import { transactionIdOf } from '../ledger/keys.ts';
import { entryById, loadSettled } from '../ledger/store.ts';
import { renderTransaction } from '../ledger/wire.ts';
import { loadMethod, renderMethod } from '../payment-methods/method.ts';
import { renderSource } from '../payment-methods/source-card.ts';
import { hasCharge } from '../payments/attempt.ts';
import { renderCharge } from '../payments/charge-wire.ts';
import { capturedEntries } from '../payments/entries.ts';
import { linkedToPayment, paymentById, paymentOfCharge } from '../payments/store.ts';
import { renderPayment } from '../payments/wire.ts';
import { payoutById } from '../payouts/store.ts';
import { renderPayout } from '../payouts/wire.ts';
import { REFUND } from '../refunds/store.ts';
import { renderRefund } from '../refunds/wire.ts';
import { loadReview } from '../risk/reviews/operations/store.ts';
import { renderReview } from '../risk/reviews/wire.ts';
import { mandateById } from '../setup-intents/mandates.ts';
import { SETUP_INTENT } from '../setup-intents/setup-intent.ts';
import { renderSetupAttempt, renderSetupIntent, setupAttemptId } from '../setup-intents/wire.ts';
import { loadRecord, recordById } from '../table/record.ts';
import type { Table } from '../table/table.ts';

/** Refunds shown inside an expanded charge; the rest is a list away. */
const REFUNDS_SHOWN = 10;

/** Cards shown inside an expanded customer. */
const SOURCES_SHOWN = 10;

/** The entry of a charge's capture that is on its way to the journal: it follows from the payment, so that it is visible right after the payment. */
async function entryToCome(table: Table, scope: Scope, id: string, charge = ''): Promise<JournalEntry | undefined> {
  const payment = (await paymentOfCharge(table, scope, charge))?.payment;
  return payment && capturedEntries(payment).find((entry) => transactionIdOf(entry) === id);
}

export const expandLoaders = (table: Table): Loaders => ({
  async payment_intent({ scope, settings }, id) {
    const payment = await paymentById(table, scope, id);
    return payment && renderPayment(payment, settings);
  },
  async charge({ scope }, id) {
    const found = await paymentOfCharge(table, scope, id);
    const attempt = found?.payment.attempts.find((candidate) => candidate.ordinal === found.ordinal);
    return found && attempt && hasCharge(attempt) ? renderCharge(found.payment, found.ordinal) : undefined;
  },
  async customer({ scope }, id) {
    const customer = await customerById(table, scope, id);
    return customer && renderCustomer(customer);
  },
  async cash_balance({ livemode }, id, of) {
    return 'deleted' in of ? undefined : renderCashBalance(id, livemode);
  },
  async card({ scope }, id) {
    const record = await loadMethod(table, scope, id);
    return record && record.type === undefined ? renderSource(record) : undefined;
  },
  async sources({ scope }, id) {
    const customer = await customerById(table, scope, id);
    return customer?.status === 'active' ? sourcesOf(table, customer, { limit: SOURCES_SHOWN }) : undefined;
  },
  async setup_intent({ scope, settings }, id) {
    const intent = await recordById(table, SETUP_INTENT, scope, id);
    return intent && renderSetupIntent(intent, settings);
  },
  async setup_attempt({ scope }, id) {
    const intent = await loadRecord(table, SETUP_INTENT, scope, objectKeyOf(id, 'setatt', 1));
    const attempt = intent?.attempts.find((candidate) => setupAttemptId(intent, candidate) === id);
    return intent && attempt && renderSetupAttempt(intent, attempt);
  },
  mandate: ({ scope }, id) => mandateById(table, scope, id),
  async payment_method({ scope, livemode }, id) {
    const record = await loadMethod(table, scope, id);
    return record && renderMethod(record, livemode);
  },
  async refund({ scope }, id) {
    const refund = await recordById(table, REFUND, scope, id);
    return refund && renderRefund(refund);
  },
  async dispute({ scope }, id) {
    const dispute = await recordById(table, DISPUTE, scope, id);
    return dispute && renderDispute(dispute);
  },
  async refunds(caller, charge) {
    const { scope } = caller;
    const found = await paymentOfCharge(table, scope, charge);
    if (!found) return undefined;
    const of = linkedToPayment(scope, found.payment.body);
    const page = await listLinked(table, REFUND, caller, of, { limit: REFUNDS_SHOWN });
    const items = page.items.filter((refund) => refund.chargeOrdinal === found.ordinal);
    return listBody({ ...page, items }, `/v1/charges/${charge}/refunds`, renderRefund);
  },
  async balance_transaction({ scope, settings }, id, of) {
    const [written, books] = await Promise.all([entryById(table, scope, id), loadSettled(table, scope)]);
    const entry = written ?? (await entryToCome(table, scope, id, of.id));
    return entry?.transaction && renderTransaction(entry, books, settings);
  },
  async payout({ scope }, id) {
    const payout = await payoutById(table, scope, id);
    return payout && renderPayout(payout);
  },
  async review({ scope }, id) {
    const review = await loadReview(table, scope, id);
    return review && renderReview(review);
  },
});
