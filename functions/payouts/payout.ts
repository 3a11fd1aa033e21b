/** The payout: one item in the payments table, so that its events and journal entries come from the same stream. */
import type { ChannelAccount } from '../channels/port/port.ts';
import { newObjectKey, type ObjectKey, type Scope, tailOf } from '../kernel/ids.ts';
import { lattice } from '../kernel/lattice.ts';
import type { Currency } from '../kernel/money.ts';
import type { BankAccount, MerchantId } from '../merchants/merchant.ts';
import { type Aggregate, nextRecord, type RequestMark } from '../table/record.ts';

/** pending: made, not ordered (or not known to be); in_transit: the bank has it; failed, canceled: the money is back in `available`. */
export type PayoutStatus = 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled';

/** The next states that each state may move to; anything else is a bug (`putPayout` asserts it). */
export const NEXT_PAYOUT_STATUS = {
  pending: ['in_transit', 'paid', 'failed', 'canceled'],
  in_transit: ['paid', 'failed'],
  // A bank may send back what it paid.
  paid: ['failed'],
  failed: [],
  canceled: [],
} as const satisfies Record<PayoutStatus, readonly PayoutStatus[]>;

export interface Payout extends Aggregate {
  readonly status: PayoutStatus;
  readonly amount: bigint;
  readonly currency: Currency;
  /** When the money should be in the bank. */
  readonly arrivalMs: number;
  /** Frozen at creation. */
  readonly bank: BankAccount;
  /** Whose bank account it is. Payouts of version 0.1 do not say. */
  readonly merchant?: MerchantId;
  /** Where the bank is reached; absent when none is connected for this mode. */
  readonly account?: ChannelAccount;
  /** Our name for it at the bank (I10): the scope, and the object key or what `namesOfAutomatic` says. */
  readonly reference: string;
  /** End of the settled period it pays out; with the currency, the batch. Absent when a merchant asked for it. */
  readonly sealedThroughMs?: number;
  /** Claimed for the bank: from then on the order may be under way, and only the bank ends it. */
  readonly ordering?: true;
  /** When the bank paid it, whatever became of it since. */
  readonly paidMs?: number;
  /** When it was paid, failed or canceled: the latest of these. */
  readonly endedMs?: number;
  readonly description?: string;
  readonly statementDescriptor?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly failureCode?: string;
  /** Its failure disabled the bank account. */
  readonly disabledBank?: true;
  /** The bank's own name for the transfer. */
  readonly traceId?: string;
}

/**
 * Object key and bank reference of the payout of a settled period. The reference is of period and currency alone: a settlement that is made again
 * after a restore orders under the name that the bank has. The keys' ends are equal, so that the one leads to the other.
 */
export function namesOfAutomatic(
  { scope, sealedThroughMs }: { readonly scope: Scope; readonly sealedThroughMs: number },
  currency: Currency,
  nowMs: number,
): { readonly body: ObjectKey; readonly reference: string } {
  const tail = tailOf(`${scope}|${sealedThroughMs}|${currency}`);
  // The first shard, which every scope has: how many there are may change before the settlement is made again.
  const keyAt = (ms: number): ObjectKey => newObjectKey(ms, () => tail, 1);
  return { body: keyAt(nowMs), reference: `${scope}${keyAt(sealedThroughMs)}` };
}

/** What the bank says of it. `failed` after `paid` is a return: banks do send money back. */
export type PayoutNews =
  | { readonly kind: 'ordered' }
  | { readonly kind: 'paid'; readonly traceId: string }
  /** With a trace id it was paid before, even when no report of it arrived. */
  | { readonly kind: 'failed'; readonly code: string; readonly traceId?: string };

const STATUSES = lattice<PayoutStatus>({ pending: 0, in_transit: 1, paid: 2, failed: 3, canceled: 4 });
const NEWS_STATUS = { ordered: 'in_transit', paid: 'paid', failed: 'failed' } as const satisfies Record<
  PayoutNews['kind'],
  PayoutStatus
>;

/**
 * The payout after `news`, as its next version, or undefined when that is no news: it only moves forward (I13). `disables`: a failure
 * disables the bank account.
 */
export function applyPayoutNews(payout: Payout, news: PayoutNews, nowMs: number, disables = false): Payout | undefined {
  const status = NEWS_STATUS[news.kind];
  if (!STATUSES.isNews(payout.status, status)) return undefined;
  return ended(payout, nowMs, {
    status,
    ...('traceId' in news && news.traceId !== undefined && { traceId: news.traceId }),
    ...(news.kind === 'failed' && { failureCode: news.code, ...(disables && { disabledBank: true }) }),
  });
}

/** Paid, failed or canceled. A paid one may still come back. */
export const hasEnded = ({ status }: Payout): boolean =>
  status === 'paid' || status === 'failed' || status === 'canceled';

/** Paid out by a settlement; otherwise a merchant asked for it. */
export const isAutomatic = ({ sealedThroughMs }: Payout): boolean => sealedThroughMs !== undefined;

/** Whether the bank had paid it before it failed: it was sent back. */
export const wasPaid = ({ traceId }: Payout): boolean => traceId !== undefined;

/** Whether it can still be canceled: a merchant's own, whose order has not begun. */
export const isCancelable = (payout: Payout): boolean =>
  payout.status === 'pending' && !payout.ordering && !isAutomatic(payout);

/** The payout called off, as its next version; the books give the money back with this commit. */
export const canceled = (payout: Payout, nowMs: number, request?: RequestMark): Payout =>
  ended(payout, nowMs, { status: 'canceled' }, request);

function ended(payout: Payout, nowMs: number, changes: Partial<Payout>, request?: RequestMark): Payout {
  const next = nextRecord(payout, nowMs, changes, request);
  if (next.status === 'in_transit') return next;
  // A returned payout was paid before, even when no report of it arrived: both are booked.
  const paid = next.status === 'paid' || (wasPaid(next) && next.paidMs === undefined);
  return { ...next, endedMs: next.committedMs, ...(paid && { paidMs: next.committedMs }) };
}
