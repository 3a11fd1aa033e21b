/**
 * A charge at the acquirer, of a card or at a wallet (wallet.ts). What it answers is a pure function of the record and the time: a decision that is due needs no job.
 * One authorization; increments of it, captures (one, or several where requested) or a void; every operation has the merchant's
 * number and happens once.
 */
import { type TestCard, testCardOf } from '../kernel/test-cards.ts';
import {
  type Checks,
  type DeclineReason,
  NETWORK_CODES,
  type Plan,
  planOf,
  type Wallet,
  walletPlanOf,
} from './behavior.ts';
import { blocksRefunds, type Dispute, disputeAt, openPlanned } from './dispute.ts';
import { type Refusal, refuse } from './refusal.ts';

export interface Decline {
  readonly reason: DeclineReason;
  readonly network_code: string;
}
export const declineOf = (reason: DeclineReason): Decline => ({ reason, network_code: NETWORK_CODES[reason] });

/** Data of the merchant that is stored with a request: returned when requests are listed, and without effect on decisions. */
export interface Notes {
  readonly key?: string | undefined;
  readonly request?: string | undefined;
  readonly direct?: boolean | undefined;
  readonly session?: string | undefined;
}

export interface AuthorizeParams {
  readonly notes?: Notes;
  readonly reference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly capture: boolean;
  /** The test card behind the number or token; absent for any other number, which is declined. */
  readonly token?: string;
  /** The wallet that pays instead of a card. */
  readonly wallet?: Wallet;
  /** Language of the wallet's page (BCP 47), and the merchant's number of the sale, which the page shows. */
  readonly locale?: string;
  readonly invoice?: string;
  /** The payer's browser is on the phone that has the wallet. */
  readonly onPhone?: true;
  /** Until when the payer can pay at the wallet. */
  readonly expiresMs?: number;
  readonly expired: boolean;
  readonly cvcGiven: boolean;
  readonly offSession: boolean;
  /** The card was set up for payments without its owner. */
  readonly setUp?: boolean;
  /** The merchant wants the payer to be asked, where the card can be. */
  readonly challengeRequested?: boolean;
  /** A challenge that is passed ends it: nothing is charged. */
  readonly waitsAfterChallenge?: boolean;
  /** The charge whose challenge the payer passed. */
  readonly authentication?: string;
  readonly returnUrl?: string;
  /** What the payer's statement prints. */
  readonly statementDescriptor?: string;
  /** What the hold is to be able to do, where the card can. */
  readonly features?: readonly Feature[];
}

export type Feature = 'increment' | 'multicapture';

export interface Challenge {
  /** Part of the page's address: its holder is the payer. */
  readonly secret: string;
  readonly state: 'open' | 'completed' | 'failed';
}

/** What the payer of a wallet has done (wallet.ts). */
export interface Order {
  /** Part of the page's address: its holder is the payer. */
  readonly secret: string;
  /** Random text behind the wallet's number of the payment. */
  readonly serial: string;
  /** finished: nothing is left to do for the payer or the merchant. */
  readonly state: 'open' | 'approved' | 'finished';
  /** The payer opened the page for the first time. */
  readonly openedMs?: number;
}

export interface Operation {
  readonly number: number;
  readonly kind: 'capture' | 'void' | 'increment';
  /** Of an increment: the new total. */
  readonly amount: bigint;
  /** Of a capture: the rest stays authorized. */
  readonly keepsRest?: boolean;
  /** What the payer's statement prints from then on. */
  readonly statementDescriptor?: string;
  readonly decline?: Decline;
  /** When it was carried out. */
  readonly atMs?: number;
  readonly notes?: Notes;
}

/** Money that was taken although the charge was declined or its hold released: acquirers present late, and by mistake. */
export interface Presentment {
  readonly amount: bigint;
  /** How many operations there were before: a later void returns this money. */
  readonly operations: number;
  /** When it is taken. Absent: it was taken with the change of the record. */
  readonly atMs?: number;
}

