/**
 * The sandbox as a channel that answers no queries, as Adyen does not: nothing of it can be asked or listed. A void goes by our reference, and says of a
 * failure what there is instead. Refunds, captures, voids and increments are one request under one reference or number, as long as they are the same
 * and the lifetime of that lasts. Anything else is a violation, which a test finds in `violations`.
 */
import type { CardChannel } from '../../functions/channels/port/card.ts';
import type {
  CallbackFact,
  FollowUp,
  FoundInstead,
  OperationOutcome,
  RefundRequest,
} from '../../functions/channels/port/port.ts';
import { CAPABILITIES } from '../../functions/channels/sandbox/capabilities.ts';
import type { SandboxChannel } from '../../functions/channels/sandbox/client.ts';
import type { Acquirer } from './acquirer.ts';

/** When the outcome of a void is known: with its answer, or by a callback, after an answer that says only that it was received. */
export type VoidAnswers = 'at_once' | 'later';

export const UNQUERIED = {
  ...CAPABILITIES,
  recovery: { payment: 'cancel_by_reference', refund: 'resend' },
} as const satisfies CardChannel['capabilities'];

/** As long as Adyen keeps its idempotency keys at least. */
export const LIFETIME_MS = 7 * 24 * 3_600_000;

export interface UnqueriedDeps {
  readonly voids: VoidAnswers;
  readonly nowMs: () => number;
  readonly report: (fact: CallbackFact) => void;
  /** Every request that was ever sent, by its reference or number. */
  readonly requests: Map<string, string>;
  readonly violations: string[];
}

export function withoutQueries(client: SandboxChannel, deps: UnqueriedDeps): CardChannel {
  return {
    capabilities: UNQUERIED,
    timing: { ...client.timing, idempotencyMs: LIFETIME_MS },
    checkCredentials: (account) => client.checkCredentials(account),
    answerDispute: (answer) => client.answerDispute(answer),
    authorize: (request) => client.authorize(request),
    authorizeCard: (request, card) => client.authorizeCard(request, card),
    async close(order) {
      const outcome = await client.close(order);
      return outcome.kind === 'failed' ? { ...outcome, found: await foundAt(client, order) } : outcome;
    },
    resume: (request) => client.resume!(request),
    capture: (request) => checked(deps, 'capture', request, () => client.capture(request)),
    increment: (request) => checked(deps, 'increment', request, () => client.increment(request)),
    void: (request) => checked(deps, 'void', request, () => voided(client, deps, request)),
    refund: (request) => checked(deps, 'refund', request, () => refunded(client, request)),
  };
}

/** Asserts that what is sent under a used name is the same request, and is sent in time. */
function checked(
  { requests, violations, nowMs }: UnqueriedDeps,
  kind: string,
  request: FollowUp | RefundRequest,
  send: () => Promise<OperationOutcome>,
): Promise<OperationOutcome> {
  const { notes: _, ...sent } = request;
  const [number, sinceMs] = 'operation' in request ? [request.operation, request.sentMs] : ['', request.createdMs];
  const name = `${kind} ${request.reference} ${number}`.trimEnd();
  const text = JSON.stringify(sent, (__, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const earlier = requests.get(name);
  if (earlier !== undefined && earlier !== text) violations.push(`${name} is another request: ${earlier}, ${text}`);
  if (earlier !== undefined && nowMs() - sinceMs > LIFETIME_MS) violations.push(`${name} is sent again too late`);
  requests.set(name, earlier ?? text);
  return send();
}

async function voided(client: SandboxChannel, deps: UnqueriedDeps, request: FollowUp): Promise<OperationOutcome> {
  const outcome = await client.void(request);
  const known = await withReason(client, request, outcome);
  if (deps.voids === 'at_once' || known.kind === 'unknown') return known;
  deps.report({
    about: 'operation',
    reference: request.reference,
    operation: request.operation,
    outcome: known,
    facts: { kind: 'void' },
  });
  return { kind: 'pending' };
}

const NOTHING: OperationOutcome = {
  kind: 'failed',
  decline: { code: 'processing_error', message: 'There is no such payment.' },
  found: { kind: 'not_found' },
};

/** A refused void with what the sandbox has of the charge. */
async function withReason(
  client: SandboxChannel,
  { reference, account, createdMs }: FollowUp,
  outcome: OperationOutcome,
): Promise<OperationOutcome> {
  if (outcome.kind === 'unknown') return outcome.reason === 'refused: not_found' ? NOTHING : outcome;
  if (outcome.kind !== 'failed') return outcome;
  const found = await foundAt(client, { reference, account, createdMs });
  return found.kind === 'unknown' ? found : { ...outcome, found };
}

/** Money that a void has given back cannot be refunded. */
async function refunded(client: SandboxChannel, request: RefundRequest): Promise<OperationOutcome> {
  const outcome = await client.refund(request);
  if (outcome.kind !== 'failed') return outcome;
  const found = await foundAt(client, { ...request, reference: request.payment });
  return found.kind === 'released' ? { ...outcome, found } : outcome;
}

/** The callback of a refund as such a channel sends it: one of money that a void has given back says so. */
export function explained(fact: CallbackFact, { refunds, charges }: Acquirer): CallbackFact {
  if (fact.about !== 'refund' || fact.outcome.kind !== 'failed') return fact;
  const isVoided = charges.get(refunds.get(fact.reference)?.request.payment ?? '')?.voided === true;
  return isVoided ? { ...fact, outcome: { ...fact.outcome, found: { kind: 'released' } } } : fact;
}

/** The client of the acquirer of a simulation without queries. */
export const unqueriedClient = (
  { client, callbacks, state: { requests, violations } }: Acquirer,
  voids: VoidAnswers,
  nowMs: () => number,
): CardChannel =>
  withoutQueries(client, { voids, nowMs, report: (fact) => void callbacks.push(fact), requests, violations });

async function foundAt(
  client: SandboxChannel,
  payment: Parameters<SandboxChannel['queryAttempt']>[0],
): Promise<FoundInstead> {
  const { attempt, operations, operationFacts } = await client.queryAttempt(payment);
  const isReleased = [...operations].some(
    ([number, { kind }]) => kind === 'succeeded' && operationFacts?.get(number)?.kind === 'void',
  );
  return isReleased ? { kind: 'released' } : attempt;
}
