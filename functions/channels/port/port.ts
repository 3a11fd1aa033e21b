/**
 * The channel port: all that the product knows of an acquirer, a PSP or a wallet. One folder per channel implements it.
 *
 * I15: a timeout, a 5xx, an unreadable or unverified answer is `unknown`, never `failed`; an unknown is asked about (`query`), or recovered as the
 * capabilities say (`Recovery`), and a payment is never sent again. Every operation is named by our own stable reference, so that both are possible.
 */
import type { ChannelReference } from '../../kernel/ids.ts';
import type { Currency } from '../../kernel/money.ts';
import type { NextAction } from './action.ts';
import type { Handles } from './handles.ts';
import type { Instrument } from './instrument.ts';

/** Which of the merchant's accounts at which channel carries the payment; frozen on the attempt. */
export interface ChannelAccount {
  readonly channel: string;
  readonly account: string;
}

export const sameAccount = (one: ChannelAccount, other: ChannelAccount): boolean =>
  one.channel === other.channel && one.account === other.account;

/** What a hold may do beyond one capture of at most its amount. Each is asked for, and there only where channel and card can. */
export type HoldFeature = 'multicapture' | 'increment';

/**
 * What a channel keeps with a request and lists with it (`Listing`): with it a record that a restore lost is made again, under its idempotency
 * key. Hashes only: nothing secret, and nothing about the payer.
 */
export interface RequestNotes {
  /** base64url SHA-256 of the idempotency key. */
  readonly key?: string;
  /** base64url MAC of the request that the key stands for. */
  readonly request?: string;
  /** The charge was asked for by itself, without an intent. */
  readonly direct?: true;
  /** Object key of the checkout session that the charge pays: it must not be paid again. */
  readonly session?: string;
}

/** A payment at its channel: our reference, when its first commit was made, and what the channel is known to call it. */
export interface PaymentAtChannel {
  readonly reference: ChannelReference;
  readonly account: ChannelAccount;
  /** When its first commit was made, ms. It is known before any answer: some channels find a request by reference and time. */
  readonly createdMs: number;
  readonly handles?: Handles;
}

export interface AuthorizeRequest {
  readonly notes?: RequestNotes;
  readonly reference: ChannelReference;
  readonly account: ChannelAccount;
  /** When the first commit of the attempt was made, ms: the time of the request at channels that ask for one. */
  readonly createdMs: number;
  readonly amount: bigint;
  readonly currency: Currency;
  /** Capture in the same step, or hold for a later `capture`. */
  readonly capture: boolean;
  readonly instrument: Instrument;
  /** What a hold is to be able to do, where it can; nothing is asked of a capture in the same step. */
  readonly requestedFeatures?: readonly HoldFeature[];
  /** Where the payer comes back to: an address of ours, whatever the channel. */
  readonly returnUrl?: string;
  /** Until when the payer can pay, ms: sent to the channel, which closes the order then. */
  readonly expiresMs?: number;
  /** The payer is not there: a challenge is a decline (authentication_required). */
  readonly offSession: boolean;
  /** The card was set up for payments without its owner. */
  readonly setUp?: boolean;
  /** The merchant wants the payer to be asked, where the card can be. */
  readonly wantsChallenge?: boolean;
  /** A challenge that is passed is an answer by itself (`authenticated`): nothing is charged before another request names it. */
  readonly stopsAfterChallenge?: boolean;
  /** The request whose challenge the payer passed: with the same card, amount and currency they are not asked again, nor for the code. */
  readonly authentication?: ChannelReference;
  /** What the payer's statement prints, complete: at most 22 characters. */
  readonly statementDescriptor?: string;
}

/** Operations on an authorized payment. `operation` numbers them per payment, so each has one stable name at the channel. */
export interface FollowUp extends PaymentAtChannel {
  readonly notes?: RequestNotes;
  readonly operation: number;
  /** When the first commit of the operation was made, ms. */
  readonly sentMs: number;
  readonly currency: Currency;
}
export interface CaptureRequest extends FollowUp {
  readonly amount: bigint;
  /** What the statement prints from now on, where that changes. */
  readonly statementDescriptor?: string;
  /** The rest stays authorized for another capture. Otherwise it is released. Only where the hold has `multicapture`. */
  readonly keepsRest?: boolean;
}
export interface IncrementRequest extends FollowUp {
  /** What the statement prints from now on, where that changes. */
  readonly statementDescriptor?: string;
  /** The new total to be held, more than before. Only where the hold has `increment`. */
  readonly amount: bigint;
}
/** What the channel calls that which is refunded. */
export interface RefundedHandles {
  readonly payment?: Handles;
  /** Of the capture, where one operation took all of the money. Several captures name none: a refund is of the payment. */
  readonly capture?: Handles;
}
/** A refund at its channel. */
export interface RefundAtChannel {
  /** The refund's own reference. */
  readonly reference: ChannelReference;
  /** The captured attempt that is refunded. */
  readonly payment: ChannelReference;
  readonly account: ChannelAccount;
  /** When the first commit of the refund was made, ms. */
  readonly createdMs: number;
  readonly refunded?: RefundedHandles;
}
/** A question about a refund. */
export interface RefundQuery extends RefundAtChannel {
  /** Of the refund itself. */
  readonly handles?: Handles;
}
export interface RefundRequest extends RefundAtChannel {
  readonly notes?: RequestNotes;
  readonly amount: bigint;
  readonly currency: Currency;
}

