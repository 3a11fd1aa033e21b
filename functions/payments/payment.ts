/**
 * The payment: one aggregate, one item (intent, attempts, counters, the reply to replay).
 *
 * I6: captured + released ≤ authorized; refunded (pending ones counted) ≤ captured. I15: an unknown outcome is `processing`.
 * Everything about it that others see (charges, events, journal entries, settlement lines) is a pure function of its stream record.
 */

import type { Shipping } from '../api/person.ts';
import type { Handles } from '../channels/port/handles.ts';
import type { MethodType, WalletClient } from '../channels/port/instrument.ts';
import type { HoldFeature } from '../channels/port/port.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import type { Currency, FeeTerms } from '../kernel/money.ts';
import type { Holds } from '../ledger/reserve.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import type { Aggregate } from '../table/record.ts';
import { type Attempt, hasUnresolvedMoney } from './attempt.ts';

export type PaymentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

/** What of a payment is changed with an operation that takes effect, and only then. */
export interface OperationChanges
  extends Partial<
    Pick<
      Payment,
      'description' | 'receiptEmail' | 'statementDescriptor' | 'statementDescriptorSuffix' | 'transferGroup'
    >
  > {
  /** By name; an empty value takes one away, an empty string all. */
  readonly metadata?: Readonly<Record<string, string>> | '';
}

/** A capture, cancel or increment that was sent and whose outcome is not known yet: it blocks others (lock_timeout) until it is. */
export interface PendingOperation {
  readonly kind: 'capture' | 'void' | 'increment';
  /** Of a cancel: an order that is not paid is closed, for nothing is held. */
  readonly closes?: true;
  readonly operation: number;
  /** Of an increment: the new total. */
  readonly amount: bigint;
  /** Of a capture: the rest stays authorized. */
  readonly keepsRest?: true;
  readonly changes?: OperationChanges;
  readonly sentMs: number;
  /** What the channel calls it, where it said so without an outcome. */
  readonly handles?: Handles;
  readonly cancellationReason?: string;
  readonly keyHash?: string;
}

/** The request behind the last commit, and its reply: the stream moves it to the idempotency item. */
export interface ReplyMarker {
  /** Sort-free key of the idempotency item: `scope#sha256(key)`. */
  readonly keyHash: string;
  readonly requestId: string;
  readonly idempotencyKey: string;
  /** `payment` answers 200 with the payment intent; `decline` answers 402 with the last attempt's error. */
  readonly kind: 'payment' | 'decline';
  readonly apiVersion: string;
}

/** What went back to the payer of a payment of which a reserve is held (returned.ts). Minor units. */
export interface Returned {
  /** Sum of the chargebacks that are not won. */
  readonly disputed: bigint;
  /** What refunds and chargebacks have released of its reserve, or will once they succeed, by date. */
  readonly freed: Holds;
}

/** What the merchant captured, frozen at capture: fees are an input of the ledger, never recomputed. */
export interface CaptureFacts {
  readonly amount: bigint;
  readonly fee: bigint;
  readonly reserve: bigint;
  readonly terms: FeeTerms;
  readonly capturedMs: number;
  /** More could be captured after it. Where the hold can do that, also which operation it was, and whose: requests are carried on. */
  readonly keepsRest?: true;
  readonly operation?: number;
  readonly keyHash?: string;
  /** What the channel calls the capture. */
  readonly handles?: Handles;
  /** The channel took it without being asked; no operation of ours is known to have done it. */
  readonly unasked?: true;
  /** The description that the balance transaction has (null: none), once the payment has been given another. */
  readonly described?: string | null;
}

/** `payment_method_options` of wallets, in Stripe's names. */
export interface WalletOptions {
  readonly alipay?: { readonly client?: WalletClient; readonly setup_future_usage?: 'none' };
  readonly wechat_pay?: {
    readonly app_id?: string;
    readonly client?: WalletClient;
    readonly ip_address?: string;
    readonly openid?: string;
    readonly setup_future_usage?: 'none';
  };
  readonly paypal?: {
    readonly capture_method?: 'manual';
    readonly preferred_locale?: string;
    readonly reference?: string;
    readonly setup_future_usage?: 'none';
  };
}

