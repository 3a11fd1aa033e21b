/** One try at a channel: the request, the card, and the recorded outcome. Its charge, if it has one, is rendered from it alone. */

import type { Shipping } from '../api/person.ts';
import type { NextAction } from '../channels/port/action.ts';
import type { Handles } from '../channels/port/handles.ts';
import type {
  AttemptOutcome,
  CardChecks,
  ChannelAccount,
  Decline,
  HoldFeature,
  WalletReceipt,
} from '../channels/port/port.ts';
import type { ChannelReference } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { Acceptance } from '../payment-methods/acceptance.ts';
import type { MethodFacts } from '../payment-methods/facts.ts';
import type { RiskDecision } from '../risk/port/risk.ts';

/**
 * sent: the first commit is made and no outcome is known (unknown or pending at the channel). authenticated: its payer passed the challenge, and
 * the merchant has to confirm once more, which is another attempt. closed: the channel released it, by our
 * void, before we knew of any money; what it says of it later is old.
 */
export type AttemptStatus =
  | 'sent'
  | 'requires_action'
  | 'authenticated'
  | 'failed'
  | 'authorized'
  | 'captured'
  | 'voided'
  | 'closed';

/** One try at the channel. The first attempt that failed, was authorized or captured has a charge, and so has each later one. */
export interface Attempt {
  readonly ordinal: number;
  readonly status: AttemptStatus;
  readonly reference: ChannelReference;
  readonly channel: ChannelAccount;
  /** The attempt of the same request that its channel did not accept, by its ordinal: this one takes its place on another account. */
  readonly follows?: number;
  /** The merchant's accounts that did not carry it, each with the reason (`channels/routing`). Absent: none was left out. */
  readonly why?: readonly string[];
  readonly method: MethodFacts;
  /** The payment was made without a method, and the confirmation of this first attempt named it. */
  readonly named?: true;
  /** A recovery after a restore inferred it from a later attempt: which account has it, if any, is not known. */
  readonly unlisted?: true;
  /** The request to the channel. The payment may have other parameters since. */
  readonly amount: bigint;
  readonly currency: Currency;
  readonly manual: boolean;
  readonly createdMs: number;
  /** What the channel calls it, as far as it said so. */
  readonly handles?: Handles;
  /** Until when the payer can pay, as the order said. Cards have none. */
  readonly expiresMs?: number;
  /** The latest that the order may say, whatever the channel allows: its Checkout Session ends then. */
  readonly latestMs?: number;
  readonly risk?: RiskDecision;
  /** The rule engine refused it: nothing was sent to the channel. */
  readonly blocked?: boolean;
  readonly decline?: Decline;
  readonly checks?: CardChecks;
  readonly authorizationCode?: string;
  /** What the wallet that paid says of it. */
  readonly wallet?: WalletReceipt;
  /** Minor units that the channel held at first, where that is not `amount`. */
  readonly held?: bigint;
  /** The capabilities that the hold received, of those that were requested. */
  readonly features?: readonly HoldFeature[];
  /** The outcome of each increment, oldest first. `amount` stays the amount that was authorized first. */
  readonly increments?: readonly Increment[];
  /** Commit time by which the rest of a partly captured hold was released, when no final capture did it. */
  readonly releasedMs?: number;
  /** Where the payer is to go, where that is all that the channel asks. */
  readonly actionUrl?: string;
  /** Any other action. Version 0.1 knew none. */
  readonly action?: NextAction;
  /** The page of ours that posts the form of such an action, where the instrument may answer one. */
  readonly formPage?: string;
  readonly returnUrl?: string;
  readonly offSession?: boolean;
  /** The merchant would rather have a decline than a challenge. */
  readonly noChallenge?: boolean;
  /** The merchant wants the payer to be asked, whatever the issuer thinks. */
  readonly wantsChallenge?: boolean;
  /** The attempt whose challenge its payer passed for the same card and amount: they are not asked again. */
  readonly authentication?: ChannelReference;
  /** The payer agreed to be charged (again): with the success this becomes a mandate. */
  readonly acceptance?: Acceptance;
  /** The mandate that the merchant named for it. */
  readonly mandate?: string;
  /** The channel pays out what it takes of it when it takes it: its captures are available at once. */
  readonly fundsAvailable?: true;
  /** Commit time of the outcome: the charge's journal entries and balance transaction are keyed by it. */
  readonly settledMs?: number;
  /** The commit by which its money went back, and what that was until then: its journal entries follow from the payment as it is now. */
  readonly voided?: { readonly committedMs: number; readonly was: 'authorized' | 'captured' };
  /** Idempotency item of the request that made this attempt: a retry of that request continues here, and never sends again. */
  readonly keyHash?: string;
  /** What the merchant changed of the charge after it was made: it no longer follows its payment in that. */
  readonly edits?: ChargeEdits;
  /** Commit time at which the charge was first announced, where that is not its outcome: as pending, or as declined. Lists go by it. */
  readonly pendingMs?: number;
  /** Money that arrived after the payment was canceled or paid by another attempt: it is given back (I15), never booked as revenue. */
  readonly surplus?: boolean;
  /** Minor units that the channel took as wholly unapplied, where that is not `amount`. */
  readonly taken?: bigint;
  /** What the channel took beyond that, oldest first: no capture of the payment accounts for it. */
  readonly unapplied?: readonly Unapplied[];
  /** Numbers of returns that the channel refused, or that came back after they had been made. */
  readonly failedReturns?: readonly number[];
  /**
   * The channel reports that it has taken this much in all, at a moment when the report alone does not tell what that means: an operation
   * is under way, or a void may have returned the money already. The janitor asks the channel.
   */
  readonly reported?: { readonly amount: bigint; readonly resolvedMs?: number };
  /** The channel reports a hold of this attempt, which it had closed: the janitor asks whether that is there. `resolved`: it has asked. */
  readonly reportedHold?: 'open' | 'resolved';
  /** The success that such a report named: a channel without a query is not asked again. */
  readonly said?: Success;
  /** The channel has no query: this void under our reference decides what became of the attempt. */
  readonly recoveryVoid?: RecoveryVoid;
}

