/** The sandbox acquirer behind the channel port: HTTP out, outcomes in. A missing or unreadable response is unknown (I15). */
import type { CardChannel, ClearCard } from '../port/card.ts';
import type { ResumeRequest } from '../port/channel.ts';
import type { CredentialCheck } from '../port/credentials.ts';
import type { Instrument } from '../port/instrument.ts';
import type { Listing } from '../port/listing.ts';
import type {
  AttemptOutcome,
  AttemptQuery,
  AttemptState,
  AuthorizeRequest,
  ChannelAccount,
  Decline,
  DisputeAnswer,
  FollowUp,
  OperationOutcome,
  PaymentAtChannel,
  QueryResult,
  RefundQuery,
  RefundRequest,
} from '../port/port.ts';
import { CAPABILITIES, RETENTION_MS, TIMING } from './capabilities.ts';
import { declineOf, NOT_ACCEPTED, NOT_NOW } from './declines.ts';
import { readListing } from './listing.ts';
import { type ChannelResponse, get, post, reasonOf, type SandboxClientDeps } from './transport.ts';
import {
  attemptOutcome,
  attemptState,
  operationOutcome,
  outcomeOf,
  readAnswer,
  readCharge,
  readClosed,
  readOperation,
  readRefund,
  refundOutcome,
} from './wire.ts';

/** Refusals that are made before anything is done; any other may hide an effect (a reference that was used, say). */
const BEFORE_ANY_EFFECT: ReadonlySet<string> = new Set([
  'malformed',
  'unauthorised',
  'too_large',
  'order_closed',
  'wrong_id',
  'not_accepted',
]);

/** The sandbox can be asked about everything. */
export type SandboxChannel = CardChannel &
  Required<Pick<CardChannel, 'queryAttempt' | 'queryRefund' | 'checkCredentials'>>;

export function sandboxChannel(deps: SandboxClientDeps): SandboxChannel {
  return {
    capabilities: CAPABILITIES,
    timing: TIMING,
    checkCredentials: (account) => checkCredentials(deps, account),
    authorize(request) {
      const { instrument } = request;
      switch (instrument.kind) {
        case 'test':
          return authorize(deps, request, { card: { token: instrument.token } });
        case 'wallet':
          return authorize(deps, request, { wallet: walletOf(instrument) });
        case 'vault':
          throw new Error('a vaulted card is authorized through the vault');
        default:
          return instrument satisfies never;
      }
    },
    authorizeCard: (request, card) => authorize(deps, request, { card: cardOf(card) }),
    capture: (request) =>
      operate(deps, request, 'capture', {
        amount: String(request.amount),
        ...descriptorOf(request),
        ...(request.keepsRest && { keeps_rest: true }),
      }),
    increment: (request) =>
      operate(deps, request, 'increment', { amount: String(request.amount), ...descriptorOf(request) }),
    resume: (request) => resume(deps, request),
    close: (request) => close(deps, request),
    void: (request) => operate(deps, request, 'void', {}),
    refund: (request) => refund(deps, request),
    queryAttempt: (query) => queryAttempt(deps, query),
    queryRefund: (query) => queryRefund(deps, query),
    answerDispute: (request) => answerDispute(deps, request),
    listing: { retentionMs: RETENTION_MS, list: (request) => list(deps, request) },
  };
}

const descriptorOf = ({ statementDescriptor }: Pick<AuthorizeRequest, 'statementDescriptor'>): object =>
  statementDescriptor === undefined ? {} : { statement_descriptor: statementDescriptor };

/** The sandbox's own id of the charge, where it is known: it refuses a request about another one. */
const chargeIdOf = ({ handles }: Pick<PaymentAtChannel, 'handles'>): object =>
  handles?.charge === undefined ? {} : { charge_id: handles.charge };

const walletOf = ({ type, locale, invoice, client }: Extract<Instrument, { kind: 'wallet' }>): object => ({
  type,
  ...(client === 'mobile_web' && { client }),
  ...(locale && { locale }),
  ...(invoice && { invoice }),
});