export interface Charge {
  readonly account: string;
  readonly version: number;
  readonly params: AuthorizeParams;
  readonly createdMs: number;
  /** When the decision counts; before it, the answer is pending. */
  readonly decidedMs: number;
  readonly decision: 'approved' | DeclineReason;
  readonly authorisationCode: string;
  readonly challenge?: Challenge;
  readonly checks: Checks;
  readonly operations: readonly Operation[];
  /** Minor units that the issuer approved, where that is not the amount asked for. */
  readonly approvedAmount?: bigint;
  readonly presentment?: Presentment;
  /** Of a wallet: what its payer still has to do. */
  readonly order?: Order;
  /** What was given back, refunds that fail later included: `refundedOf` is what has stayed with the payer. */
  readonly refunded: bigint;
  /** Refunds that succeeded and fail at `atMs`: from then on their money is on the charge again. */
  readonly returns?: readonly { readonly refund: string; readonly amount: bigint; readonly atMs: number }[];
  /** Oldest first; absent while there is none. */
  readonly disputes?: readonly Dispute[];
}

/** waiting: for its payer at a wallet. approved: by its payer, and nothing is taken before the merchant resumes it. */
export type ChargeStatus =
  | 'pending'
  | 'challenge'
  | 'waiting'
  | 'approved'
  | 'authenticated'
  | 'declined'
  | 'authorised'
  | 'captured';

/** The charge with the disputes that its card stands for, now that its money is taken. */
export function withPlannedDisputes(charge: Charge, nowMs: number): Charge {
  const planned = planOfCharge(charge).disputes ?? [];
  return planned.length === 0
    ? charge
    : { ...charge, disputes: openPlanned(planned, capturedOf(charge, nowMs), nowMs) };
}

/** The state of the authorization at `nowMs`. Later captures and voids do not change it. */
export function statusOf(charge: Charge, nowMs: number): ChargeStatus {
  if (presentmentOf(charge, nowMs)) return 'captured';
  if (charge.challenge?.state === 'open') return 'challenge';
  if (nowMs < charge.decidedMs) return charge.order ? UNDECIDED[charge.order.state] : 'pending';
  if (charge.params.waitsAfterChallenge && charge.challenge?.state === 'completed') return 'authenticated';
  if (charge.decision !== 'approved') return 'declined';
  return charge.params.capture ? 'captured' : 'authorised';
}

const UNDECIDED = { open: 'waiting', approved: 'approved', finished: 'pending' } as const;

/** The presentment of the charge, once it is made. */
const presentmentOf = ({ presentment }: Charge, nowMs: number): Presentment | undefined =>
  presentment && nowMs >= (presentment.atMs ?? 0) ? presentment : undefined;

/** What was captured, in either way. */
export function capturedOf(charge: Charge, nowMs: number): bigint {
  const presented = presentmentOf(charge, nowMs);
  if (presented) return presented.amount;
  if (statusOf(charge, nowMs) === 'captured') return charge.approvedAmount ?? charge.params.amount;
  return done(charge, 'capture').reduce((sum, { amount }) => sum + amount, 0n);
}

/** The authorized amount, increments included. */
export const authorizedOf = (charge: Charge): bigint =>
  done(charge, 'increment').at(-1)?.amount ?? charge.approvedAmount ?? charge.params.amount;

/** The descriptor on the payer's statement: the last one of an operation that took effect. */
export const descriptorOf = ({ params, operations }: Charge): string | undefined =>
  operations.findLast(({ decline, statementDescriptor }) => !decline && statementDescriptor !== undefined)
    ?.statementDescriptor ?? params.statementDescriptor;

/** The capabilities of the hold, of those that were requested. */
export function featuresOf(charge: Charge): readonly Feature[] {
  const { token, features = [] } = charge.params;
  const brand = token === undefined ? undefined : testCardOf(token)?.brand;
  const can = { increment: INCREMENTS, multicapture: planOfCharge(charge).capturesOnce ? [] : CAPTURED_AGAIN };
  return features.filter((feature) => brand !== undefined && can[feature].includes(brand));
}

