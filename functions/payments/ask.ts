/** Asking a channel what became of an attempt, and what its report means for the payment (I15). */
import { capabilityOf, type Timing } from '../channels/port/capabilities.ts';
import type { Channel, ResumeRequest } from '../channels/port/channel.ts';
import { handlesDiffer, withNewHandles } from '../channels/port/handles.ts';
import { isNotAccepted } from '../channels/port/not-accepted.ts';
import type { AttemptOutcome, OperationOutcome, QueryResult } from '../channels/port/port.ts';
import { typeOf } from '../payment-methods/facts.ts';
import { type Attempt, actionOf, awaitsDecision, isOpen, isOrder } from './attempt.ts';
import type { Commit } from './commit.ts';
import { commitOutcome, type OutcomeDeps } from './commit-outcome.ts';
import { isOurFault } from './decline.ts';
import type { PaymentsDeps } from './deps.ts';
import { atChannel } from './handles.ts';
import { applyNeverArrived, applyOutcome } from './outcome.ts';
import { contradicts, differs } from './outcome-table.ts';
import type { Payment } from './payment.ts';

/** What a channel says of an attempt when asked. `never_arrived`: nothing was paid, and nothing can be any more. */
export type Found = AttemptOutcome | { readonly kind: 'never_arrived' };

/** How a channel is asked. */
export interface Asking {
  /** Default: now. */
  readonly asOfMs?: number;
  /** What the payer brought back from the channel. Absent: the payer has not come back just now. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What the channel has just reported by itself. */
  readonly said?: AttemptOutcome;
}

/** Whether the channel can be asked what became of a payment. Otherwise a void under our reference decides (`recovery-void.ts`). */
export const isQueried = ({ capabilities }: Pick<Channel, 'capabilities'>): boolean =>
  capabilities.recovery.payment === 'query';

/**
 * The state of an attempt at a channel without a query: its own report, or that the payer came back, which lets an instrument that `resumes` be completed. Nothing
 * is known of an order otherwise, so it is closed once its time is over.
 */
function withoutQuery(
  { capabilities }: Pick<Channel, 'capabilities'>,
  attempt: Pick<Attempt, 'method'> & { readonly said?: AttemptOutcome },
  { said = attempt.said, parameters }: Asking,
): QueryResult<AttemptOutcome> {
  if (said) return said;
  if (parameters && capabilityOf(capabilities, typeOf(attempt.method))?.resumes) return { kind: 'approved' };
  return isOrder(attempt) ? { kind: 'not_found' } : { kind: 'unknown', reason: 'the channel has no query' };
}

/** What the channel says of an attempt: where it is asked, or by itself. */
export async function foundAt(
  channel: Channel,
  attempt: Parameters<typeof atChannel>[0] & Parameters<typeof withoutQuery>[1],
  asking: Asking,
): Promise<QueryResult<AttemptOutcome>> {
  return isQueried(channel)
    ? (await channel.queryAttempt!(atChannel(attempt))).attempt
    : withoutQuery(channel, attempt, asking);
}

/** Until when the payer can still pay, ms. An attempt that asks nothing of the payer ends with its request. */
export function payableUntilMs(
  attempt: Pick<Attempt, 'createdMs' | 'expiresMs' | 'action' | 'actionUrl'> & { readonly status: string },
  { challengeMs }: Timing,
): number {
  const { status, createdMs, expiresMs = actionOf(attempt)?.expiresMs } = attempt;
  const isAsked = status === 'requires_action' || actionOf(attempt) !== undefined;
  return expiresMs ?? (isAsked ? createdMs + challengeMs : createdMs);
}

/** After this time, ms, a channel that knows nothing of the attempt never will (I15). */
export const settledFromMs = (attempt: Parameters<typeof payableUntilMs>[0], timing: Timing): number =>
  payableUntilMs(attempt, timing) + timing.settlingMs;

/**
 * What the channel says of an attempt when asked. An approved order is completed here, for the return, the janitor and a request alike: under the
 * attempt's reference, so that it is completed once. `never_arrived` only once nothing can be under way any more, or the channel has closed the order.
 */
export async function askAttempt(
  deps: Pick<PaymentsDeps, 'channel' | 'clock'>,
  attempt: Attempt,
  asking: Asking = {},
): Promise<Found> {
  const { asOfMs = deps.clock.nowMs(), parameters = {} } = asking;
  const channel = deps.channel(attempt.channel.channel);
  const found = await foundAt(channel, attempt, asking);
  if (found.kind === 'approved' && channel.resume && isOpen(attempt))
    return resumed(channel, attempt, found, parameters);
  const over = asOfMs > settledFromMs(attempt, channel.timing);
  if (found.kind === 'not_found') return notFound(channel, attempt, asOfMs, over);
  // An order that is still open although its time is over: the channel was to close it then.
  if (found.kind === 'requires_action' && over && isOrder(attempt)) return closed(channel, attempt, found);
  return found;
}

/** What resuming an approved order answers, with the handles that the query found. */
export async function resumed(
  { resume }: Pick<Channel, 'resume'>,
  attempt: Parameters<typeof atChannel>[0],
  { handles: found }: AttemptOutcome,
  parameters: ResumeRequest['parameters'],
): Promise<AttemptOutcome> {
  const handles = withNewHandles(attempt.handles, found);
  const answer = await resume!({ ...atChannel({ ...attempt, ...(handles && { handles }) }), parameters });
  // The payer's approval stands, and is asked about again.
  const outcome: AttemptOutcome = isNotAccepted(answer) ? { kind: 'unknown', reason: 'not accepted yet' } : answer;
  const learned = withNewHandles(outcome.handles, found);
  return { ...outcome, ...(learned && { handles: learned }) };
}

