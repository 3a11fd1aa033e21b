/**
 * An acquirer in memory behind the channel port: what is sent takes effect once per reference, whatever is answered. Its faults
 * are those of real ones: answers lost after the effect, requests lost before it, callbacks that come twice, late or never.
 */
import type {
  AttemptOutcome,
  AttemptState,
  AuthorizeRequest,
  CallbackFact,
  CaptureRequest,
  Channel,
  DisputeAnswer,
  DisputeFacts,
  FollowUp,
  IncrementRequest,
  OperationFacts,
  OperationOutcome,
  QueryResult,
  RefundRequest,
} from '../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import type { ChannelHooks, ChargeState, RefundState } from './channel-state.ts';

/** Holds are not raised beyond this. */
const ISSUER_LIMIT = 30_000n;

type Refusable = 'capture' | 'void' | 'increment' | 'refund';

export interface MemoryChannel extends Channel {
  readonly state: ChannelState;
  readonly charges: ReadonlyMap<string, Readonly<ChargeState>>;
  readonly refunds: ReadonlyMap<string, Readonly<RefundState>>;
  /** How often each request was sent, whether it arrived or not. */
  readonly sent: ReadonlyMap<string, number>;
  /** Callbacks that the channel has not sent yet; a test delivers, repeats, reorders or drops them. */
  readonly callbacks: CallbackFact[];
  /** A pending charge is decided; no callback tells of it. */
  decide(reference: ChannelReference, kind: 'authorized' | 'captured' | 'failed'): AttemptOutcome;
  /** From now on, requests of this kind take or hold this amount, whatever they ask for. */
  answerOver(kind: 'authorize' | 'capture' | 'increment', amount: bigint): void;
  /** From now on, follow-ups of this kind are refused. */
  refuse(kind: Refusable): void;
  /** The payer goes to their bank; the callback says so. */
  openDispute(reference: ChannelReference, kind: DisputeFacts['kind'], amount: bigint): void;
  /** The channel takes money for a charge whatever became of it before; the callback says so. */
  takeAnyway(reference: ChannelReference, amount: bigint): void;
  /** The payer finishes (or fails) the challenge of a charge. */
  finishChallenge(reference: ChannelReference, passed: boolean): void;
  /** The issuer sends a refund back that had succeeded. */
  takeBackRefund(reference: ChannelReference): void;
}

