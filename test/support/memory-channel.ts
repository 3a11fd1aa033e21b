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
  ChannelAccount,
  FollowUp,
  OperationOutcome,
  QueryResult,
  RefundRequest,
} from '../../functions/channels/port.ts';
import type { ChannelReference } from '../../functions/shared/ids.ts';

interface ChargeState {
  readonly request: AuthorizeRequest;
  outcome: AttemptOutcome;
  /** Minor units taken, minus what was voided. */
  captured: bigint;
  readonly operations: Map<number, OperationOutcome>;
}

/** What the payer's bank says to a card; by test id. */
export type Issuer = (request: AuthorizeRequest) => AttemptOutcome;

/** Called around every call to the channel: a test throws here to crash the caller, or to lose the request or its answer. */
export interface ChannelHooks {
  readonly before?: (name: string) => void;
  readonly after?: (name: string) => void;
}

export interface MemoryChannel extends Channel {
  readonly charges: ReadonlyMap<string, Readonly<ChargeState>>;
  readonly refunds: ReadonlyMap<string, { readonly request: RefundRequest; readonly outcome: OperationOutcome }>;
  /** Callbacks that the channel has not sent yet; a test delivers, repeats, reorders or drops them. */
  readonly callbacks: CallbackFact[];
  /** A pending charge is decided: it is captured. */
  settlePending(reference: ChannelReference): CallbackFact;
  /** The payer finishes (or fails) the challenge of a charge. */
  finishChallenge(reference: ChannelReference, passed: boolean): void;
}

const APPROVED = 'A00001';

/** Approves everything, except the published test ids that decline or ask for a challenge. */
export const testIssuer: Issuer = (request) => {
  const token = request.card.kind === 'test' ? request.card.token : '';
  if (token.includes('chargeDeclined')) {
    return {
      kind: 'failed',
      decline: { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' },
    };
  }
  if (token.includes('authenticationRequired'))
    return { kind: 'requires_action', url: `http://channel/challenge/${request.reference}` };
  if (token.includes('pending')) return { kind: 'pending' };
  return request.capture
    ? { kind: 'captured', authorizationCode: APPROVED, amount: request.amount }
    : { kind: 'authorized', authorizationCode: APPROVED };
};

export function memoryChannel(issuer: Issuer = testIssuer, hooks: ChannelHooks = {}): MemoryChannel {
  const charges = new Map<string, ChargeState>();
  const refunds = new Map<string, { request: RefundRequest; outcome: OperationOutcome }>();
  const callbacks: CallbackFact[] = [];

  const call = async <T>(name: string, effect: () => T): Promise<T> => {
    hooks.before?.(name);
    const result = effect();
    await Promise.resolve();
    hooks.after?.(name);
    return result;
  };

  const operate = (request: FollowUp, change: (charge: ChargeState) => OperationOutcome): OperationOutcome => {
    const charge = charges.get(request.reference);
    if (!charge) return { kind: 'failed', decline: { code: 'charge_unknown', message: 'No such charge.' } };
    const known = charge.operations.get(request.operation);
    if (known) return known;
    const outcome = change(charge);
    charge.operations.set(request.operation, outcome);
    callbacks.push({ about: 'operation', reference: request.reference, operation: request.operation, outcome });
    return outcome;
  };

  return {
    charges,
    refunds,
    callbacks,
    authorize: (request: AuthorizeRequest) =>
      call('authorize', () => {
        const known = charges.get(request.reference);
        if (known) return known.outcome;
        const outcome = issuer(request);
        charges.set(request.reference, {
          request,
          outcome,
          captured: outcome.kind === 'captured' ? outcome.amount : 0n,
          operations: new Map(),
        });
        if (outcome.kind !== 'pending') callbacks.push({ about: 'attempt', reference: request.reference, outcome });
        return outcome;
      }),
    capture: (request: CaptureRequest) =>
      call('capture', () =>
        operate(request, (charge) => {
          if (charge.outcome.kind !== 'authorized' || request.amount > charge.request.amount) {
            return {
              kind: 'failed',
              decline: { code: 'charge_expired_for_capture', message: 'The authorisation is not there.' },
            };
          }
          charge.captured = request.amount;
          return { kind: 'succeeded' };
        }),
      ),
    void: (request: FollowUp) =>
      call('void', () =>
        operate(request, (charge) => {
          charge.captured = 0n;
          return { kind: 'succeeded' };
        }),
      ),
    refund: (request: RefundRequest) =>
      call('refund', () => {
        const known = refunds.get(request.reference);
        if (known) return known.outcome;
        const outcome: OperationOutcome = { kind: 'succeeded' };
        refunds.set(request.reference, { request, outcome });
        callbacks.push({ about: 'refund', reference: request.reference, outcome });
        return outcome;
      }),
    queryAttempt: (reference: ChannelReference, _account: ChannelAccount): Promise<AttemptState> =>
      call('queryAttempt', () => {
        const charge = charges.get(reference);
        return { attempt: charge?.outcome ?? { kind: 'not_found' }, operations: new Map(charge?.operations) };
      }),
    queryRefund: (reference: ChannelReference, _account: ChannelAccount): Promise<QueryResult<OperationOutcome>> =>
      call('queryRefund', () => refunds.get(reference)?.outcome ?? { kind: 'not_found' }),
    settlePending: (reference) => {
      const charge = charges.get(reference)!;
      charge.outcome = { kind: 'captured', authorizationCode: APPROVED, amount: charge.request.amount };
      charge.captured = charge.request.amount;
      return { about: 'attempt', reference, outcome: charge.outcome };
    },
    finishChallenge: (reference, passed) => {
      const charge = charges.get(reference);
      if (charge?.outcome.kind !== 'requires_action') throw new Error(`no challenge for ${reference}`);
      charge.outcome = passed
        ? testIssuer({ ...charge.request, card: { kind: 'test', token: 'pm_card_visa' } })
        : {
            kind: 'failed',
            decline: {
              code: 'payment_intent_authentication_failure',
              message: 'The payer could not be authenticated.',
            },
          };
      if (charge.outcome.kind === 'captured') charge.captured = charge.outcome.amount;
      callbacks.push({ about: 'attempt', reference, outcome: charge.outcome });
    },
  };
}
