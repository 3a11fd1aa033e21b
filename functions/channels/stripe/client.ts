/**
 * Stripe behind the channel port: HTTP out, outcomes in. A missing or unreadable response is unknown (I15). Each request has a key that is made of our
 * reference, so that sending it twice is sending it once.
 */
import type { CardChannel, ClearCard } from '../port/card.ts';
import type { CredentialCheck } from '../port/credentials.ts';
import type { AttemptOutcome, AuthorizeRequest, ChannelAccount } from '../port/port.ts';
import { CAPABILITIES, TIMING } from './capabilities.ts';
import { answerDispute, referenceOf } from './disputes.ts';
import { ourFault, refusalOf } from './errors.ts';
import { attemptOutcome, setupOutcome } from './map.ts';
import { readPaymentIntent, readSetupIntent } from './objects.ts';
import { capture, close, increment, releaseHold } from './operations.ts';
import { queryAttempt } from './query.ts';
import { referenceIn } from './references.ts';
import { queryRefund, refund } from './refunds.ts';
import { isPayable, paymentParameters, type StripeCard, setupParameters } from './requests.ts';
import { get, opened, post, reasonOf, type StripeClientDeps, type StripeResponse, withinLimit } from './transport.ts';

/** Stripe can be asked about everything. */
export type StripeChannel = CardChannel & Required<Pick<CardChannel, 'queryAttempt' | 'queryRefund' | 'referenceOf'>>;

/** The client of all accounts at Stripe. */
export const stripeChannel = (deps: StripeClientDeps): StripeChannel => ({
  capabilities: CAPABILITIES,
  timing: TIMING,
  checkCredentials: (account) => checkCredentials(deps, account),
  authorize(request) {
    const { instrument } = request;
    if (instrument.kind === 'vault') throw new Error('a vaulted card is authorized through the vault');
    return instrument.kind === 'test'
      ? authorize(deps, request, { testId: instrument.token })
      : Promise.resolve({ kind: 'failed', decline: ourFault('no_such_instrument') });
  },
  authorizeCard: (request, card: ClearCard) => authorize(deps, request, { card }),
  capture: (request) => capture(withinLimit(deps), request),
  increment: (request) => increment(withinLimit(deps), request),
  close: (order) => close(withinLimit(deps), order),
  void: (request) => releaseHold(withinLimit(deps), request),
  refund: (request) => refund(withinLimit(deps), request),
  queryAttempt: (query) => queryAttempt(deps, query),
  queryRefund: (query) => queryRefund(deps, query),
  answerDispute: (request) => answerDispute(withinLimit(deps), request),
  referenceOf: (payment) => referenceOf(deps, payment),
});

const TEST_ID = /^pm_card_[0-9A-Za-z_]{1,80}$/;

async function authorize(
  deps: StripeClientDeps,
  request: AuthorizeRequest,
  source: StripeCard,
): Promise<AttemptOutcome> {
  const credentials = await opened(deps, request.account);
  // An outage of ours is never reported as a decline.
  if (!credentials) return NO_CREDENTIALS;
  const { amount, reference, account, authentication } = request;
  const isSetup = amount === 0n;
  const isTest = 'testId' in source;
  if (isTest && !(credentials.environment === 'test' && TEST_ID.test(source.testId)))
    return { kind: 'failed', decline: ourFault('no_test_card') };
  // A challenge that was passed by another request is no part of this one.
  if (authentication !== undefined) return { kind: 'failed', decline: ourFault('no_earlier_challenge') };
  if (isSetup) {
    const response = await post(deps, account, '/v1/setup_intents', setupParameters(request, source), reference);
    return setUp(request, response);
  }
  if (!isPayable(request)) return { kind: 'failed', decline: ourFault('invalid_amount') };
  const parameters = paymentParameters(request, source, credentials);
  return paid(request, await post(deps, account, '/v1/payment_intents', parameters, reference));
}

const NO_CREDENTIALS: AttemptOutcome = { kind: 'unknown', reason: "the account's credentials are not available" };
const NOT_OURS: AttemptOutcome = { kind: 'unknown', reason: 'the answer is not about this request' };

/** What became of a payment, out of the answer: a decline has the payment in its error. */
function paid(request: AuthorizeRequest, response: StripeResponse): AttemptOutcome {
  if (response.kind === 'unknown') return response;
  const { reference, amount, currency } = request;
  const intent = readPaymentIntent(response.kind === 'answered' ? response.body : response.error.payment_intent);
  const isOurs =
    intent !== undefined &&
    referenceIn(intent.metadata) === reference &&
    intent.amount === amount &&
    intent.currency === currency;
  if (response.kind === 'answered') return isOurs ? attemptOutcome(intent) : NOT_OURS;
  const refused = refusalOf('payment', response.status, response.error);
  if (!isOurs || refused.kind === 'unknown') return refused;
  const outcome = attemptOutcome(intent);
  // An error that has a payment which did not fail does not decide about it.
  if (outcome.kind !== 'failed' && outcome.kind !== 'unknown') return outcome;
  return { ...refused, ...(outcome.handles && { handles: outcome.handles }) };
}

/** The same of the verification of a card. */
function setUp({ reference }: AuthorizeRequest, response: StripeResponse): AttemptOutcome {
  if (response.kind === 'unknown') return response;
  const intent = readSetupIntent(response.kind === 'answered' ? response.body : response.error.setup_intent);
  const isOurs = intent !== undefined && referenceIn(intent.metadata) === reference;
  if (response.kind === 'answered') return isOurs ? setupOutcome(intent) : NOT_OURS;
  const refused = refusalOf('payment', response.status, response.error);
  return isOurs ? { ...refused, handles: { setup_intent: intent.id } } : refused;
}

/** Reads the account's balance, which every secret key may, and a restricted one that has the right to read it. */
async function checkCredentials(deps: StripeClientDeps, account: ChannelAccount): Promise<CredentialCheck> {
  const response = await get(deps, account, '/v1/balance');
  if (response.kind === 'answered') return { kind: 'accepted' };
  const isRefused = response.kind === 'refused' && [401, 403].includes(response.status);
  return isRefused
    ? { kind: 'refused', reason: response.error.code ?? response.error.type }
    : { kind: 'unknown', reason: reasonOf(response) };
}
