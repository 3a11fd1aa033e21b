/** Our instructions as Stripe's parameters (docs.stripe.com/api, version 2026-10-28). Pure. */
import { stepOf } from '../../kernel/money.ts';
import type { ClearCard } from '../port/card.ts';
import type {
  AuthorizeRequest,
  CaptureRequest,
  DisputeAnswer,
  FollowUp,
  IncrementRequest,
  RefundRequest,
} from '../port/port.ts';
import type { StripeCredentials } from './credentials.ts';
import { attemptMetadata, markOf, refundMetadata } from './references.ts';
import type { Parameters } from './transport.ts';

/** What pays: a card of the vault, or one of Stripe's published test ids. */
export type StripeCard = { readonly card: ClearCard } | { readonly testId: string };

type Prefix = Pick<StripeCredentials, 'statementPrefix'>;

/** Whether Stripe can take the amount as it is: ISK and UGX have no minor units there, and the last digit of three is zero. */
export const isPayable = ({ amount, currency }: Pick<AuthorizeRequest, 'amount' | 'currency'>): boolean =>
  amount > 0n && amount % stepOf(currency) === 0n;

const sourceOf = (source: StripeCard): Parameters =>
  'testId' in source
    ? { payment_method: source.testId }
    : {
        payment_method_data: {
          type: 'card',
          card: {
            number: source.card.number,
            exp_month: source.card.expMonth,
            exp_year: source.card.expYear,
            cvc: source.card.cvc,
          },
        },
      };

/**
 * What becomes of a challenge. A card that was set up is charged off session; any other off-session payment claims no agreement of its owner. A
 * challenge after which nothing may be charged is one that Stripe cannot stop at, so it is a decline. So is one from which the payer cannot return.
 */
function challengeOf({ offSession, setUp, stopsAfterChallenge, returnUrl }: AuthorizeRequest): Parameters {
  if (offSession && setUp) return { off_session: true };
  if (offSession || stopsAfterChallenge || returnUrl === undefined) return { error_on_requires_action: true };
  return { return_url: returnUrl };
}

const MAXIMUM_DESCRIPTOR = 22;

/**
 * The part of the descriptor that follows the account's own prefix and `* `. None where the prefix is not known, or where no letter is left: Stripe
 * would refuse the payment.
 */
export function descriptorSuffix(
  descriptor: string | undefined,
  { statementPrefix: prefix }: Prefix,
): string | undefined {
  if (descriptor === undefined || prefix === undefined) return undefined;
  const own = descriptor.toLowerCase().startsWith(prefix.toLowerCase()) ? descriptor.slice(prefix.length) : descriptor;
  const suffix = own
    .replace(/[^\x20-\x7e]|[<>\\'"*]/g, '')
    .trim()
    .slice(0, MAXIMUM_DESCRIPTOR - prefix.length - 2)
    .trim();
  return /[A-Za-z]/.test(suffix) ? suffix : undefined;
}

/** A payment intent that is made and confirmed in one request. */
export function paymentParameters(request: AuthorizeRequest, source: StripeCard, prefix: Prefix): Parameters {
  const { amount, currency, capture, requestedFeatures = [], wantsChallenge } = request;
  const card: Parameters = {
    request_three_d_secure: wantsChallenge ? 'any' : undefined,
    request_multicapture: requestedFeatures.includes('multicapture') ? 'if_available' : undefined,
    request_incremental_authorization: requestedFeatures.includes('increment') ? 'if_available' : undefined,
  };
  return {
    amount,
    currency,
    allowed_payment_method_types: ['card'],
    capture_method: capture ? 'automatic' : 'manual',
    confirm: true,
    ...sourceOf(source),
    ...challengeOf(request),
    payment_method_options: { card },
    statement_descriptor_suffix: descriptorSuffix(request.statementDescriptor, prefix),
    metadata: attemptMetadata(request.reference, amount, currency),
    expand: ['latest_charge'],
  };
}

/** A setup intent that is made and confirmed in one request: it verifies the card for payments without its owner. */
export const setupParameters = (request: AuthorizeRequest, source: StripeCard): Parameters => ({
  allowed_payment_method_types: ['card'],
  confirm: true,
  usage: 'off_session',
  ...sourceOf(source),
  return_url: request.returnUrl,
  payment_method_options: { card: { request_three_d_secure: request.wantsChallenge ? 'any' : undefined } },
  metadata: attemptMetadata(request.reference, request.amount, request.currency),
});

export const captureParameters = (request: CaptureRequest, prefix: Prefix): Parameters => ({
  amount_to_capture: request.amount,
  final_capture: request.keepsRest ? false : undefined,
  statement_descriptor_suffix: descriptorSuffix(request.statementDescriptor, prefix),
  metadata: markOf({
    number: request.operation,
    kind: 'capture',
    amount: request.amount,
    keepsRest: request.keepsRest ?? false,
  }),
});

export const incrementParameters = (request: IncrementRequest): Parameters => ({
  amount: request.amount,
  metadata: markOf({ number: request.operation, kind: 'increment', amount: request.amount, keepsRest: false }),
});

/** The release of the rest after captures: a last capture of nothing (docs.stripe.com/payments/multicapture). */
export const releaseParameters = ({ operation }: FollowUp): Parameters => ({
  amount_to_capture: 0,
  final_capture: true,
  metadata: markOf({ number: operation, kind: 'void', amount: 0n, keepsRest: false }),
});

/** A refund of the capture that took the money, or of the payment. */
export const refundParameters = (
  { reference, amount }: RefundRequest,
  of: { readonly charge: string } | { readonly payment_intent: string },
): Parameters => ({ ...of, amount, metadata: refundMetadata(reference) });

/** The evidence of an answer that contests a dispute. */
export const evidenceParameters = ({ evidence }: DisputeAnswer): Parameters => ({ evidence, submit: true });