export interface Payment extends Aggregate {
  readonly status: PaymentStatus;
  readonly amount: bigint;
  readonly currency: Currency;
  readonly captureMethod: 'automatic' | 'automatic_async' | 'manual';
  readonly confirmationMethod: 'automatic' | 'manual';
  /** `automatic_payment_methods` was enabled: its types follow from the channel's capabilities. `never`: without those that redirect. */
  readonly automaticMethods?: 'always' | 'never';
  /** The types of payment method that it may be paid with, where these are not cards alone. */
  readonly methodTypes?: readonly MethodType[];
  readonly walletOptions?: WalletOptions;
  /**
   * `payment_method_options[card][capture_method]` of a payment that other types may pay too: a card holds the amount. Where cards alone may
   * pay it, `captureMethod` says so, as version 0.1 stored it.
   */
  readonly cardHeld?: boolean;
  /** Types that the merchant does not offer, in Stripe's names. */
  readonly excludedTypes?: readonly string[];
  /** A charge without an intent: no operation shows an intent, and its payer cannot be challenged. */
  readonly direct?: true;
  /** What made the last commit: projections read it together with old and new image. */
  readonly cause: PaymentCause;
  /** payment_intent.created has not been announced yet: the next commit that leaves `processing` announces it first. */
  readonly unannounced?: boolean;
  /** Commits after the first that left that announcement to a later one: repair has no earlier image, and counts them (image-before.ts). */
  readonly silent?: number;
  readonly method?: MethodFacts;
  readonly customer?: ObjectKey;
  /** Whether to challenge the payer regardless of the issuer, as the creation or a confirmation requested. */
  readonly requestChallenge?: 'automatic' | 'any' | 'challenge';
  /** The payment method is kept for the customer once the payment succeeds. */
  readonly setupFutureUsage?: 'on_session' | 'off_session';
  /** What a hold of it is to be able to do, where channel and card can. */
  readonly requestedFeatures?: readonly HoldFeature[];
  readonly shipping?: Shipping;
  readonly description?: string;
  readonly receiptEmail?: string;
  readonly statementDescriptor?: string;
  readonly statementDescriptorSuffix?: string;
  readonly transferGroup?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly attempts: readonly Attempt[];
  readonly pending?: PendingOperation;
  /** Idempotency item of the last operation that was carried out: a request that is carried on finds its own work done. */
  readonly operationKeyHash?: string;
  /**
   * The last operation that was refused, or never arrived. A retry of its request gets the same reply and sends nothing. A report that it
   * took effect later finds its amount here.
   */
  readonly refusedOperation?: PendingOperation & { readonly reason: string };
  /** Follow-up operations sent so far (captures, voids, increments): numbers the next one. */
  readonly operations: number;
  /** The first capture, of nearly every payment the only one; `capturesOf` has all. */
  readonly capture?: CaptureFacts;
  /** Captures after the first, oldest first. */
  readonly laterCaptures?: readonly CaptureFacts[];
  /** Sum of refunds that are pending or succeeded. */
  readonly refunded: bigint;
  /** Number of refunds ever made. */
  readonly refundCount: number;
  /** Chargebacks there ever were, and of these the ones that are not won: while there is one, nothing is refunded. */
  readonly disputes?: { readonly opened: number; readonly blocking: number };
  /** The newest chargeback of each charge, by its ordinal. Until 0.2 a payment did not name them. */
  readonly disputedBy?: Readonly<Record<string, ObjectKey>>;
  /** What went back to the payer, where a reserve is held of the payment. */
  readonly returned?: Returned;
  /** Minor units that chargebacks have taken and not given back, by the ordinal of the charge. Version 0.1 did not count them. */
  readonly chargedBack?: Readonly<Record<string, bigint>>;
  /** The last refunds, oldest first: evidence for a dispute. Version 0.1 did not list them. */
  readonly lastRefunds?: readonly ObjectKey[];
  readonly canceledMs?: number;
  readonly cancellationReason?: string;
  /** The Checkout Session that it is made by: the session moves with it, and it is the session's to confirm and to cancel. */
  readonly session?: ObjectKey;
  readonly reply?: ReplyMarker;
}

