/**
 * Journal entries: immutable (I3), balanced per currency (I1), one per (type, business id, step) under a key that is a pure
 * function of the frozen commit time (I4). An entry is also the settlement line and, where it has `transaction`, the balance
 * transaction.
 */
import type { ObjectKey } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { ReserveDate, ReserveShare } from './reserve.ts';

export interface Leg {
  readonly side: 'debit' | 'credit';
  /** Ledger account (accounts.ts); dimensions (channel) in the path, the merchant and mode in the entry's scope. */
  readonly account: string;
  readonly amount: bigint;
}

export type BalanceTransactionType =
  | 'charge'
  | 'refund'
  | 'refund_failure'
  | 'payout'
  | 'payout_failure'
  | 'payout_cancel'
  | 'reserve_hold'
  | 'reserve_release'
  | 'dispute'
  | 'dispute_reversal';

/** As a report and the wire name it: Stripe has types of their own for what is paid by another method than a card. */
export type TransactionType = BalanceTransactionType | 'payment' | 'payment_refund';

/** The merchant's view of an entry: how it moves their balance. `net = amount − fee`. */
export interface TransactionFacts {
  readonly type: BalanceTransactionType;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly source: string | null;
  readonly description?: string;
  /** Of a payment by another method than a card. Entries posted before there was this member have none, and keep the types of cards. */
  readonly nonCard?: true;
}

/**
 * The type by which people find it. A refund that comes back has the type of the refund.
 * @see https://docs.stripe.com/reports/balance-transaction-types
 */
export function transactionType({ type, nonCard }: Pick<TransactionFacts, 'type' | 'nonCard'>): TransactionType {
  if (!nonCard) return type;
  if (type === 'charge') return 'payment';
  return type === 'refund' || type === 'refund_failure' ? 'payment_refund' : type;
}

export type EntryType =
  | 'authorized'
  | 'incremented'
  | 'captured'
  | 'voided'
  | 'refund_requested'
  | 'refund_succeeded'
  | 'refund_failed'
  | 'released'
  | 'reserve_released'
  | 'payout_created'
  | 'payout_paid'
  | 'payout_failed'
  | 'payout_returned'
  | 'payout_canceled'
  | 'surplus_received'
  | 'surplus_returned'
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost'
  | 'channel_costs'
  | 'channel_settled'
  | 'suspended'
  | 'exchanged';

export interface JournalEntry {
  readonly type: EntryType;
  /** The object it is about; with `type` and `step` the entry's identity. */
  readonly body: ObjectKey;
  readonly step: number;
  readonly currency: Currency;
  /** When the fact was committed (ms), frozen with it; the business date follows from it. */
  readonly committedMs: number;
  readonly legs: readonly Leg[];
  readonly transaction?: TransactionFacts;
  /** Part of a capture's gross that the release moves to the reserve; set on captures when their terms say so. */
  readonly reserve?: bigint;
  /** When that part falls due (reserve.ts). */
  readonly reserveDate?: ReserveDate;
  /** Shares of the payment's holds that a refund or a chargeback releases at its settlement. */
  readonly freed?: readonly ReserveShare[];
  /** Channel reference or other name by which people find it elsewhere. */
  readonly reference?: string;
}

/** Identity of the entry, e.g. `captured#<payment>#1`. */
export const entryId = ({ type, body, step }: Pick<JournalEntry, 'type' | 'body' | 'step'>): string =>
  `${type}#${body}#${step}`;

/** Totals per account, debits − credits. */
export type Totals = ReadonlyMap<string, bigint>;

/** Sums the legs of `entries`, per currency and account; the balance of an account is the fold of its entries (I5). */
export function fold(
  entries: Iterable<JournalEntry>,
  into = new Map<Currency, Map<string, bigint>>(),
): Map<Currency, Map<string, bigint>> {
  for (const entry of entries) {
    const totals = into.get(entry.currency) ?? new Map<string, bigint>();
    into.set(entry.currency, totals);
    for (const leg of entry.legs) {
      const sum = totals.get(leg.account) ?? 0n;
      totals.set(leg.account, leg.side === 'debit' ? sum + leg.amount : sum - leg.amount);
    }
  }
  return into;
}

/** How much the entry adds to a liability account such as `pending`: credits − debits. */
export const credited = (entry: JournalEntry, account: string): bigint =>
  entry.legs.reduce(
    (sum, leg) => (leg.account !== account ? sum : leg.side === 'credit' ? sum + leg.amount : sum - leg.amount),
    0n,
  );

/** Throws unless the entry's legs balance and each is positive (I1). */
export function assertBalanced(entry: JournalEntry): void {
  const sum = entry.legs.reduce((total, leg) => total + (leg.side === 'debit' ? leg.amount : -leg.amount), 0n);
  if (sum !== 0n || entry.legs.length === 0 || entry.legs.some((leg) => leg.amount <= 0n))
    throw new Error(`entry ${entryId(entry)} does not balance`);
}

/** The shares of a reserve that an entry releases, as its member. */
export const freed = (shares: JournalEntry['freed'] = []): Pick<JournalEntry, 'freed'> =>
  shares.length === 0 ? {} : { freed: shares };

/** When the last of the entries was committed; undefined for none. */
export const lastCommittedMs = (entries: readonly JournalEntry[]): number | undefined =>
  entries.length === 0 ? undefined : Math.max(...entries.map(({ committedMs }) => committedMs));