const APPROVED = 'A00001';
const refusal = (code: string, message: string): Extract<OperationOutcome, { kind: 'failed' }> => ({
  kind: 'failed',
  decline: { code, message },
});
const SUCCEEDED = { kind: 'succeeded' } as const;
const UNASKED: AttemptOutcome = {
  kind: 'failed',
  decline: {
    code: 'authentication_required',
    declineCode: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
};
const NOT_AUTHENTICATED = refusal('payment_intent_authentication_failure', 'The payer could not be authenticated.');

/** As the sandbox has it: held money, an open challenge, and a charge taken in one step until it is refunded. */
function isVoidable({ request, outcome, closed, refunded, voided }: Readonly<ChargeState>): boolean {
  if (voided || (request.capture && refunded > 0n)) return false;
  if (outcome.kind === 'authorized') return !closed;
  return ASKED.includes(outcome.kind) || (outcome.kind === 'captured' && request.capture);
}

/** Nothing is held: the payer is asked, or was, and that was all. */
const ASKED: readonly AttemptOutcome['kind'][] = ['requires_action', 'authenticated'];

/** Whether the payer passed a challenge for just this. */
const proves = (earlier: ChargeState | undefined, { card, amount, currency }: AuthorizeRequest): boolean =>
  earlier?.outcome.kind === 'authenticated' &&
  earlier.request.amount === amount &&
  earlier.request.currency === currency &&
  JSON.stringify(earlier.request.card) === JSON.stringify(card);

/** The payer's bank approves everything, except the published test ids that decline, ask for a challenge or take their time. */
function testIssuer(request: AuthorizeRequest, authenticated: boolean): AttemptOutcome {
  const token = request.card.kind === 'test' ? request.card.token : '';
  if (token.includes('chargeDeclined')) {
    return {
      kind: 'failed',
      decline: { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' },
    };
  }
  const asks = token.includes('authenticationRequired') && !authenticated;
  if (asks && request.offSession) return UNASKED;
  if (asks) return { kind: 'requires_action', url: `http://channel/challenge/${request.reference}` };
  if (token.includes('pending')) return { kind: 'pending' };
  if (request.capture) return { kind: 'captured', authorizationCode: APPROVED, amount: request.amount };
  const { requestedFeatures: features } = request;
  return { kind: 'authorized', authorizationCode: APPROVED, ...(features && { features }) };
}

/** All that the channel knows; a copy of it is another channel with the same past. */
export interface ChannelState {
  readonly charges: Map<string, ChargeState>;
  readonly refunds: Map<string, RefundState>;
  readonly callbacks: CallbackFact[];
  readonly refused: Set<Refusable>;
  readonly amounts: Map<'authorize' | 'capture' | 'increment', bigint>;
  readonly sent: Map<string, number>;
  /** Of each charge: the dispute as it stands, as it was ever told, and what became of answers. */
  readonly disputes: Map<
    string,
    { facts: DisputeFacts; readonly told: readonly DisputeFacts[]; readonly answers: Map<number, OperationOutcome> }
  >;
  /** How disputes ended. */
  readonly disputeEnds: Map<string, 'won' | 'lost' | 'closed'>;
}

export const noCharges = (): ChannelState => ({
  charges: new Map(),
  refunds: new Map(),
  callbacks: [],
  refused: new Set(),
  amounts: new Map(),
  sent: new Map(),
  disputes: new Map(),
  disputeEnds: new Map(),
});

export function memoryChannel(hooks: ChannelHooks = {}, state: ChannelState = noCharges()): MemoryChannel {
  const { charges, refunds, callbacks, refused, amounts, sent, disputes, disputeEnds } = state;

  const call = async <T>(name: string, reference: string, effect: () => T, operation = ''): Promise<T> => {
    const request = `${name} ${reference} ${operation}`.trimEnd();
    sent.set(request, (sent.get(request) ?? 0) + 1);
    await hooks.before?.(name, reference);
    const result = effect();
    await Promise.resolve();
    await hooks.after?.(name, reference);
    return result;
  };

  const operate = (
    request: FollowUp,
    facts: OperationFacts,
    change: (charge: ChargeState) => OperationOutcome,
  ): OperationOutcome => {
    const charge = charges.get(request.reference);
    if (!charge) return refusal('charge_unknown', 'No such charge.');
    const known = charge.operations.get(request.operation);
    const done = {
      ...facts,
      ...(facts.kind !== 'void' && amounts.has(facts.kind) && { amount: amounts.get(facts.kind)! }),
    };
    const outcome = known ?? change(charge);
    if (!known) {
      charge.operations.set(request.operation, outcome);
      const { keepsRest } = request as CaptureRequest;
      charge.facts.set(request.operation, { ...done, ...(keepsRest && { keepsRest }) });
      const { reference, operation } = request;
      callbacks.push({ about: 'operation', reference, operation, outcome, facts: done });
    }
    // As the sandbox's client has it: what is over another amount is asked about.
    const differs = outcome.kind === 'succeeded' && done.amount !== facts.amount;
    return differs ? { kind: 'unknown', reason: 'the answer is about another amount' } : outcome;
  };

  const authorize = (request: AuthorizeRequest): AttemptOutcome => {
    const known = charges.get(request.reference);
    if (known) return known.outcome;
    const { authentication } = request;
    const asked = testIssuer(request, proves(authentication && charges.get(authentication), request));
    const amount = amounts.get('authorize') ?? request.amount;
    const over = amounts.has('authorize') && (asked.kind === 'captured' || asked.kind === 'authorized');
    const outcome: AttemptOutcome = over ? { ...asked, amount } : asked;
    const captured = outcome.kind === 'captured' ? outcome.amount : 0n;
    charges.set(request.reference, {
      request,
      outcome,
      authorized: amount,
      captured,
      closed: false,
      refunded: 0n,
      voided: false,
      operations: new Map(),
      facts: new Map(),
    });
    if (outcome.kind !== 'pending') callbacks.push({ about: 'attempt', reference: request.reference, outcome });
    return outcome;
  };

  const isHeld = ({ outcome, voided, closed }: ChargeState) => outcome.kind === 'authorized' && !voided && !closed;

  const capture = (charge: ChargeState, { amount, keepsRest = false }: CaptureRequest): OperationOutcome => {
    if (!isHeld(charge) || refused.has('capture') || amount > charge.authorized - charge.captured)
      return refusal('charge_expired_for_capture', 'The authorisation is not there.');
    charge.captured += amounts.get('capture') ?? amount;
    charge.closed = !keepsRest || charge.captured === charge.authorized;
    return SUCCEEDED;
  };

  const increment = (charge: ChargeState, { amount }: IncrementRequest): OperationOutcome => {
    const possible = isHeld(charge) && charge.captured === 0n && amount > charge.authorized;
    if (!possible || amount > ISSUER_LIMIT || refused.has('increment'))
      return refusal('card_declined', 'Your card was declined.');
    charge.authorized = amounts.get('increment') ?? amount;
    return SUCCEEDED;
  };

  const letGo = (charge: ChargeState): OperationOutcome => {
    if (!isVoidable(charge) || refused.has('void'))
      return refusal('payment_intent_unexpected_state', 'There is nothing to let go.');
    if (ASKED.includes(charge.outcome.kind)) charge.outcome = NOT_AUTHENTICATED;
    if (charge.outcome.kind === 'captured') charge.captured = 0n;
    charge.voided = true;
    return SUCCEEDED;
  };

  const refund = (request: RefundRequest): OperationOutcome => {
    const known = refunds.get(request.reference);
    if (known) return known.outcome;
    const charge = charges.get(request.payment);
    const possible = charge && !refused.has('refund') && request.amount <= charge.captured - charge.refunded;
    const outcome = possible ? SUCCEEDED : refusal('charge_not_refundable', 'There is nothing left to refund.');
    if (possible) charge.refunded += request.amount;
    refunds.set(request.reference, { request, outcome });
    callbacks.push({ about: 'refund', reference: request.reference, outcome });
    return outcome;
  };

  return {
    state,
    charges,
    refunds,
    callbacks,
    sent,
    authorize: (request) => call('authorize', request.reference, () => authorize(request)),
    capture: (request: CaptureRequest) =>
      call(
        'capture',
        request.reference,
        () => operate(request, { kind: 'capture', amount: request.amount }, (charge) => capture(charge, request)),
        `${request.operation}`,
      ),
    increment: (request) =>
      call(
        'increment',
        request.reference,
        () => operate(request, { kind: 'increment', amount: request.amount }, (charge) => increment(charge, request)),
        `${request.operation}`,
      ),
    void: (request) =>
      call('void', request.reference, () => operate(request, { kind: 'void' }, letGo), `${request.operation}`),
    refund: (request) => call('refund', request.reference, () => refund(request)),
    queryAttempt: (reference): Promise<AttemptState> =>
      call('queryAttempt', reference, () => {
        const charge = charges.get(reference);
        return {
          attempt: charge?.outcome ?? { kind: 'not_found' },
          operations: new Map(charge?.operations),
          operationFacts: new Map(charge?.facts),
        };
      }),
    queryRefund: (reference): Promise<QueryResult<OperationOutcome>> =>
      call('queryRefund', reference, () => refunds.get(reference)?.outcome ?? { kind: 'not_found' }),
    openDispute: (reference, kind, amount) => {
      const facts: DisputeFacts = {
        id: '1',
        kind,
        amount,
        currency: charges.get(reference)!.request.currency,
        fee: kind === 'chargeback' ? 1500n : 0n,
        reason: 'fraudulent',
        openedMs: 1_800_000_000_000,
        dueMs: 1_800_700_000_000,
      };
      const told = [...(disputes.get(reference)?.told ?? []), facts];
      disputes.set(reference, { facts, told, answers: new Map() });
      callbacks.push({ about: 'dispute', reference, dispute: facts, outcome: { kind: 'opened' } });
    },
    answerDispute: (request: DisputeAnswer) =>
      call('answerDispute', request.reference, () => {
        const dispute = disputes.get(request.reference)!;
        const known = dispute.answers.get(request.submission);
        if (known) return known;
        const outcome: OperationOutcome =
          dispute.answers.size === 0 ? { kind: 'succeeded' } : refusal('dispute_closed', 'It was answered.');
        dispute.answers.set(request.submission, outcome);
        const { reference } = request;
        const won = request.evidence.uncategorized_text === 'winning_evidence' && request.answer === 'contest';
        const kind = dispute.facts.kind === 'inquiry' ? 'closed' : won ? 'won' : 'lost';
        if (outcome.kind === 'succeeded') disputeEnds.set(reference, kind);
        callbacks.push({ about: 'dispute', reference, dispute: dispute.facts, outcome: { kind } });
        return outcome;
      }),
    decide: (reference, kind) => {
      const charge = charges.get(reference)!;
      const { amount } = charge.request;
      const outcomes = {
        failed: NOT_AUTHENTICATED,
        authorized: { kind: 'authorized', authorizationCode: APPROVED },
        captured: { kind: 'captured', authorizationCode: APPROVED, amount },
      } as const;
      charge.outcome = outcomes[kind];
      charge.captured = kind === 'captured' ? amount : 0n;
      return charge.outcome;
    },
    takeAnyway: (reference, amount) => {
      const charge = charges.get(reference)!;
      charge.outcome = { kind: 'captured', authorizationCode: APPROVED, amount };
      charge.captured = amount;
      callbacks.push({ about: 'attempt', reference, outcome: charge.outcome });
    },
    answerOver: (kind, amount) => void amounts.set(kind, amount),
    refuse: (kind) => void refused.add(kind),
    finishChallenge: (reference, passed) => {
      const charge = charges.get(reference);
      if (charge?.outcome.kind !== 'requires_action') throw new Error(`no challenge for ${reference}`);
      const answered = charge.request.stopsAfterChallenge
        ? ({ kind: 'authenticated' } as const)
        : testIssuer(charge.request, true);
      charge.outcome = passed ? answered : NOT_AUTHENTICATED;
      if (charge.outcome.kind === 'captured') charge.captured = charge.outcome.amount;
      callbacks.push({ about: 'attempt', reference, outcome: charge.outcome });
    },
    takeBackRefund: (reference) => {
      const taken = refunds.get(reference)!;
      if (taken.outcome.kind !== 'succeeded') return;
      taken.outcome = refusal('expired_or_canceled_card', 'The card was canceled.');
      charges.get(taken.request.payment)!.refunded -= taken.request.amount;
      callbacks.push({ about: 'refund', reference, outcome: taken.outcome });
    },
  };
}
