/**
 * The bank port: what the product knows of a bank that pays merchants out. A channel that moves payouts implements it, and payouts and
 * settlement know nothing else of it.
 */
import type { ChannelAccount, PayoutOutcome } from './port.ts';

export interface PayoutOrder {
  /** Our own stable reference (alphanumeric, at most 40): ordering twice under it is ordering once (I10). */
  readonly reference: string;
  /** The account at the bank's channel from which it is paid. */
  readonly account: ChannelAccount;
  readonly amount: bigint;
  readonly currency: string;
  readonly bank: { readonly last4: string; readonly country: string; readonly holder: string };
}

/** `unknown`: no answer, or none that can be read. The order is asked about, and is never taken for failed (I15). */
export type PayoutState = { readonly kind: 'unknown'; readonly reason: string } | PayoutOutcome;

export interface Bank {
  pay(order: PayoutOrder): Promise<PayoutState>;
  /** `unknown` when the bank has another amount or currency under the reference. */
  query(order: Omit<PayoutOrder, 'bank'>): Promise<PayoutState | { readonly kind: 'not_found' }>;
}

/** The bank behind a channel, by the channel's name on the payout's account. */
export type BankOf = (channel: string) => Bank;