/** A report that the channel holds or took money. */
export type Success = Extract<AttemptOutcome, { kind: 'authorized' | 'captured' }>;

/** A void under our reference, stored before it is sent: whatever breaks off, it is sent again under the same number. */
export interface RecoveryVoid {
  /** Its number among the payment's operations. */
  readonly operation: number;
  readonly sentMs: number;
  /** Absent: not known yet. succeeded: nothing of the attempt is left at the channel. failed: it had no effect. */
  readonly outcome?: 'succeeded' | 'failed';
}

/** Money that a channel took although the payment does not wait for it. It stays in suspense until the payer has it back (I15). */
export interface Unapplied {
  /** 31 to 61: the ordinal in the reference of its return at the channel, and the step of its journal entries. */
  readonly number: number;
  /** Minor units. */
  readonly amount: bigint;
  /** Commit time by which it was booked. */
  readonly receivedMs: number;
  /** The number of the capture that took it, where the channel names one. */
  readonly operation?: number;
  /** What the channel calls that capture. */
  readonly handles?: Handles;
  /** Commit time by which the payer had it back. */
  readonly returnedMs?: number;
  /** The channel had given it back already, by a void: it made no return of it. */
  readonly released?: true;
  /** The number of the return that came back: the channel has the money again, and took nothing more. It is not sent again by itself. */
  readonly cameBack?: number;
}

/** A try to hold more: `amount` is the new total, which is held unless it was declined. */
export interface Increment {
  /** The new total that was asked for, where the channel holds another. */
  readonly asked?: bigint;
  /** Its number among the payment's operations: its journal entry's step. */
  readonly operation: number;
  readonly amount: bigint;
  readonly decidedMs: number;
  readonly decline?: Decline;
  readonly keyHash?: string;
  /** The channel reports this hold, and was not asked for it: `amount` may be less than before. */
  readonly unasked?: true;
}

