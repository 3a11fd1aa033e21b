/** The payout as Stripe shows it. */
import type Stripe from 'stripe';
import { transactionId } from '../ledger/keys.ts';
import { wireAmount } from '../shared/money.ts';
import type { Payout } from './payout.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

export function renderPayout(payout: Payout): Stripe.Payout {
  const failed = payout.status === 'failed';
  return {
    id: `po_${payout.body}`,
    object: 'payout',
    amount: wireAmount(payout.amount),
    application_fee: null,
    application_fee_amount: null,
    arrival_date: seconds(payout.arrivalMs),
    automatic: true,
    balance_transaction: transactionId('payout_created', payout.body, payout.createdMs, 1),
    created: seconds(payout.createdMs),
    currency: payout.currency,
    description: 'SLUICE PAYOUT',
    destination: payout.bank.id,
    failure_balance_transaction: failed ? transactionId('payout_failed', payout.body, payout.committedMs, 1) : null,
    failure_code: failed ? (payout.failureCode ?? 'could_not_process') : null,
    failure_message: failed ? 'The bank could not process this payout.' : null,
    livemode: payout.livemode,
    metadata: {},
    method: 'standard',
    original_payout: null,
    payout_method: null,
    reconciliation_status: 'completed',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: null,
    status: payout.status,
    trace_id: payout.traceId === undefined ? null : { status: 'supported', value: payout.traceId },
    type: 'bank_account',
  };
}