const notesOf = ({ notes }: Pick<AuthorizeRequest, 'notes'>): object => (notes ? { notes } : {});

const cardOf = (card: ClearCard): object => ({
  number: card.number,
  exp_month: card.expMonth,
  exp_year: card.expYear,
  ...(card.cvc !== undefined && { cvc: card.cvc }),
});

async function authorize(
  deps: SandboxClientDeps,
  request: AuthorizeRequest,
  instrument: object,
): Promise<AttemptOutcome> {
  const response = await post(deps, request.account, '/charges', {
    reference: request.reference,
    amount: String(request.amount),
    currency: request.currency,
    capture: request.capture,
    ...instrument,
    off_session: request.offSession,
    ...(request.setUp && { set_up: true }),
    ...(request.wantsChallenge && { challenge: 'requested' }),
    ...(request.stopsAfterChallenge && { after_challenge: 'wait' }),
    ...(request.authentication && { authentication: request.authentication }),
    ...(request.requestedFeatures && { features: request.requestedFeatures }),
    ...(request.expiresMs !== undefined && { expires_at: request.expiresMs }),
    ...(request.returnUrl !== undefined && { return_url: request.returnUrl }),
    ...descriptorOf(request),
    ...notesOf(request),
  });
  if (response.kind !== 'answered') return outcomeWithoutAnswer(response);
  const charge = readCharge(response.body);
  const ours =
    charge?.reference === request.reference && charge.amount === request.amount && charge.currency === request.currency;
  return ours ? attemptOutcome(charge) : { kind: 'unknown', reason: 'the answer is not about this request' };
}

async function operate(
  deps: SandboxClientDeps,
  request: FollowUp,
  kind: 'capture' | 'void' | 'increment',
  more: object,
): Promise<OperationOutcome> {
  const body = { operation: request.operation, ...more, ...chargeIdOf(request), ...notesOf(request) };
  const response = await post(deps, request.account, `/charges/${request.reference}/${kind}s`, body);
  if (response.kind !== 'answered') return outcomeWithoutAnswer(response);
  const operation = readOperation(response.body);
  const ours = operation?.number === request.operation && operation.kind === kind;
  // Another amount than was asked for is in the charge's state, which is asked for then.
  if (ours && operation.amount !== undefined && 'amount' in request && operation.amount !== request.amount)
    return { kind: 'unknown', reason: 'the answer is about another amount' };
  return ours ? operationOutcome(operation) : { kind: 'unknown', reason: 'the answer is not about this request' };
}

/** The sandbox knows what its payer approved: the parameters of the return add nothing to it. */
async function resume(deps: SandboxClientDeps, request: ResumeRequest): Promise<AttemptOutcome> {
  const { reference, account } = request;
  const response = await post(deps, account, `/charges/${reference}/resume`, chargeIdOf(request));
  if (response.kind !== 'answered') return outcomeWithoutAnswer(response);
  const charge = readCharge(response.body);
  return charge?.reference === reference
    ? attemptOutcome(charge)
    : { kind: 'unknown', reason: 'the answer is not about this request' };
}

/** Under the charge's own reference: the order may not be there yet, and then never will be. */
async function close(deps: SandboxClientDeps, order: PaymentAtChannel): Promise<OperationOutcome> {
  const { reference, account } = order;
  const response = await post(deps, account, `/charges/${reference}/close`, chargeIdOf(order));
  if (response.kind !== 'answered') return outcomeWithoutAnswer(response);
  const closed = readClosed(response.body);
  return closed?.reference === reference
    ? outcomeOf(closed)
    : { kind: 'unknown', reason: 'the answer is not about this request' };
}