/** Members that a charge has of its own; null where the merchant took one away. */
export interface ChargeEdits {
  /** Commit time of the last change; 0 where the payment alone was changed, and the charge keeps what it had. */
  readonly editedMs: number;
  readonly description?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly receiptEmail?: string | null;
  readonly shipping?: Shipping | null;
  readonly transferGroup?: string | null;
  readonly userReport?: 'fraudulent' | 'safe' | null;
}

/** The action as an attempt stores it: a plain redirect as version 0.1 did. */
export const storedAction = (action: NextAction): Pick<Attempt, 'actionUrl' | 'action'> =>
  action.kind === 'redirect' && action.expiresMs === undefined ? { actionUrl: action.url } : { action };

/** What the payer has to do, as the channel said it last. */
export const actionOf = ({ action, actionUrl }: Pick<Attempt, 'action' | 'actionUrl'>): NextAction | undefined =>
  action ?? (actionUrl === undefined ? undefined : { kind: 'redirect', url: actionUrl });

/** The attempt in which the request that made `attempt` ended, or stands: those that took its place on other accounts are of the same request. */
export function endOfChain(attempts: readonly Attempt[], attempt: Attempt): Attempt {
  const next = attempts.find(({ follows }) => follows === attempt.ordinal);
  return next ? endOfChain(attempts, next) : attempt;
}

/** Whether the channel has an order of it, which the payer approves: it can be closed before it is paid. */
export const isOrder = ({ method }: Pick<Attempt, 'method'>): boolean => method.type !== undefined;

/** Whether the payer of an order has paid, and the channel has not decided yet. Its charge is announced as pending. */
export const awaitsDecision = (attempt: Attempt): boolean =>
  attempt.status === 'sent' && attempt.pendingMs !== undefined && isOrder(attempt);

/** Whether this commit of its payment was the first to know that. */
export const isPendingSince = (attempt: Attempt, committedMs: number): boolean =>
  attempt.pendingMs === committedMs && awaitsDecision(attempt);

/** Whether a void under our reference is under way, which decides what a success of the attempt means. */
export const isBeingVoided = ({ recoveryVoid }: Attempt): boolean =>
  recoveryVoid !== undefined && recoveryVoid.outcome === undefined;

/** Whether the attempt is recovered by such a void, and its own outcome or that of the void is still not known. */
const isRecovering = (attempt: Attempt): boolean =>
  isBeingVoided(attempt) || (attempt.recoveryVoid !== undefined && isOpen(attempt));

/** Whether such a void took effect: what the channel reports of money since then is not the payment's. */
export const isVoidedByReference = ({ recoveryVoid }: Attempt): boolean => recoveryVoid?.outcome === 'succeeded';

/** Whether no outcome is known: the channel has more to say of it. */
export const isOpen = ({ status }: { readonly status: string }): boolean =>
  status === 'sent' || status === 'requires_action';

/**
 * Whether a charge exists for the attempt: it does once the channel (or our risk rules) said yes or no, it was announced as pending, or the
 * channel took money for it.
 */
export const hasCharge = (attempt: Attempt): boolean => {
  if (attempt.unapplied) return true;
  return attempt.status === 'sent'
    ? attempt.pendingMs !== undefined
    : !CHARGELESS.includes(attempt.status) && !needsPayer(attempt);
};

/** Whether the charge is there and no longer pending. */
export const isDecided = (attempt: Attempt): boolean => attempt.status !== 'sent' && hasCharge(attempt);

/** When the charge was made: by its outcome, after the challenge if there was one, unless it was announced before. Lists go by that time. */
export const chargedMs = ({ pendingMs, settledMs, createdMs }: Attempt): number => pendingMs ?? settledMs ?? createdMs;

