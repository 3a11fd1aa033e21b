/** The channel's side of a capture, a void or an increment: sent once, and asked about until it is known what became of it. */
import type { Timing } from '../../channels/port/capabilities.ts';
import type { AttemptState, OperationFacts, OperationOutcome, RequestNotes } from '../../channels/port/port.ts';
import { closeAt, isQueried, settledFromMs } from '../ask.ts';
import { type Attempt, isOpen, isOrder } from '../attempt.ts';
import { isOurFault } from '../decline.ts';
import type { PaymentsDeps } from '../deps.ts';
import { calculatedDescriptor } from '../descriptor.ts';
import { atChannel } from '../handles.ts';
import { operatedAttempt, type Payment, type PendingOperation, paidAttempt } from '../payment.ts';
import { operationHandlesDiffer } from './handles.ts';
import { operationDiffers, type ReportedOperation } from './operation-outcome.ts';

/** Whether an operation changes the statement descriptor. Otherwise the channel keeps the earlier one. */
const describes = (changes: PendingOperation['changes']): boolean =>
  changes?.statementDescriptor !== undefined || changes?.statementDescriptorSuffix !== undefined;

type OperationDeps = Pick<PaymentsDeps, 'channel' | 'clock'>;

/** Asks the channel to perform a started operation. It is sent once: an unknown outcome is queried. */
export function sendOperation(
  deps: Pick<OperationDeps, 'channel'>,
  payment: Payment,
  pending: PendingOperation,
  notes: { readonly notes?: RequestNotes } = {},
): Promise<OperationOutcome> {
  const attempt = operatedAttempt(payment);
  const request = {
    ...atChannel(attempt),
    operation: pending.operation,
    sentMs: pending.sentMs,
    currency: attempt.currency,
    ...notes,
  };
  const channel = deps.channel(attempt.channel.channel);
  const { kind, amount, keepsRest, changes } = pending;
  const descriptor = describes(changes)
    ? { statementDescriptor: calculatedDescriptor({ ...payment, ...changes }) }
    : {};
  switch (kind) {
    case 'capture':
      return channel.capture({ ...request, amount, ...descriptor, ...(keepsRest && { keepsRest }) });
    case 'void':
      return pending.closes ? closeAt(channel, attempt) : channel.void(request);
    case 'increment':
      return channel.increment({ ...request, amount, ...descriptor });
    default:
      return kind satisfies never;
  }
}

/** Every try to raise the hold that there is, oldest first. */
export const incrementsOf = (payment: Payment) => paidAttempt(payment)?.increments ?? [];

/** The same of every hold, also of one that is no more. */
export const triedIncrements = (payment: Payment) => payment.attempts.flatMap(({ increments }) => increments ?? []);

/** The whole state of the attempt at its channel; where that has no query, what it last reported. `pending`: the operation that the question is about. */
export async function askState(
  deps: Pick<OperationDeps, 'channel'>,
  attempt: Attempt,
  pending?: PendingOperation,
): Promise<AttemptState> {
  const channel = deps.channel(attempt.channel.channel);
  if (!isQueried(channel)) return { attempt: attempt.said ?? NOT_ASKED, operations: new Map() };
  return channel.queryAttempt!({
    ...atChannel(attempt),
    ...(pending && {
      operation: {
        number: pending.operation,
        kind: pending.kind,
        sentMs: pending.sentMs,
        ...(pending.handles && { handles: pending.handles }),
      },
    }),
  });
}

const NOT_ASKED = { kind: 'unknown', reason: 'the channel has no query' } as const;

/** At a channel without a query: the same request again, under its number, for as long as that is one request there. */
function sentAgain(
  deps: Pick<OperationDeps, 'channel'>,
  payment: Payment,
  pending: PendingOperation,
  nowMs: number,
  { idempotencyMs }: Timing,
): Promise<OperationOutcome> | OperationOutcome {
  return nowMs - pending.sentMs <= idempotencyMs ? sendOperation(deps, payment, pending) : NOT_ASKED;
}

/**
 * Whether nothing is left for a void to end: the attempt waited for its payer, and the channel says that it failed, or knows nothing of it although
 * its time is over.
 */
function isEnded({ attempt: { kind } }: AttemptState, attempt: Attempt, nowMs: number, timing: Timing): boolean {
  if (!isOpen(attempt)) return false;
  return kind === 'failed' || (kind === 'not_found' && !isOrder(attempt) && nowMs > settledFromMs(attempt, timing));
}

/** What the channel's state says of a pending operation; one it does not know after its settling time never arrived. */
function outcomeIn(
  state: AttemptState,
  pending: PendingOperation,
  nowMs: number,
  { settlingMs }: Timing,
): OperationOutcome {
  const known = state.operations.get(pending.operation);
  if (known) return known;
  if (state.attempt.kind === 'unknown' || nowMs - pending.sentMs <= settlingMs)
    return { kind: 'unknown', reason: 'not found yet' };
  return {
    kind: 'failed',
    decline: { code: 'processing_error', message: 'The request never arrived at the channel.' },
  };
}

/**
 * Notifies the operator of an operation that took or held a different amount than requested, got another handle, or that the channel refused
 * because our own account or request is wrong. `payment`: as it was before.
 */
export function reportDifference(
  deps: Pick<PaymentsDeps, 'contradicted'>,
  payment: Payment,
  operation: number,
  outcome: OperationOutcome,
  reported: ReportedOperation,
): void {
  const what = differenceIn(payment, operation, outcome, reported);
  if (what !== undefined)
    deps.contradicted({ scope: payment.scope, reference: operatedAttempt(payment).reference, outcome: what });
}

function differenceIn(
  payment: Payment,
  operation: number,
  outcome: OperationOutcome,
  reported: ReportedOperation,
): string | undefined {
  const { pending } = payment;
  if (pending?.operation === operation && isOurFault(outcome)) return 'configuration';
  if (operationHandlesDiffer(payment, operation, outcome)) return 'handles';
  return outcome.kind === 'succeeded' && operationDiffers(payment, operation, reported) ? pending?.kind : undefined;
}

/** What the channel says of a pending operation when asked. */
export interface Asked {
  readonly outcome: OperationOutcome;
  /** What it says that the operation was. */
  readonly facts: OperationFacts | undefined;
  readonly state: AttemptState;
}

/**
 * Asks what became of a pending operation; at a channel without a query it is sent again. Whether an order is closed is asked by closing it: that moves no money, and under one reference it
 * is one close.
 */
export async function askOperation(
  deps: OperationDeps,
  payment: Payment,
  pending: PendingOperation,
  nowMs = deps.clock.nowMs(),
): Promise<Asked> {
  const attempt = operatedAttempt(payment);
  const channel = deps.channel(attempt.channel.channel);
  const closed = pending.closes && (await closeAt(channel, attempt));
  const state = await askState(deps, attempt, pending);
  const facts = state.operationFacts?.get(pending.operation);
  if (pending.kind === 'void' && isEnded(state, attempt, nowMs, channel.timing))
    return { outcome: { kind: 'succeeded' }, facts, state };
  const outcome = isQueried(channel)
    ? closed || outcomeIn(state, pending, nowMs, channel.timing)
    : closed || (await sentAgain(deps, payment, pending, nowMs, channel.timing));
  return { outcome, facts, state };
}
