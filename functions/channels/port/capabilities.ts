/** What a channel can do, as data. The core asks this, and never which channel it is. */
import type { WalletClient, WalletType } from './instrument.ts';

/** Least and greatest amount of a payment, in minor units of its currency. */
export interface AmountLimits {
  readonly least?: bigint;
  readonly greatest?: bigint;
}

/** What a channel does with one kind of instrument. */
export interface InstrumentCapability {
  /** ISO 4217 codes in lower case; `all`: every currency that Sluice knows. */
  readonly currencies: readonly string[] | 'all';
  /** By currency, where the channel has limits of its own. */
  readonly amounts?: Readonly<Partial<Record<string, AmountLimits>>>;
  /** `later`: an amount can be held and captured later. Otherwise each payment is captured in one step. */
  readonly capture: 'at_once' | 'later';
  /** The payer approves each payment before the channel decides: without the payer there is nothing to charge. */
  readonly needsPayer?: true;
  /** The payer's action may be a form or a code: each attempt then keeps the address of a page of ours that posts the one or shows the other. */
  readonly forms?: true;
  /** Where the payer of a wallet may be. Absent: `web` alone. */
  readonly clients?: readonly WalletClient[];
  /** How long the payer has, ms: the expiry that is sent with the order. Absent: the channel names its own. */
  readonly payableMs?: number;
  /** The channel knows nothing of the order before the payer opens it, so a query that finds nothing is no answer until the order has expired. */
  readonly unknownUntilOpened?: true;
  /** After the payer has approved, the payment is completed by a call of ours (`resume`). */
  readonly resumes?: true;
  /** How long after the capture a merchant's refund is possible, days. Absent: without limit. */
  readonly refundDays?: number;
}

/**
 * How an unknown outcome is learned (I15). query: the channel is asked under our reference. cancel_by_reference: it cannot be asked, so a void under
 * our reference decides about the payment, and captures, voids and increments are sent again under their numbers. resend: a refund is sent again under
 * its reference. What is sent again is the same request, and only within `idempotencyMs`.
 */
export interface Recovery {
  readonly payment: 'query' | 'cancel_by_reference';
  readonly refund: 'query' | 'resend';
}

/** What the channel does with each kind of instrument that it takes. */
export interface Instruments {
  readonly card?: InstrumentCapability;
  readonly wallets: Readonly<Partial<Record<WalletType, InstrumentCapability>>>;
}

export interface Capabilities extends Instruments {
  readonly recovery: Recovery;
  /** How long ago the channel can still list what it did (`Listing`), ms. Absent: it cannot list. */
  readonly listedMs?: number;
  /** Callbacks may name a payment as the channel does, without our reference (`Channel.referenceOf`). */
  readonly callbacksNameParents?: true;
}

/** How long a channel takes, as data: no constant of the core stands for it. */
export interface Timing {
  /**
   * After a request, or after the expiry of what the payer could still pay, the channel may not know of it for so long, ms (I15). Where the channel has
   * no query, a payment of which it has not reported an outcome by then is voided.
   */
  readonly settlingMs: number;
  /** For so long, ms, the same request under the same reference or number is one request: sent again within it, it counts as a query (I15). */
  readonly idempotencyMs: number;
  /** For how long a payer's challenge is asked about, ms, where the order names no expiry. */
  readonly challengeMs: number;
  /** For how long the channel may decide about an order that its payer has paid, ms. After that, a person examines it. */
  readonly decisionMs: number;
  /** An open payment or refund is asked about after its age so far, but at least this often, ms. */
  readonly longestWaitMs: number;
}

/** The channel's own limits of a payment in this currency; empty where it has none. */
export const limitsOf = ({ amounts }: InstrumentCapability, currency: string): AmountLimits =>
  amounts?.[currency] ?? {};

/** Whether the channel takes payments in this currency. */
export const takesCurrency = ({ currencies }: InstrumentCapability, currency: string): boolean =>
  currencies === 'all' || currencies.includes(currency);

/** Where the payer of a wallet may be. */
export const clientsOf = ({ clients = ['web'] }: InstrumentCapability): readonly WalletClient[] => clients;

/** What the channel does with this kind of instrument; undefined: nothing. */
export const capabilityOf = (capabilities: Instruments, type: 'card' | WalletType): InstrumentCapability | undefined =>
  type === 'card' ? capabilities.card : capabilities.wallets[type];
