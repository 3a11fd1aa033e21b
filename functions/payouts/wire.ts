/** The payout as Stripe shows it. */
import type Stripe from 'stripe';
import { calendarThrough } from '../kernel/calendar.ts';
import { seconds } from '../kernel/clock.ts';
import { wireTotal } from '../kernel/money.ts';
import { transactionId } from '../ledger/keys.ts';
import { isAutomatic, type Payout, wasPaid } from './payout.ts';

/** The balance transaction that gave the money back. */
function returned(payout: Payout): string | null {
  const type =
    payout.status === 'canceled'
      ? 'payout_canceled'
      : payout.status !== 'failed'
        ? undefined
        : wasPaid(payout)
          ? 'payout_returned'
          : 'payout_failed';
  return type ? transactionId(type, payout.body, payout.endedMs ?? payout.committedMs, 1) : null;
}

export function renderPayout(payout: Payout): Stripe.Payout {
  const failed = payout.status === 'failed';
  const automatic = isAutomatic(payout);
  const weekendsOnly = calendarThrough(payout.currency) === undefined ? ' (banking days: weekends only)' : '';
  return {
    id: `po_${payout.body}`,
    object: 'payout',
    amount: wireTotal(payout.amount),
    application_fee: null,
    application_fee_amount: null,
    arrival_date: seconds(payout.arrivalMs),
    automatic,
    balance_transaction: transactionId('payout_created', payout.body, payout.createdMs, 1),
    created: seconds(payout.createdMs),
    currency: payout.currency,
    description: payout.description ?? (automatic ? `SLUICE PAYOUT${weekendsOnly}` : null),
    destination: payout.bank.id,
    failure_balance_transaction: returned(payout),
    failure_code: failed ? (payout.failureCode ?? 'could_not_process') : null,
    failure_message: failed ? 'The bank could not process this payout.' : null,
    livemode: payout.livemode,
    metadata: { ...payout.metadata },
    method: 'standard',
    original_payout: null,
    payout_method: null,
    reconciliation_status: automatic ? 'completed' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: payout.statementDescriptor ?? null,
    status: payout.status,
    trace_id: payout.traceId === undefined ? null : { status: 'supported', value: payout.traceId },
    type: 'bank_account',
  };
}