/** A question about an attempt, and about the operation on it whose outcome is not known. */
export interface AttemptQuery extends PaymentAtChannel {
  readonly operation?: {
    readonly number: number;
    readonly kind: OperationFacts['kind'];
    readonly sentMs: number;
    readonly handles?: Handles;
  };
}

/** The answer to a dispute. `submission` numbers the answers to one dispute: under its number an answer may be sent again. */
export interface DisputeAnswer {
  /** The disputed attempt. */
  readonly reference: ChannelReference;
  readonly account: ChannelAccount;
  /** The channel's own name of the dispute. */
  readonly dispute: string;
  readonly submission: number;
  /** Contest it with evidence, or accept that the money is lost. */
  readonly answer: 'contest' | 'accept';
  readonly evidence: Readonly<Record<string, string>>;
}

/** A dispute as its channel reports it: each fact is complete, so that the last one received is enough. */
export interface DisputeFacts {
  /** The channel's own name of it, at most 40 alphanumerics; unique per attempt. */
  readonly id: string;
  /** An inquiry only asks; a chargeback has taken `amount`, and `fee` for it. */
  readonly kind: 'inquiry' | 'chargeback';
  readonly amount: bigint;
  readonly currency: string;
  readonly fee: bigint;
  /** In Stripe's words. */
  readonly reason: string;
  /** The code of the card network, or of the wallet, for it. */
  readonly networkReasonCode?: string;
  readonly openedMs: number;
  /** Until when it may be answered. */
  readonly dueMs: number;
}
/** `closed`: an inquiry that ended without taking money. */
export type DisputeOutcome = { readonly kind: 'opened' | 'won' | 'lost' | 'closed' };
/** What a channel says of one dispute. */
export interface DisputeReport {
  readonly dispute: DisputeFacts;
  readonly outcome: DisputeOutcome;
}

/**
 * What a decline means for what comes next, out of the channel's own table of errors. hard: never again with this card. soft: perhaps later.
 * authentication: with a challenge. payer_action: the payer chooses or types again. configuration: our account or request is wrong.
 * technical_not_accepted: the channel did nothing, and may do it when asked again.
 */
export type DeclineClass =
  | 'hard'
  | 'soft'
  | 'authentication'
  | 'payer_action'
  | 'configuration'
  | 'technical_not_accepted';

/** Why a channel or issuer said no, in Stripe's codes. */
export interface Decline {
  readonly class?: DeclineClass;
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
  /** The issuer's or scheme's own raw code. */
  readonly networkCode?: string;
  /** What the issuer advises to do next, in Stripe's codes. */
  readonly adviceCode?: string;
}

/**
 * The recorded outcome of one attempt. A lattice (docs/invariants.md, W5): unknown < pending, requires_action < approved < authenticated < failed <
 * succeeded; it only moves up. Of an order, pending is above requires_action.
 */
export type AttemptOutcome = Named<AttemptResult>;

/** An outcome, with what the channel calls that which came of it: of a payment, a capture or a refund. */
type Named<Outcome> = Outcome & { readonly handles?: Handles };

type AttemptResult =
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Decided later. Of an order that waited for its payer: the payer has paid. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'requires_action'; readonly action: NextAction }
  /** The payer approved the payment, and no money moves before `resume`. A lost return is recovered by a query and `resume`. */
  | { readonly kind: 'approved' }
  /** The payer passed the challenge, and that was all that was asked for. */
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'failed'; readonly decline: Decline; readonly checks?: CardChecks }
  | {
      readonly kind: 'authorized';
      readonly authorizationCode: string;
      /** Minor units that are held, before any increment. Absent: the requested amount. */
      readonly amount?: bigint;
      readonly checks?: CardChecks;
      /** The capabilities of the hold, of those that were requested. */
      readonly features?: readonly HoldFeature[];
      readonly wallet?: WalletReceipt;
      readonly fundsAvailable?: FundsAvailable;
    }
  | {
      readonly kind: 'captured';
      readonly authorizationCode: string;
      readonly amount: bigint;
      readonly checks?: CardChecks;
      readonly wallet?: WalletReceipt;
      readonly fundsAvailable?: FundsAvailable;
      readonly disputes?: ReportedDisputes;
    };

/** The channel pays out what it takes of this payment when it takes it. Absent: with its settlement. */
type FundsAvailable = true;
/** What the payer's bank has opened by the time of the answer. Each is reported by a callback too. */
export type ReportedDisputes = readonly DisputeReport[];

