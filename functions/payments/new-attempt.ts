/** The attempt that starts for a request: its instruction to the channel, stored before it is sent. Pure. */
import type { Call } from '../api/operation.ts';
import { capabilityOf } from '../channels/port/capabilities.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import { accountFor, routeFor } from '../channels/routing/routing.ts';
import { type ChannelReference, channelReference } from '../kernel/ids.ts';
import { type MethodFacts, typeOf } from '../payment-methods/facts.ts';
import type { RiskDecision } from '../risk/port/risk.ts';
import type { Attempt } from './attempt.ts';
import type { PaymentsDeps } from './deps.ts';
import { clientOf } from './method-types.ts';
import { isHeld, lastAttempt, type Payment } from './payment.ts';
import { formPageOf, returnAddressOf } from './return-address.ts';

/** What one attempt is asked to do, beside the payment it belongs to. */
export interface AttemptParams {
  readonly method: MethodFacts;
  readonly returnUrl?: string | undefined;
  readonly offSession?: boolean | undefined;
  readonly noChallenge?: boolean | undefined;
  readonly wantsChallenge?: boolean | undefined;
  readonly acceptance?: Attempt['acceptance'] | undefined;
  readonly mandate?: string | undefined;
  /** Until when it may be paid at the latest, ms: its Checkout Session ends then. */
  readonly latestMs?: number | undefined;
  /** What the rules decided before the attempt was made. */
  readonly risk: RiskDecision;
}

/** The attempt that this request starts. */
export function newAttempt(
  deps: Pick<PaymentsDeps, 'channel' | 'returnUrl'>,
  call: Call,
  payment: Payment,
  params: AttemptParams,
  nowMs: number,
): Attempt {
  const { amount, currency } = payment;
  const type = typeOf(params.method);
  const manual = isHeld(payment, type);
  const ordinal = payment.attempts.length + 1;
  const passed = passedChallenge(payment, params.method);
  // Only the channel that challenged the payer knows that they passed.
  const { channel, why } = passed
    ? { channel: passed.channel, why: [] }
    : accountFor(deps, call.caller, { type, amount, currency, held: manual, client: clientOf(payment, type) });
  const agreed = params.acceptance || params.mandate !== undefined ? params : passed;
  return {
    ordinal,
    status: 'sent',
    reference: channelReference(payment.scope, payment.body, ordinal),
    channel,
    method: params.method,
    amount,
    currency,
    manual,
    createdMs: nowMs,
    ...(why.length > 0 && { why }),
    risk: params.risk,
    ...expiryOf(deps, channel, params, nowMs),
    ...formPageFor(deps, call, channel, params.method, channelReference(payment.scope, payment.body, ordinal)),
    ...(params.returnUrl !== undefined && { returnUrl: params.returnUrl }),
    ...(params.offSession && { offSession: true }),
    ...(params.noChallenge && { noChallenge: true }),
    ...((params.wantsChallenge || params.risk.action === 'request_3ds') && { wantsChallenge: true }),
    ...(passed && { authentication: passed.reference }),
    ...(agreed?.acceptance && { acceptance: agreed.acceptance }),
    ...(agreed?.mandate !== undefined && { mandate: agreed.mandate }),
    ...(call.lock.keyHash !== undefined && { keyHash: call.lock.keyHash }),
  };
}

/** The page that posts a form, where the channel may answer one. */
export function formPageFor(
  deps: Pick<PaymentsDeps, 'channel' | 'returnUrl'>,
  { caller }: Call,
  { channel }: ChannelAccount,
  method: MethodFacts,
  reference: ChannelReference,
): Pick<Attempt, 'formPage'> {
  const { forms } = capabilityOf(deps.channel(channel).capabilities, typeOf(method)) ?? {};
  return forms ? { formPage: formPageOf(returnAddressOf(deps.returnUrl, caller.settings, reference)) } : {};
}

/** The account that takes the place of those that did not accept the attempt; undefined where there is none. */
export function nextAccount(
  deps: Pick<PaymentsDeps, 'channel'>,
  call: Call,
  payment: Payment,
  { method, amount, currency, manual: held }: Attempt,
  notAccepting: readonly ChannelAccount[],
): Rerouted | undefined {
  const type = typeOf(method);
  const wanted = { type, amount, currency, held, client: clientOf(payment, type) };
  const { accounts, why } = routeFor(deps, call.caller, wanted, notAccepting);
  return accounts[0] && { channel: accounts[0], why };
}

export interface Rerouted {
  readonly channel: ChannelAccount;
  readonly why: readonly string[];
}

/**
 * The payment after its channel did not accept the attempt, with the one that takes its place: the failure and the new attempt are one commit. It stays
 * `processing`, so nothing announces that it failed.
 */
export function reroutedTo(
  deps: Pick<PaymentsDeps, 'channel' | 'returnUrl'>,
  call: Call,
  failed: Payment,
  attempt: Attempt,
  { channel, why }: Rerouted,
): Payment {
  const ordinal = failed.attempts.length + 1;
  const reference = channelReference(failed.scope, failed.body, ordinal);
  // Expiry and form page belong to the channel and the reference.
  const { expiresMs: _expiresMs, formPage: _formPage, ...instruction } = attempt;
  const next: Attempt = {
    ...instruction,
    ordinal,
    follows: attempt.ordinal,
    reference,
    channel,
    why,
    createdMs: failed.committedMs,
    ...expiryOf(deps, channel, attempt, failed.committedMs),
    ...formPageFor(deps, call, channel, attempt.method, reference),
  };
  return {
    ...failed,
    status: 'processing',
    cause: 'rerouted',
    method: attempt.method,
    attempts: [...failed.attempts, next],
  };
}

/** Until when its payer can pay, where the channel lets us say so. The latest time is kept for an account that takes this one's place. */
function expiryOf(
  deps: Pick<PaymentsDeps, 'channel'>,
  { channel }: ChannelAccount,
  { method: { type }, latestMs }: Pick<AttemptParams, 'method' | 'latestMs'>,
  nowMs: number,
): Pick<Attempt, 'expiresMs' | 'latestMs'> {
  if (type === undefined) return {};
  const { payableMs } = capabilityOf(deps.channel(channel).capabilities, type) ?? {};
  const latest = latestMs === undefined ? {} : { latestMs };
  if (payableMs === undefined) return latest;
  return { expiresMs: Math.min(nowMs + payableMs, latestMs ?? Number.POSITIVE_INFINITY), ...latest };
}

/** The attempt whose challenge the payer has passed for what is confirmed now; what they agreed to with it they agreed to with this. */
function passedChallenge(payment: Payment, { id }: MethodFacts): Attempt | undefined {
  const before = lastAttempt(payment);
  if (before?.status !== 'authenticated' || before.method.id !== id) return undefined;
  return before.amount === payment.amount && before.currency === payment.currency ? before : undefined;
}
