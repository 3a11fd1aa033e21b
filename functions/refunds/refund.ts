/**
 * The refund: its own item, made in one transaction with the payment's counter and the books. I6: refunds, pending ones counted, never exceed
 * what was captured; I15: an unknown outcome is `pending`.
 */
import type { Handles } from '../channels/port/handles.ts';
import type { WalletType } from '../channels/port/instrument.ts';
import type { ChannelAccount, RefundedHandles } from '../channels/port/port.ts';
import type { ChannelReference, ObjectKey } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { ReserveShare } from '../ledger/reserve.ts';
import type { Aggregate } from '../table/record.ts';

export type RefundStatus = 'pending' | 'succeeded' | 'failed' | 'canceled';

/** The next states that each state may move to; anything else is a bug (`putRefund` asserts it). No card refund is canceled. */
export const NEXT_REFUND_STATUS = {
  pending: ['succeeded', 'failed'],
  // An issuer may send the money back.
  succeeded: ['failed'],
  failed: [],
  canceled: [],
} as const satisfies Record<RefundStatus, readonly RefundStatus[]>;

/** A refund: its own item, made in one transaction with the payment's counter, the books and, for a settled payment, `available`. */
export interface Refund extends Aggregate {
  readonly payment: ObjectKey;
  readonly chargeOrdinal: number;
  /** The charge has no intent. */
  readonly direct?: true;
  readonly reference: ChannelReference;
  readonly paymentReference: ChannelReference;
  readonly channel: ChannelAccount;
  /** What the channel calls the refund, as far as it said so. */
  readonly handles?: Handles;
  /** What the channel calls that which is refunded, as it was known when the refund was made. */
  readonly refunded?: RefundedHandles;
  /** The wallet that the money goes back to; absent: a card. */
  readonly wallet?: WalletType;
  readonly status: RefundStatus;
  readonly amount: bigint;
  readonly currency: Currency;
  /** Which account gave the money: the open period's pending, or available. */
  readonly fundedBy: 'pending' | 'available';
  /** Shares of the payment's reserve that its success releases, frozen with the request. */
  readonly reserveFreed?: readonly ReserveShare[];
  readonly reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer';
  readonly metadata: Readonly<Record<string, string>>;
  readonly failureReason?: string;
  /** The channel has refused it for now: while it is pending, the janitor sends it again under the same reference. */
  readonly resends?: true;
  /** Commit times of success and failure (which may follow it): their journal entries are keyed by them. */
  readonly succeededMs?: number;
  readonly failedMs?: number;
  readonly reply?: {
    readonly keyHash: string;
    readonly requestId: string;
    readonly idempotencyKey: string;
    readonly apiVersion: string;
  };
}