/** Declined because the payer must be asked and, as the merchant said, is not there: Stripe makes no charge of it. */
const needsPayer = ({ status, decline, offSession, noChallenge }: Attempt): boolean =>
  status === 'failed' &&
  (decline?.code === 'payment_intent_action_required' ||
    (decline?.code === 'authentication_required' && (offSession ?? noChallenge) === true));
const CHARGELESS: readonly AttemptStatus[] = ['sent', 'requires_action', 'authenticated', 'closed'];

/** What the channel held at first, in minor units. */
export const heldAtFirst = ({ amount, held = amount }: Attempt): bigint => held;

/** What the channel holds, or held, increments included, in minor units. */
export const authorizedAmount = (attempt: Attempt): bigint =>
  attempt.increments?.findLast(({ decline }) => !decline)?.amount ?? heldAtFirst(attempt);

/** What the payment asked the channel to hold or to take, increments included, in minor units. */
export function askedAmount({ amount, increments = [] }: Attempt): bigint {
  const last = increments.findLast(({ decline, unasked }) => !decline && !unasked);
  return last?.asked ?? last?.amount ?? amount;
}

/** Money of a canceled or otherwise paid payment that is still at the channel. */
export const isWhollyUnapplied = (attempt: Attempt): boolean =>
  attempt.surplus === true && (attempt.status === 'authorized' || attempt.status === 'captured');

/** Whether the channel was last known to have taken the money of this wholly unapplied attempt; also after its return. */
export const tookWhollyUnapplied = ({ surplus, voided, status }: Attempt): boolean =>
  surplus === true && (voided?.was ?? status) === 'captured';

/** Minor units that were taken as wholly unapplied. */
export const whollyUnappliedAmount = (attempt: Attempt): bigint =>
  tookWhollyUnapplied(attempt) ? (attempt.taken ?? attempt.amount) : 0n;

/** Minor units that the channel took although no capture of the payment accounts for them; also after their return. */
export const unappliedAmount = (attempt: Attempt): bigint =>
  whollyUnappliedAmount(attempt) + unappliedTaken(attempt).reduce((sum, { amount }) => sum + amount, 0n);

/** What the channel took as unapplied money: without what it has again because a return came back. */
export const unappliedTaken = ({ unapplied = [] }: Pick<Attempt, 'unapplied'>): readonly Unapplied[] =>
  unapplied.filter(({ cameBack }) => cameBack === undefined);

/** Minor units of unapplied money that the payer has back. */
export const returnedOf = (attempt: Attempt): bigint =>
  (attempt.status === 'voided' ? whollyUnappliedAmount(attempt) : 0n) +
  (attempt.unapplied ?? []).reduce(
    (sum, { amount, returnedMs, cameBack }) =>
      sum + (returnedMs === undefined ? 0n : amount) - (cameBack === undefined ? 0n : amount),
    0n,
  );

/** What was taken beyond that and is not back with the payer. */
export const unreturned = ({ unapplied = [] }: Attempt): readonly Unapplied[] =>
  unapplied.filter(({ returnedMs }) => returnedMs === undefined);

/** Whether the channel must be asked what its last report of money means. */
export const hasOpenReport = ({ reported }: Attempt): boolean =>
  reported !== undefined && reported.resolvedMs === undefined;

/** Whether money of the attempt is on its way back, or the channel has to say more about it. */
export const hasUnresolvedMoney = (attempt: Attempt): boolean =>
  isWhollyUnapplied(attempt) ||
  unreturned(attempt).length > 0 ||
  hasOpenReport(attempt) ||
  attempt.reportedHold === 'open' ||
  isRecovering(attempt);

/** Whether the attempt waits for a person: the rules said so, the money is there, and it is not on its way back. */
export const needsReview = (attempt: Attempt): boolean =>
  attempt.risk?.action === 'review' &&
  isDecided(attempt) &&
  attempt.status !== 'failed' &&
  attempt.status !== 'closed' &&
  !attempt.surplus;