export type PaymentCause =
  | 'created'
  | 'updated'
  | 'confirming'
  /** The channel of the last attempt did not accept it, and another one takes its place. */
  | 'rerouted'
  | 'outcome'
  | 'capturing'
  | 'captured'
  | 'capture_failed'
  | 'canceling'
  | 'canceled'
  | 'cancel_failed'
  /** The rest of the hold after its captures was released. */
  | 'released'
  | 'incrementing'
  | 'incremented'
  | 'increment_failed'
  /** Money that no capture accounts for was booked. */
  | 'surplus_received'
  | 'surplus_returned'
  /** The channel reported money, and is to be asked what that means; or it was asked. */
  | 'money_reported'
  /** Only what the channel calls the payment or an operation is new. */
  | 'handles_learned'
  /** Nothing happened but that a request was answered: only its reply is new. */
  | 'replied'
  | 'disputed'
  | 'charge_updated'
  | 'refund_requested'
  | 'refund_failed';

/** The next states that each state may move to; anything else is a bug (`next` asserts it). */
export const NEXT_STATUS = {
  requires_payment_method: ['requires_confirmation', 'processing', 'canceled', 'requires_capture', 'succeeded'],
  requires_confirmation: ['requires_payment_method', 'processing', 'canceled'],
  requires_action: [
    'processing',
    'requires_payment_method',
    'requires_confirmation',
    'requires_capture',
    'succeeded',
    'canceled',
  ],
  processing: ['requires_action', 'requires_payment_method', 'requires_confirmation', 'requires_capture', 'succeeded'],
  requires_capture: ['succeeded', 'canceled'],
  succeeded: [],
  canceled: [],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>;

/** The channel holds nothing of the payment: no attempt, or only failed ones. It may be confirmed and changed. So may a setup intent. */
export const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation'] as const;
export const isConfirmable = (status: string): boolean => (CONFIRMABLE as readonly string[]).includes(status);

/** The types of payment method that it may be paid with. */
export const typesOf = ({ methodTypes = ['card'] }: Pick<Payment, 'methodTypes'>): readonly MethodType[] => methodTypes;

/** Whether a payment with this type holds the amount for a later capture: as the payment says, or the options of the type. */
export const isHeld = (
  { captureMethod, walletOptions, cardHeld }: Pick<Payment, 'captureMethod' | 'walletOptions' | 'cardHeld'>,
  type: MethodType,
): boolean =>
  captureMethod === 'manual' ||
  (type === 'card' && cardHeld === true) ||
  (type === 'paypal' && walletOptions?.paypal?.capture_method === 'manual');

/** The attempt that was made last, if any. */
export const lastAttempt = (payment: Payment): Attempt | undefined => payment.attempts.at(-1);

/** The attempt whose money the payment holds: authorized or captured, and not unapplied. */
export const paidAttempt = (payment: Payment): Attempt | undefined =>
  payment.attempts.find(
    (attempt) => !attempt.surplus && (attempt.status === 'authorized' || attempt.status === 'captured'),
  );

/** The attempt that an operation changes: the authorized one, or the one that waits for its challenge. */
export const operatedAttempt = (payment: Payment): Attempt => paidAttempt(payment) ?? lastAttempt(payment)!;

/** The same attempt as an earlier image of the payment has it. */
export const attemptBefore = (old: Payment | undefined, attempt: Attempt): Attempt | undefined =>
  old?.attempts.find((candidate) => candidate.ordinal === attempt.ordinal);

/** Every capture, oldest first. */
export const capturesOf = ({ capture, laterCaptures = [] }: Payment): readonly CaptureFacts[] =>
  capture ? [capture, ...laterCaptures] : [];

/** The sum of its captures, in minor units. */
export const capturedAmount = (payment: Payment): bigint =>
  capturesOf(payment).reduce((sum, { amount }) => sum + amount, 0n);

/** What may still be captured, in minor units. */
export const capturable = (payment: Payment): bigint =>
  payment.status === 'requires_capture' ? payment.amount - capturedAmount(payment) : 0n;

/** What may still be refunded, in minor units. */
export const refundable = (payment: Payment): bigint => capturedAmount(payment) - payment.refunded;

/** Whether something about the payment is still to be learned or done: the janitor's question. */
export const isUnresolved = (payment: Payment): boolean =>
  payment.status === 'processing' || payment.pending !== undefined || payment.attempts.some(hasUnresolvedMoney);

/** Whether the payer was challenged: they may have responded, and the response may still be unknown here. */
export const awaitsPayer = (payment: Payment): boolean => payment.status === 'requires_action';
