/**
 * Journal entries: immutable (I3), balanced per currency (I1), one per (type, business id, step) under a key that is a pure
 * function of the frozen commit time (I4). An entry is also the settlement line and, where it has `transaction`, the balance
 * transaction.
 */
import type { Currency } from '../shared/money.ts';

export interface Leg {
  readonly side: 'debit' | 'credit';
  /** Ledger account, e.g. `liab:merchant:pending`; dimensions (channel) in the path, the merchant and mode in the entry's scope. */
  readonly account: string;
  readonly amount: bigint;
}

export type BalanceTransactionType =
  | 'charge' | 'refund' | 'refund_failure' | 'payout' | 'payout_failure' | 'adjustment' | 'reserve_hold' | 'reserve_release';

/** The merchant's view of an entry: how it moves their balance. `net = amount − fee`. */
export interface TransactionFacts {
  readonly type: BalanceTransactionType;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly source: string;
  readonly description?: string;
}

export type EntryType =
  | 'authorized' | 'captured' | 'voided' | 'refund_requested' | 'refund_succeeded' | 'refund_failed'
  | 'released' | 'payout_created' | 'payout_paid' | 'payout_failed' | 'payout_returned';

export interface JournalEntry {
  /** Deterministic: `<type>#<business id>#<step>`. */
  readonly id: string;
  readonly type: EntryType;
  readonly currency: Currency;
  /** When the fact was committed (ms), frozen with it; the business date follows from it. */
  readonly committedMs: number;
  readonly legs: readonly Leg[];
  readonly transaction?: TransactionFacts;
  /** Part of a capture's gross that the release moves to the reserve; set on captures when their terms say so. */
  readonly reserve?: bigint;
  /** Id of the entry that this one reverses. */
  readonly reverses?: string;
}