async function refund(deps: SandboxClientDeps, request: RefundRequest): Promise<OperationOutcome> {
  const { payment, capture } = request.refunded ?? {};
  // A charge that was captured in one step may have an id of its capture too.
  const captureId = capture?.capture ?? payment?.capture;
  const response = await post(deps, request.account, '/refunds', {
    reference: request.reference,
    charge: request.payment,
    amount: String(request.amount),
    currency: request.currency,
    ...chargeIdOf({ ...(payment && { handles: payment }) }),
    ...(captureId !== undefined && { capture_id: captureId }),
    ...notesOf(request),
  });
  if (response.kind !== 'answered') return outcomeWithoutAnswer(response);
  const read = readRefund(response.body);
  const ours =
    read?.reference === request.reference && read.amount === request.amount && read.currency === request.currency;
  return ours ? refundOutcome(read) : { kind: 'unknown', reason: 'the answer is not about this request' };
}

/** Asks about a charge that does not exist: only an account that proves itself is answered so. */
async function checkCredentials(deps: SandboxClientDeps, account: ChannelAccount): Promise<CredentialCheck> {
  const response = await get(deps, account, '/charges/none');
  const code = response.kind === 'refused' ? response.code : undefined;
  if (code === 'not_found') return { kind: 'accepted' };
  return code === 'unauthorised' ? { kind: 'refused', reason: code } : { kind: 'unknown', reason: reasonOf(response) };
}

/** By our reference, which is all that the sandbox needs. */
async function queryAttempt(deps: SandboxClientDeps, { reference, account }: AttemptQuery): Promise<AttemptState> {
  const response = await get(deps, account, `/charges/${reference}`);
  const operations = new Map<number, OperationOutcome>();
  if (response.kind === 'refused' && response.code === 'not_found')
    return { attempt: { kind: 'not_found' }, operations };
  const charge = response.kind === 'answered' ? readCharge(response.body) : undefined;
  return charge?.reference === reference
    ? attemptState(charge)
    : { attempt: { kind: 'unknown', reason: reasonOf(response) }, operations };
}

async function queryRefund(
  deps: SandboxClientDeps,
  { reference, account }: RefundQuery,
): Promise<QueryResult<OperationOutcome>> {
  const response = await get(deps, account, `/refunds/${reference}`);
  if (response.kind === 'refused' && response.code === 'not_found') return { kind: 'not_found' };
  const read = response.kind === 'answered' ? readRefund(response.body) : undefined;
  return read?.reference === reference ? refundOutcome(read) : { kind: 'unknown', reason: reasonOf(response) };
}

async function answerDispute(deps: SandboxClientDeps, request: DisputeAnswer): Promise<OperationOutcome> {
  const { dispute, submission, answer, evidence } = request;
  const response = await post(deps, request.account, `/charges/${request.reference}/answers`, {
    dispute,
    submission,
    answer,
    evidence,
  });
  if (response.kind !== 'answered') return outcomeWithoutAnswer(response);
  const read = readAnswer(response.body);
  return read?.submission === submission
    ? outcomeOf(read)
    : { kind: 'unknown', reason: 'the answer is not about this request' };
}

async function list(
  deps: SandboxClientDeps,
  { account, sinceMs, untilMs, cursor }: Parameters<Listing['list']>[0],
): ReturnType<Listing['list']> {
  const body = { since: sinceMs, until: untilMs, ...(cursor !== undefined && { cursor }) };
  const response = await post(deps, account, '/listings', body);
  return response.kind === 'answered' ? readListing(response.body) : undefined;
}

/** A refusal as a decline: the order is over, the sandbox takes nothing for now, or our key or form is wrong. */
function refusalOf(code: string): Decline {
  if (code === 'order_closed') return declineOf(code, code);
  return { ...(code === 'not_accepted' ? NOT_NOW : NOT_ACCEPTED), networkCode: code };
}

/** The outcome of a request for money that the sandbox did not carry out, or did not answer. */
const outcomeWithoutAnswer = (
  response: Exclude<ChannelResponse, { kind: 'answered' }>,
): Extract<OperationOutcome, { kind: 'failed' | 'unknown' }> =>
  response.kind === 'refused' && BEFORE_ANY_EFFECT.has(response.code)
    ? {
        kind: 'failed',
        decline: refusalOf(response.code),
      }
    : { kind: 'unknown', reason: reasonOf(response) };
