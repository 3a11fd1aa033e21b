/** Balance, balance transactions and accounts as the merchant sees them. */
import type Stripe from 'stripe';
import { availableMs, type CutOff } from '../kernel/calendar.ts';
import { seconds } from '../kernel/clock.ts';
import { wireTotal } from '../kernel/money.ts';
import { accounts } from './accounts.ts';
import type { AccountTotals } from './checkpoint.ts';
import { credited, type JournalEntry, type TransactionType, transactionType } from './entry.ts';
import { transactionIdOf } from './keys.ts';
import { type Balance, isSettled, type SettledBooks } from './store.ts';

/** Stripe's reporting categories by our types: the same for every payment method. */
const CATEGORIES = {
  charge: 'charge',
  refund: 'refund',
  refund_failure: 'refund_failure',
  payout: 'payout',
  payout_failure: 'payout_reversal',
  payout_cancel: 'payout_reversal',
  reserve_hold: 'risk_reserved_funds',
  reserve_release: 'risk_reserved_funds',
  dispute: 'dispute',
  dispute_reversal: 'dispute_reversal',
} as const;

/** Stripe's types by ours; what Stripe has no name for is an adjustment. */
export const TYPES = {
  charge: 'charge',
  payment: 'payment',
  refund: 'refund',
  payment_refund: 'payment_refund',
  refund_failure: 'refund_failure',
  payout: 'payout',
  payout_failure: 'payout_failure',
  payout_cancel: 'payout_cancel',
  reserve_hold: 'reserve_hold',
  reserve_release: 'reserve_release',
  dispute: 'adjustment',
  dispute_reversal: 'adjustment',
} as const satisfies Record<TransactionType, Stripe.BalanceTransaction.Type>;

/**
 * The balance transaction of an entry that has one. What moves `available` itself is available at once; what moves pending funds from when
 * its period was settled, which `cutOff` says when to expect.
 */
export function renderTransaction(
  entry: JournalEntry,
  books: SettledBooks | undefined,
  cutOff?: CutOff,
): Stripe.BalanceTransaction {
  const facts = entry.transaction!;
  const { committedMs } = entry;
  const moved = (account: string): boolean => credited(entry, account) !== 0n;
  const atOnce = entry.type === 'released' || moved(accounts.available) || !moved(accounts.pending);
  const settled = atOnce || (books !== undefined && isSettled(books, entry));
  const availableOn = atOnce || !cutOff ? committedMs : availableMs(committedMs, cutOff, entry.currency);
  return {
    id: transactionIdOf(entry),
    object: 'balance_transaction',
    amount: wireTotal(facts.amount),
    available_on: seconds(availableOn),
    balance_type: 'payments',
    created: seconds(entry.committedMs),
    currency: entry.currency,
    description: facts.description ?? null,
    exchange_rate: null,
    fee: wireTotal(facts.fee),
    fee_details:
      facts.fee === 0n
        ? []
        : [
            {
              amount: wireTotal(facts.fee),
              application: null,
              currency: entry.currency,
              description: facts.type === 'dispute' ? 'Dispute fee' : 'Sluice processing fees',
              type: 'stripe_fee',
            },
          ],
    net: wireTotal(facts.amount - facts.fee),
    reporting_category: CATEGORIES[facts.type],
    source: facts.source,
    status: settled ? 'available' : 'pending',
    type: TYPES[transactionType(facts)],
  };
}

/** The balance as the fold of the entries, in every currency that `balances` keep or the entries moved. `totals` are the scope's account totals. */
export function renderBalance(
  livemode: boolean,
  defaultCurrency: string,
  balances: readonly Balance[],
  totals: AccountTotals,
): Stripe.Balance {
  const fundsIn = (account: string): ReadonlyMap<string, bigint> =>
    new Map(
      Object.entries(totals)
        .map(([name, amount]) => [...name.split(' '), -amount] as [string, string, bigint])
        .filter(([, of, amount]) => of === account && amount !== 0n)
        .map(([currency, , amount]) => [currency, amount]),
    );
  const [pending, available] = [fundsIn(accounts.pending), fundsIn(accounts.available)];
  const kept = balances.map(({ currency }) => currency);
  const currencies = [...new Set([...kept, ...available.keys(), ...pending.keys()])].sort();
  if (currencies.length === 0) currencies.push(defaultCurrency);
  const lines = (amounts: ReadonlyMap<string, bigint>) =>
    currencies.map((currency) => {
      const amount = wireTotal(amounts.get(currency) ?? 0n);
      return { amount, currency, source_types: { card: amount } };
    });
  const reserved = balances.filter((balance) => balance.reserve !== 0n);
  return {
    object: 'balance',
    available: lines(available),
    ...(reserved.length > 0 && {
      connect_reserved: reserved.map(({ currency, reserve }) => ({ amount: wireTotal(reserve), currency })),
    }),
    livemode,
    pending: lines(pending),
  };
}

/** One line per currency and account: debits − credits, in minor units as text, for no file or screen may round it. */
export interface AccountLine {
  readonly object: 'ledger_account';
  readonly account: string;
  readonly currency: string;
  readonly balance: string;
}

export const renderAccounts = (totals: AccountTotals): readonly AccountLine[] =>
  Object.entries(totals)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => {
      const [currency, account] = name.split(' ') as [string, string];
      return { object: 'ledger_account', account, currency, balance: String(amount) };
    });
