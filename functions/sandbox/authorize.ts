/** What the acquirer and the card's issuer make of a new charge: asked of its payer, decided, or to be decided later. */
import { type TestCard, testCardOf } from '../kernel/test-cards.ts';
import type { Check, Plan, Timings } from './behavior.ts';
import { type AuthorizeParams, type Charge, done, planOfParams, statusOf, withPlannedDisputes } from './charge.ts';
import { placeOrder } from './wallet.ts';

/** What of the acquirer and the moment a decision needs. */
export interface Moment {
  readonly nowMs: number;
  readonly timings: Timings;
  readonly random: (count: number) => string;
  readonly adjust?: ((plan: Plan) => Plan) | undefined;
}

/**
 * A new charge under these parameters: decided, waiting for its challenge, or to be decided later. `authenticated` is the charge that
 * `authentication` names, if there is one. At a wallet it is an order that waits for its payer.
 */
export function authorize(account: string, params: AuthorizeParams, moment: Moment, authenticated?: Charge): Charge {
  if (params.wallet) return placeOrder(account, params, moment);
  const proof = proves(authenticated, params, moment.nowMs) ? authenticated : undefined;
  // A security code is kept for one request only: the code of the request before the challenge is about the same card.
  const said = { ...params, cvcGiven: params.cvcGiven || proof?.params.cvcGiven === true };
  const card = params.token === undefined ? undefined : testCardOf(params.token);
  const plan = card && planOfParams(params, moment.adjust);
  const charge: Charge = {
    account,
    version: 1,
    params,
    createdMs: moment.nowMs,
    decidedMs: moment.nowMs + (plan?.later ? moment.timings.decideMs : 0),
    decision: decide(said, plan, proof),
    authorisationCode: moment.random(6).toUpperCase(),
    ...(card &&
      plan &&
      !proof &&
      challenged(params, card, plan) && { challenge: { secret: moment.random(24), state: 'open' } }),
    checks: { ...plan?.checks, cvc: cvcCheck(said, card, plan) },
    operations: [],
    ...(plan?.approves !== undefined && params.amount > 0n && { approvedAmount: plan.approves }),
    refunded: 0n,
  };
  return statusOf(charge, moment.nowMs) === 'captured' ? withPlannedDisputes(charge, moment.nowMs) : charge;
}

/** Whether the payer passed a challenge for just this: the same card, amount and currency. */
const proves = (earlier: Charge | undefined, { token, amount, currency }: AuthorizeParams, nowMs: number): boolean =>
  earlier !== undefined &&
  statusOf(earlier, nowMs) === 'authenticated' &&
  done(earlier, 'void').length === 0 &&
  earlier.params.token === token &&
  earlier.params.amount === amount &&
  earlier.params.currency === currency;

/** Whether the issuer asks of itself; some do not once the card was set up. */
const asks = ({ setUp }: AuthorizeParams, { challenge }: Plan): boolean =>
  challenge !== undefined && !(challenge === 'unlessSetUp' && setUp);

/** Whether the payer must be asked before the issuer decides: only when they are there. */
const challenged = (params: AuthorizeParams, card: TestCard, plan: Plan): boolean =>
  (asks(params, plan) || (params.challengeRequested === true && card.brand !== 'amex')) &&
  !params.expired &&
  !params.offSession;

/** With a `proof` the payer has been asked, whether or not they are still there. */
function decide(params: AuthorizeParams, plan: Plan | undefined, proof: Charge | undefined): Charge['decision'] {
  if (!plan) return 'not_a_test_card';
  if (params.expired) return 'expired_card';
  if (!proof && plan.challenge !== 'unlessOffSession' && asks(params, plan) && params.offSession)
    return 'authentication_required';
  if (plan.decision === 'incorrect_cvc' && !params.cvcGiven) return 'approved';
  if (plan.verifies && params.amount === 0n) return 'approved';
  return plan.decision;
}

function cvcCheck(params: AuthorizeParams, card: TestCard | undefined, plan: Plan | undefined): Check {
  if (!card || !params.cvcGiven) return 'unchecked';
  return plan?.checks?.cvc ?? 'pass';
}