/** Brands whose holds can be raised, and be captured more than once (docs.stripe.com/payments, on both). */
const INCREMENTS: readonly TestCard['brand'][] = ['visa', 'mastercard', 'amex', 'discover', 'unionpay'];
const CAPTURED_AGAIN: readonly TestCard['brand'][] = [...INCREMENTS, 'diners', 'jcb'];

export const done = (charge: Charge, kind: Operation['kind']): readonly Operation[] =>
  charge.operations.filter((operation) => operation.kind === kind && !operation.decline);

/** Whether a void took effect since money was taken. */
const isVoided = ({ operations, presentment }: Charge): boolean =>
  operations.slice(presentment?.operations).some(({ kind, decline }) => kind === 'void' && !decline);

/** Whether money is held: authorized, and neither released nor finally captured. */
const holds = (charge: Charge, nowMs: number): boolean =>
  statusOf(charge, nowMs) === 'authorised' &&
  done(charge, 'void').length === 0 &&
  done(charge, 'capture').every(({ keepsRest }) => keepsRest) &&
  capturedOf(charge, nowMs) < authorizedOf(charge);

/** The charge after the payer finished (or refused) the challenge. The first answer counts; a repeated one changes nothing. */
export function finishChallenge(charge: Charge, result: 'complete' | 'fail', nowMs: number): Charge {
  if (charge.challenge?.state !== 'open') return charge;
  const state = result === 'complete' ? 'completed' : 'failed';
  return {
    ...charge,
    version: charge.version + 1,
    decidedMs: nowMs,
    decision: result === 'complete' ? charge.decision : 'authentication_failed',
    challenge: { ...charge.challenge, state },
  };
}

/** The charge whose money is taken whatever became of it before: a late presentment. */
export const present = (charge: Charge, amount: bigint): Charge => ({
  ...charge,
  version: charge.version + 1,
  presentment: { amount, operations: charge.operations.length },
});

/**
 * The charge with a capture, void or increment of this number. The same again changes nothing; the same number for something else is refused
 * (`reference_used`). An impossible operation (more than authorized, twice, after a void) is stored as a failed operation.
 */
export function operate(
  charge: Charge,
  operation: Operation,
  nowMs: number,
  plan: Plan = planOfCharge(charge),
): Charge | Refusal {
  const earlier = charge.operations.find((existing) => existing.number === operation.number);
  if (earlier) {
    return earlier.kind === operation.kind &&
      earlier.amount === operation.amount &&
      earlier.keepsRest === operation.keepsRest
      ? charge
      : refuse('reference_used', 'this operation number was used for something else');
  }
  const reason = WHY_NOT[operation.kind](charge, operation, nowMs, plan);
  const kept = reason ? { ...operation, decline: declineOf(reason) } : carriedOut(operation, plan);
  const closed = !reason && charge.challenge?.state === 'open' ? finishChallenge(charge, 'fail', nowMs) : charge;
  const operated = { ...closed, version: charge.version + 1, operations: [...charge.operations, kept] };
  return operation.kind === 'capture' && !reason && !charge.disputes ? withPlannedDisputes(operated, nowMs) : operated;
}

/** The operation with the amount that it takes. */
const carriedOut = (operation: Operation, { captures }: Plan): Operation =>
  operation.kind === 'capture' && captures !== undefined ? { ...operation, amount: captures } : operation;

function whyNoCapture(charge: Charge, operation: Operation, nowMs: number, plan: Plan): DeclineReason | undefined {
  if (!holds(charge, nowMs)) return 'not_capturable';
  if (operation.amount > authorizedOf(charge) - capturedOf(charge, nowMs) || operation.amount <= 0n)
    return 'not_capturable';
  if (operation.keepsRest && !featuresOf(charge).includes('multicapture')) return 'not_capturable';
  return plan.capture === 'fails' ? 'capture_failed' : undefined;
}

