/** What a closed period owes a merchant: pure sums over its entries, per currency. I9: batch net = sum of its lines, payout = net − reserve held back + reserve released. */

import type { Currency } from '../kernel/money.ts';
import { accounts } from '../ledger/accounts.ts';
import { credited, type JournalEntry, transactionType } from '../ledger/entry.ts';
import { transactionIdOf } from '../ledger/keys.ts';
import { type Holds, type ReserveShare, reserveDate, sharesOf } from '../ledger/reserve.ts';

/** One line of a batch: how one entry moved the merchant's pending funds. */
export interface Line {
  /** The balance transaction. */
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly committedMs: number;
  readonly gross: bigint;
  readonly fee: bigint;
  /** gross − fee, less what was available at once: what it adds to `pending`. */
  readonly net: bigint;
  /** What a capture made available at once; absent where that is nothing. */
  readonly ahead?: bigint;
  /** Held back from it. */
  readonly reserve: bigint;
}

export interface Net {
  readonly currency: Currency;
  readonly lines: readonly Line[];
  readonly gross: bigint;
  readonly fees: bigint;
  readonly refunds: bigint;
  readonly net: bigint;
  /** Sum of what the lines made available at once; absent where that is nothing. */
  readonly ahead?: bigint;
  /** Sum of the lines' reserve. */
  readonly reserve: bigint;
  /** The same by the date at which it falls due; absent in manifests of 0.1. */
  readonly holds?: Holds;
  /** What refunds and chargebacks of the period release of holds, by the same dates. */
  readonly freed?: Holds;
}

/**
 * The lines and sums of each currency in which the entries moved pending funds or release a reserve, in order of currency. Captures under
 * terms of 0.1 do not say for how long their reserve is held: for `reserveDays`.
 */
export function netOf(entries: readonly JournalEntry[], reserveDays: number): readonly Net[] {
  const byCurrency = new Map<Currency, JournalEntry[]>();
  for (const entry of entries) {
    if (!lineOf(entry) && !entry.freed) continue;
    const group = byCurrency.get(entry.currency) ?? [];
    byCurrency.set(entry.currency, group);
    group.push(entry);
  }
  return [...byCurrency]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, group]) => ({
      ...summed(
        currency,
        group.flatMap((entry) => lineOf(entry) ?? []),
      ),
      holds: sharesOf(group.flatMap((entry) => holdOf(entry, reserveDays))),
      freed: sharesOf(group.flatMap(({ freed = [] }) => freed)),
    }));
}

const holdOf = (
  { reserve: amount = 0n, reserveDate: date, committedMs }: JournalEntry,
  days: number,
): readonly ReserveShare[] => (amount > 0n ? [{ date: date ?? reserveDate(committedMs, days), amount }] : []);

/** Settlement's own entry moves pending funds out; it is the batch, not one of its lines. */
function lineOf(entry: JournalEntry): Line | undefined {
  const net = credited(entry, accounts.pending);
  if (entry.type === 'released' || (net === 0n && entry.type !== 'captured')) return undefined;
  const fee = entry.transaction?.fee ?? 0n;
  const ahead = entry.type === 'captured' ? credited(entry, accounts.available) : 0n;
  return {
    id: transactionIdOf(entry),
    type: entry.transaction ? transactionType(entry.transaction) : entry.type,
    source: entry.transaction?.source ?? entry.body,
    committedMs: entry.committedMs,
    gross: net + ahead + fee,
    fee,
    net,
    ...(ahead !== 0n && { ahead }),
    reserve: entry.reserve ?? 0n,
  };
}

const sum = (lines: readonly Line[], of: (line: Line) => bigint): bigint =>
  lines.reduce((total, line) => total + of(line), 0n);

/** A refund, or one that came back, by any payment method. */
const isOfRefund = ({ type }: Line): boolean => type.startsWith('refund') || type === 'payment_refund';

function summed(currency: Currency, unordered: readonly Line[]): Net {
  const lines = [...unordered].sort((a, b) => a.committedMs - b.committedMs || (a.id < b.id ? -1 : 1));
  const ahead = sum(lines, (line) => line.ahead ?? 0n);
  const refundLines = lines.filter(isOfRefund);
  return {
    currency,
    lines,
    gross: sum(lines, (line) => line.gross) - sum(refundLines, (line) => line.gross),
    fees: sum(lines, (line) => line.fee),
    refunds: sum(refundLines, (line) => line.gross),
    net: sum(lines, (line) => line.net),
    ...(ahead !== 0n && { ahead }),
    reserve: sum(lines, (line) => line.reserve),
  };
}

/**
 * What goes to the bank of an available balance: the largest multiple of the currency's payout step, rounded down. Nothing while that is
 * below the least payout. The rest stays available and is carried forward.
 */
export function payable(available: bigint, minimum: bigint, step: bigint): bigint {
  const amount = available - (available % step);
  return amount > 0n && amount >= minimum ? amount : 0n;
}

/** What the period holds back, by date: a manifest of 0.1 has it in its lines alone. */
export const addedBy = (net: Net | undefined, reserveDays: number): Holds =>
  net?.holds ??
  sharesOf(
    (net?.lines ?? [])
      .filter(({ reserve }) => reserve > 0n)
      .map(({ reserve: amount, committedMs }) => ({ date: reserveDate(committedMs, reserveDays), amount })),
  );