const NOT_FOUND_YET: AttemptOutcome = { kind: 'unknown', reason: 'not found yet' };

/**
 * A channel may know nothing of an order before its payer opens it, and may give the payer longer than it was asked to. So the time alone ends no
 * order: closing it does. An order whose request was not answered is closed after the settling time, for its payer has no way to it.
 */
async function notFound(channel: Channel, attempt: Attempt, asOfMs: number, over: boolean): Promise<Found> {
  if (!isOrder(attempt)) return over ? { kind: 'never_arrived' } : NOT_FOUND_YET;
  const isUnanswered = attempt.status === 'sent' && !awaitsDecision(attempt);
  const unanswered = isUnanswered && asOfMs - attempt.createdMs > channel.timing.settlingMs;
  return over || unanswered ? closed(channel, attempt, NOT_FOUND_YET) : NOT_FOUND_YET;
}

/** Closes the attempt's order, under our own reference. */
export const closeAt = (channel: Channel, attempt: Parameters<typeof atChannel>[0]): Promise<OperationOutcome> =>
  channel.close(atChannel(attempt));

/** The order is closed, and so can never be paid; otherwise what was found stands, or what the channel says that it has instead. */
async function closed(channel: Channel, attempt: Attempt, otherwise: AttemptOutcome): Promise<Found> {
  const answer = await closeAt(channel, attempt);
  return answer.kind === 'succeeded' ? { kind: 'never_arrived' } : (foundInstead(answer) ?? otherwise);
}

/** What a channel without a query says that it has of a payment which it did not close or void; undefined where it says nothing of that. */
export function foundInstead(outcome: OperationOutcome): AttemptOutcome | undefined {
  const found = outcome.kind === 'failed' ? outcome.found : undefined;
  return found && found.kind !== 'released' && found.kind !== 'not_found' ? found : undefined;
}

/** The payment after what asking found, or undefined when that is no news. */
export function applyFound(
  payment: Payment,
  attempt: Attempt,
  found: Found | undefined,
  commit: Commit,
): Payment | undefined {
  if (!found) return undefined;
  return found.kind === 'never_arrived'
    ? applyNeverArrived(payment, attempt.ordinal, commit)
    : applyOutcome(payment, attempt.ordinal, found, commit);
}

type LearnDeps = OutcomeDeps & Pick<PaymentsDeps, 'contradicted' | 'applyDisputes'>;

/** Commits what was found of the attempt, and the disputes of it. Returns the payment as it stands then. */
export async function learn(
  deps: LearnDeps,
  payment: Payment,
  attempt: Attempt,
  found: Found | undefined,
  commit: Commit,
): Promise<Payment> {
  if (!found) return payment;
  const learned = await commitOutcome(deps, payment, (current) => {
    reportContradiction(deps, current, attempt, found);
    return applyFound(current, attempt, found, commit);
  });
  await learnDisputes(deps, learned.payment, attempt, found);
  return learned.payment;
}

/** Commits what a channel without a query said it has instead of carrying out a void. Returns the payment as it stands then. */
export const learnFound = (
  deps: LearnDeps,
  payment: Payment,
  attempt: Attempt,
  outcome: OperationOutcome,
  commit: Commit,
): Promise<Payment> => learn(deps, payment, attempt, foundInstead(outcome), commit);

/** Asks the channel about the attempt and commits the answer. Returns the payment as it stands then. */
export const learnAttempt = async (
  deps: LearnDeps & Pick<PaymentsDeps, 'channel' | 'clock'>,
  payment: Payment,
  attempt: Attempt,
  commit: Commit,
  asking?: Asking,
): Promise<Payment> => learn(deps, payment, attempt, await askAttempt(deps, attempt, asking), commit);

/** Applies the disputes that the channel's answer names. `payment`: with its outcome. */
export async function learnDisputes(
  deps: Pick<PaymentsDeps, 'applyDisputes'>,
  payment: Payment,
  { ordinal }: Pick<Attempt, 'ordinal'>,
  answer: Found | OperationOutcome | undefined,
): Promise<void> {
  const disputes = answer?.kind === 'captured' || answer?.kind === 'succeeded' ? answer.disputes : undefined;
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (disputes && attempt) await deps.applyDisputes(payment, attempt, disputes);
}

/**
 * Notifies the operator when the channel's response contradicts the record of the attempt, which changes nothing, or reports another amount than
 * requested, which is booked, or says that our own account or request is wrong. `payment`: as it was before.
 */
export function reportContradiction(
  deps: Pick<PaymentsDeps, 'contradicted'>,
  payment: Payment,
  { ordinal, reference }: Attempt,
  outcome: Found | undefined,
): void {
  const attempt = payment.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!attempt || !outcome || outcome.kind === 'never_arrived') return;
  const renamed = handlesDiffer(attempt.handles, outcome.handles);
  const ours = isOurFault(outcome) && isOpen(attempt);
  if (ours || renamed || contradicts(payment, attempt, outcome) || differs(payment, attempt, outcome))
    deps.contradicted({
      scope: payment.scope,
      reference,
      outcome: ours ? 'configuration' : renamed ? 'handles' : outcome.kind,
    });
}