/** What a wallet says of the payer and of the payment once it is paid. */
export interface WalletReceipt {
  /** The wallet's own number of the payment, as the payer finds it there. */
  readonly transaction?: string;
  /** The payer's account at the wallet. */
  readonly payerId?: string;
  readonly email?: string;
  readonly name?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
}

export interface CardChecks {
  readonly cvc?: 'pass' | 'fail' | 'unchecked' | 'unavailable';
  readonly postalCode?: 'pass' | 'fail' | 'unchecked' | 'unavailable';
  readonly line1?: 'pass' | 'fail' | 'unchecked' | 'unavailable';
}

/** The recorded outcome of a capture, a void, an increment or a refund. */
export type OperationOutcome = Named<OperationResult>;
type OperationResult =
  | { readonly kind: 'unknown'; readonly reason: string }
  /** `needsPerson`: it goes no further until a person acts at the channel, and why, in the channel's word. It raises an alarm. */
  | { readonly kind: 'pending'; readonly needsPerson?: string }
  /** `retryable`: it had no effect, and the same request under the same reference may succeed later (a refund beyond the balance at the channel). */
  | { readonly kind: 'failed'; readonly decline: Decline; readonly retryable?: true; readonly found?: FoundInstead }
  | { readonly kind: 'succeeded'; readonly disputes?: ReportedDisputes };

/**
 * Why a void, a close or a refund failed, at a channel that has no query: what it has of the payment. released: nothing is held or taken any more. Absent: the
 * channel does not say.
 */
export type FoundInstead = QueryResult<AttemptOutcome> | { readonly kind: 'released' };

/** What an operation was, where the channel says so: its reports may come after we have forgotten it. */
export interface OperationFacts {
  readonly kind: 'capture' | 'void' | 'increment';
  /** Minor units: what a capture took, the new total of an increment. */
  readonly amount?: bigint;
  /** Of a capture: the rest stays authorized. */
  readonly keepsRest?: boolean;
  /** When the channel carried it out, ms. */
  readonly atMs?: number;
  readonly notes?: RequestNotes;
}

/** What a bank knows of a payout. `failed` with a trace id was paid before: the bank sent the money back. */
export type PayoutOutcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'paid'; readonly traceId: string }
  /** `code` is one of Stripe's payout failure codes. `refused`: the order was not taken, which says nothing about the bank account. */
  | { readonly kind: 'failed'; readonly code: string; readonly traceId?: string; readonly refused?: true };

/** `not_found`: the channel has no such reference (which is final only after its settling time, I15). */
export type QueryResult<T> = T | { readonly kind: 'not_found' };

/** The whole state of an attempt at the channel, as a query answers it. */
export interface AttemptState {
  readonly attempt: QueryResult<AttemptOutcome>;
  /** Outcome per follow-up operation number that the channel knows of. A void that succeeded has returned what was taken in one step. */
  readonly operations: ReadonlyMap<number, OperationOutcome>;
  readonly operationFacts?: ReadonlyMap<number, OperationFacts>;
}

/** One fact out of a verified callback, in the port's terms. */
export type CallbackFact =
  | { readonly about: 'attempt'; readonly reference: ChannelReference; readonly outcome: AttemptOutcome }
  | {
      readonly about: 'operation';
      readonly reference: ChannelReference;
      readonly operation: number;
      readonly outcome: OperationOutcome;
      readonly facts?: OperationFacts;
    }
  | { readonly about: 'refund'; readonly reference: ChannelReference; readonly outcome: OperationOutcome }
  /** The reference is the payout's own. */
  | {
      readonly about: 'payout';
      readonly reference: string;
      readonly outcome: PayoutOutcome;
      /** Minor units that were ordered, where the bank says so. */
      readonly amount?: bigint;
    }
  /** The reference is the disputed attempt's. */
  | ({ readonly about: 'dispute'; readonly reference: ChannelReference } & DisputeReport)
  /** The reference is the channel's own name of the disputed payment, where the message has no other: ours is fetched before it is applied. */
  | ({ readonly about: 'dispute_of'; readonly reference: string } & DisputeReport);

export interface VerifiedCallback {
  /** The channel's own key for this message: the same message twice has the same. */
  readonly dedupe: string;
  /** At least one. Each is queued by itself. */
  readonly facts: readonly [CallbackFact, ...CallbackFact[]];
}

/**
 * What the callbacks queue carries (FIFO, group = `fact.reference`): one fact, and the raw bytes in base64, stored before it is applied. `dedupe` names the
 * fact: the channel's key for the message, with a number behind it from the second fact on.
 */
export interface CallbackMessage extends ChannelAccount {
  readonly livemode: boolean;
  readonly dedupe: string;
  readonly rawBase64: string;
  readonly receivedMs: number;
  readonly fact: CallbackFact;
}