/** Holds are raised while nothing is captured; the issuer may say no. */
function whyNoIncrement(charge: Charge, { amount }: Operation, nowMs: number, plan: Plan): DeclineReason | undefined {
  const possible = holds(charge, nowMs) && capturedOf(charge, nowMs) === 0n && amount > authorizedOf(charge);
  if (!possible || !featuresOf(charge).includes('increment')) return 'not_incrementable';
  const isTooHigh = plan.highestHold !== undefined && amount > plan.highestHold;
  return plan.increment === 'declined' || isTooHigh ? 'do_not_honor' : undefined;
}

/**
 * Money that is only held can be released, and an open challenge closed. A one-step charge of a card can be voided until it is refunded,
 * as acquirers do before clearing.
 */
function whyNoVoid(charge: Charge, _: Operation, nowMs: number, plan: Plan): DeclineReason | undefined {
  const status = statusOf(charge, nowMs);
  const untouched = refundedOf(charge, nowMs) === 0n && charge.disputes === undefined && !isVoided(charge);
  const voidable =
    status === 'challenge' ||
    (status === 'authenticated' && untouched) ||
    holds(charge, nowMs) ||
    (status === 'captured' && charge.params.capture && !charge.order && untouched);
  return voidable && plan.void !== 'fails' ? undefined : 'not_voidable';
}

const WHY_NOT = { capture: whyNoCapture, void: whyNoVoid, increment: whyNoIncrement };

/** How much of the charge can still be refunded: nothing of what the payer's bank has taken back. */
export const refundableOf = (charge: Charge, nowMs: number): bigint =>
  charge.disputes?.some((dispute) => blocksRefunds(dispute, nowMs)) ? 0n : unreturnedOf(charge, nowMs);

/** What was captured and not voided. */
export const takenOf = (charge: Charge, nowMs: number): bigint =>
  charge.params.capture && isVoided(charge) ? 0n : capturedOf(charge, nowMs);

/** How much of the money has not gone back to the payer by a refund, or by a void of a one-step charge. */
export const unreturnedOf = (charge: Charge, nowMs: number): bigint =>
  takenOf(charge, nowMs) - refundedOf(charge, nowMs);

/** What went back to the payer and has not come back: a refund that failed later counts no more. */
export const refundedOf = ({ refunded, returns = [] }: Charge, nowMs: number): bigint =>
  returns.filter(({ atMs }) => nowMs >= atMs).reduce((left, { amount }) => left - amount, refunded);

/** How much of it no payer's bank has taken back either. */
export const undisputedOf = (charge: Charge, nowMs: number): bigint =>
  (charge.disputes ?? [])
    .filter((dispute) => blocksRefunds(dispute, nowMs))
    .reduce((left, dispute) => left - disputeAt(dispute, nowMs).amount, unreturnedOf(charge, nowMs));

/** The plan of the card that was charged, or of the order at a wallet. */
export const planOfCharge = ({ params }: Charge): Plan => planOfParams(params);

/** The plan of a test card or an order, as this acquirer adjusts it; of any other card, that it is declined. */
export function planOfParams(params: AuthorizeParams, adjust: (plan: Plan) => Plan = (plan) => plan): Plan {
  const { token } = params;
  const card = token === undefined ? undefined : testCardOf(token);
  const plan = card ? planOf(card.behavior) : params.wallet && walletPlanOf(params.wallet, params.amount);
  return plan ? adjust(plan) : { decision: 'not_a_test_card' };
}

/** Whether both ask for the same charge: then the first answer is the answer. */
export const sameParams = (a: AuthorizeParams, b: AuthorizeParams): boolean =>
  a.reference === b.reference &&
  a.amount === b.amount &&
  a.currency === b.currency &&
  a.capture === b.capture &&
  a.token === b.token &&
  a.wallet === b.wallet &&
  a.locale === b.locale &&
  a.invoice === b.invoice &&
  a.onPhone === b.onPhone &&
  a.expiresMs === b.expiresMs &&
  a.offSession === b.offSession &&
  a.waitsAfterChallenge === b.waitsAfterChallenge &&
  a.authentication === b.authentication &&
  String(a.features ?? []) === String(b.features ?? []) &&
  a.returnUrl === b.returnUrl;
