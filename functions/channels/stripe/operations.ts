/** Operations on a payment at Stripe: captures, increments, and the release of what is held. */
import type { CaptureRequest, FollowUp, IncrementRequest, OperationOutcome, PaymentAtChannel } from '../port/port.ts';
import { isOfKey, ourFault, refusalOf } from './errors.ts';
import { chargeIdOf, stateOf } from './map.ts';
import { type PaymentIntent, readPaymentIntent, readSetupIntent } from './objects.ts';
import { findIntent, findSetup } from './query.ts';
import { doneOf, referenceIn, succeeded } from './references.ts';
import { captureParameters, incrementParameters, isPayable, releaseParameters } from './requests.ts';
import { opened, type Parameters, post, reasonOf, type StripeClientDeps, type StripeResponse } from './transport.ts';

const unknown = (reason: string): OperationOutcome => ({ kind: 'unknown', reason });
const OUR_AMOUNT: OperationOutcome = { kind: 'failed', decline: ourFault('invalid_amount') };

/** The key of an operation: one per number. */
const keyOf = ({ reference, operation }: FollowUp): string => `${reference}-${operation}`;

/** Takes a part or all of what is held. */
export async function capture(deps: StripeClientDeps, request: CaptureRequest): Promise<OperationOutcome> {
  if (!isPayable(request)) return OUR_AMOUNT;
  const credentials = await opened(deps, request.account);
  if (!credentials) return unknown("the account's credentials are not available");
  return operate(deps, request, 'capture', captureParameters(request, credentials));
}

/** Holds more. */
export const increment = (deps: StripeClientDeps, request: IncrementRequest): Promise<OperationOutcome> =>
  isPayable(request)
    ? operate(deps, request, 'increment_authorization', incrementParameters(request))
    : Promise.resolve(OUR_AMOUNT);

async function operate(
  deps: StripeClientDeps,
  request: FollowUp,
  action: string,
  parameters: Parameters,
): Promise<OperationOutcome> {
  const id = await nameOf(deps, request);
  if (typeof id !== 'string') return id;
  const response = await post(deps, request.account, pathOf(id, action), parameters, keyOf(request));
  return outcomeOf(deps, request, response);
}

const pathOf = (id: string, action: string): string => `/v1/payment_intents/${encodeURIComponent(id)}/${action}`;

/** Stripe's name of the payment; a record that has none finds it by our reference. */
async function nameOf(deps: StripeClientDeps, payment: PaymentAtChannel): Promise<string | OperationOutcome> {
  const known = payment.handles?.payment_intent;
  if (known !== undefined) return known;
  const found = await findIntent(deps, payment);
  return found.kind === 'found' ? found.object.id : missing(found);
}

const missing = (found: { readonly kind: string; readonly reason?: string }): OperationOutcome =>
  found.kind === 'not_found'
    ? { kind: 'failed', decline: ourFault('resource_missing') }
    : unknown(found.reason ?? found.kind);

/** What became of an operation: by the mark of it that the answer has. */
async function outcomeOf(
  deps: StripeClientDeps,
  request: FollowUp,
  response: StripeResponse,
): Promise<OperationOutcome> {
  if (response.kind === 'unknown') return response;
  // The key was used for another request: under it, the operation may have taken effect.
  if (response.kind === 'refused' && isOfKey(response.status, response.error)) return found(deps, request, response);
  if (response.kind === 'refused') return refusalOf('operation', response.status, response.error);
  const intent = readPaymentIntent(response.body);
  return intent && referenceIn(intent.metadata) === request.reference
    ? marked(intent, request)
    : unknown(reasonOf(response));
}

/** The operation as the payment at Stripe has it. */
async function found(
  deps: StripeClientDeps,
  { handles: _handles, ...request }: FollowUp,
  response: StripeResponse,
): Promise<OperationOutcome> {
  const intent = await findIntent(deps, request);
  const done = intent.kind === 'found' ? stateOf(intent.object).operations.get(request.operation) : undefined;
  return done ?? unknown(reasonOf(response));
}

function marked(intent: PaymentIntent, { operation }: FollowUp): OperationOutcome {
  const mark = doneOf(intent)?.find(({ number }) => number === operation);
  return mark ? succeeded(mark, chargeIdOf(intent)) : unknown('the answer does not have the operation');
}

/** Releases what is held: all of it by a cancel, or the rest by a last capture of nothing. */
export async function releaseHold(deps: StripeClientDeps, request: FollowUp): Promise<OperationOutcome> {
  const current = await findIntent(deps, request);
  if (current.kind !== 'found') return missing(current);
  const intent = current.object;
  const done = stateOf(intent).operations.get(request.operation);
  if (done) return done;
  if (intent.status === 'requires_capture' && intent.amount_received > 0n)
    return outcomeOf(
      deps,
      request,
      await post(deps, request.account, pathOf(intent.id, 'capture'), releaseParameters(request), keyOf(request)),
    );
  return cancel(deps, request, pathOf(intent.id, 'cancel'), keyOf(request));
}

/** Ends a challenge that was not passed, of a payment or of a verification. What Stripe does not know yet cannot be closed. */
export async function close(deps: StripeClientDeps, order: PaymentAtChannel): Promise<OperationOutcome> {
  const setup = order.handles?.setup_intent;
  if (setup !== undefined) return cancel(deps, order, `/v1/setup_intents/${encodeURIComponent(setup)}/cancel`);
  const intent = await findIntent(deps, order);
  if (intent.kind === 'found') return cancel(deps, order, pathOf(intent.object.id, 'cancel'));
  if (intent.kind === 'unknown' || order.handles?.payment_intent !== undefined) return missing(intent);
  const other = await findSetup(deps, order);
  return other.kind === 'found'
    ? cancel(deps, order, `/v1/setup_intents/${other.object.id}/cancel`)
    : unknown('there is nothing to close yet');
}

/** A cancel needs no key: what is canceled already is canceled. */
async function cancel(
  deps: StripeClientDeps,
  { reference, account }: PaymentAtChannel,
  path: string,
  key?: string,
): Promise<OperationOutcome> {
  const response = await post(deps, account, path, {}, key);
  if (response.kind === 'unknown') return response;
  const { body } =
    response.kind === 'answered' ? response : { body: response.error.payment_intent ?? response.error.setup_intent };
  const read = readPaymentIntent(body) ?? readSetupIntent(body);
  if (read && referenceIn(read.metadata) === reference && read.status === 'canceled') return { kind: 'succeeded' };
  return response.kind === 'answered'
    ? unknown(reasonOf(response))
    : refusalOf('operation', response.status, response.error);
}
