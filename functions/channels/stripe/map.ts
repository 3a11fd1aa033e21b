/** Stripe's payments, setups, refunds and disputes in the port's terms. Pure. */
import type { NextAction } from '../port/action.ts';
import { handlesIn } from '../port/handles.ts';
import type {
  AttemptOutcome,
  AttemptQuery,
  AttemptState,
  CardChecks,
  DisputeReport,
  HoldFeature,
  OperationOutcome,
} from '../port/port.ts';
import { declineOf } from './errors.ts';
import type { Charge, Dispute, PaymentIntent, Refund, SetupIntent } from './objects.ts';
import { askedIn, doneOf, factsOf, succeeded, unaskedIn } from './references.ts';

const unknown = (reason: string): Extract<AttemptOutcome, { kind: 'unknown' }> => ({ kind: 'unknown', reason });

const chargeOf = ({ latest_charge: latest }: PaymentIntent): Charge | undefined =>
  typeof latest === 'object' && latest ? latest : undefined;

/** The name of the payment's charge, where there is one. */
export const chargeIdOf = ({ latest_charge: latest }: PaymentIntent): string | undefined =>
  typeof latest === 'string' ? latest : latest?.id;

const CLOSED = {
  class: 'payer_action',
  code: 'payment_intent_payment_attempt_failed',
  message: 'The payment was canceled before it was completed. Provide a new payment method to try again.',
} as const;

/** The outcome of the payment, with what Stripe calls it. `unknown` where the answer contradicts itself. */
export const attemptOutcome = (intent: PaymentIntent): AttemptOutcome => ({
  ...outcomeOf(intent),
  ...handlesOf(intent.id, chargeOf(intent)),
});

/** Names of the attempt. The charge's own name is that of the capture. */
const handlesOf = (intent: string | undefined, charge: Charge | undefined) =>
  handlesIn({
    payment_intent: intent,
    // What was declined can be referred to by no later payment.
    network_transaction_id: charge?.status === 'succeeded' ? cardOf(charge)?.network_transaction_id : undefined,
  });

function outcomeOf(intent: PaymentIntent): AttemptOutcome {
  const { status, last_payment_error: error } = intent;
  switch (status) {
    case 'requires_payment_method':
      return error ? { kind: 'failed', decline: declineOf(error) } : unknown('it waits for a payment method');
    case 'requires_confirmation':
      return unknown('it waits for a confirmation');
    case 'requires_action':
      return actionOf(intent);
    case 'processing':
      return { kind: 'pending' };
    case 'requires_capture':
      return hold(intent);
    case 'succeeded':
      return intent.capture_method === 'manual' ? hold(intent) : captured(intent.amount_received, chargeOf(intent));
    case 'canceled':
      return canceled(intent);
    default:
      return status satisfies never;
  }
}

/** Money that was held: taken by our captures, or by another party, which is more than they explain. */
function hold(intent: PaymentIntent): AttemptOutcome {
  const done = doneOf(intent);
  if (!done) return unknown('what was received does not explain the captures');
  const charge = chargeOf(intent);
  if (unaskedIn(intent) > 0n) return captured(intent.amount_received, charge);
  const held = intent.amount_capturable + intent.amount_received;
  const isPartial =
    intent.status === 'requires_capture' && held !== intent.amount && !done.some(({ kind }) => kind !== 'capture');
  return authorized(charge, isPartial ? held : undefined);
}

/** A hold that ended is still one; a payment that never held anything failed. */
function canceled(intent: PaymentIntent): AttemptOutcome {
  const charge = chargeOf(intent);
  if (intent.last_payment_error) return { kind: 'failed', decline: declineOf(intent.last_payment_error) };
  if (chargeIdOf(intent) === undefined) return { kind: 'failed', decline: CLOSED };
  return charge?.status === 'succeeded' ? authorized(charge, undefined) : unknown('it was canceled');
}

const authorized = (charge: Charge | undefined, held: bigint | undefined): AttemptOutcome => ({
  kind: 'authorized',
  authorizationCode: codeOf(charge),
  ...(held !== undefined && { amount: held }),
  ...checksOf(charge),
  ...featuresOf(charge),
});

const captured = (amount: bigint, charge: Charge | undefined): AttemptOutcome => ({
  kind: 'captured',
  authorizationCode: codeOf(charge),
  amount,
  ...checksOf(charge),
});

/** The outcome that the charge of a payment alone says; undefined for one that did not succeed: the payment says why. */
export function outcomeOfCharge(charge: Charge): AttemptOutcome | undefined {
  if (charge.status !== 'succeeded' || charge.payment_intent === undefined) return undefined;
  const outcome = charge.captured
    ? captured(charge.amount_captured, charge)
    : authorized(charge, heldOtherwise(charge));
  return { ...outcome, ...handlesOf(charge.payment_intent, charge) };
}

/** Minor units that the charge holds, where they are not those that were asked for. */
function heldOtherwise(charge: Charge): bigint | undefined {
  const held = cardOf(charge)?.amount_authorized ?? charge.amount;
  return held === askedIn(charge.metadata) ? undefined : held;
}

const cardOf = (charge: Charge | undefined) => charge?.payment_method_details?.card;

const codeOf = (charge: Charge | undefined): string => cardOf(charge)?.authorization_code?.slice(0, 20) ?? '';

function checksOf(charge: Charge | undefined): { readonly checks?: CardChecks } {
  const read = cardOf(charge)?.checks;
  const checks: CardChecks = {
    ...(read?.cvc_check && { cvc: read.cvc_check }),
    ...(read?.address_postal_code_check && { postalCode: read.address_postal_code_check }),
    ...(read?.address_line1_check && { line1: read.address_line1_check }),
  };
  return Object.keys(checks).length > 0 ? { checks } : {};
}

function featuresOf(charge: Charge | undefined): { readonly features?: readonly HoldFeature[] } {
  const card = cardOf(charge);
  const features: readonly HoldFeature[] = [
    ...(card?.incremental_authorization?.status === 'available' ? (['increment'] as const) : []),
    ...(card?.multicapture?.status === 'available' ? (['multicapture'] as const) : []),
  ];
  return features.length > 0 ? { features } : {};
}

function actionOf({ next_action: next }: Pick<PaymentIntent, 'next_action'>): AttemptOutcome {
  const url = next?.redirect_to_url?.url;
  if (url === undefined) return unknown('an action without an address');
  const action: NextAction = { kind: 'redirect', url };
  return { kind: 'requires_action', action };
}

/** The outcome of the verification of a card, which holds nothing. */
export const setupOutcome = (intent: SetupIntent): AttemptOutcome => ({
  ...verification(intent),
  ...handlesIn({ setup_intent: intent.id }),
});

function verification(intent: SetupIntent): AttemptOutcome {
  const { status, last_setup_error: error } = intent;
  switch (status) {
    case 'requires_payment_method':
      return error ? { kind: 'failed', decline: declineOf(error) } : unknown('it waits for a payment method');
    case 'requires_confirmation':
      return unknown('it waits for a confirmation');
    case 'requires_action':
      return actionOf(intent);
    case 'processing':
      return { kind: 'pending' };
    case 'succeeded':
      return { kind: 'authorized', authorizationCode: '' };
    case 'canceled':
      return { kind: 'failed', decline: error ? declineOf(error) : CLOSED };
    default:
      return status satisfies never;
  }
}

/** The whole state of a payment. `asked`: the operation that the question is about: Stripe keeps no mark of a cancel. */
export function stateOf(intent: PaymentIntent, asked?: AttemptQuery['operation']): AttemptState {
  const done = doneOf(intent) ?? [];
  const charge = chargeIdOf(intent);
  const operations = new Map(done.map((mark) => [mark.number, succeeded(mark, charge)]));
  const facts = new Map(done.map((mark) => [mark.number, factsOf(mark)]));
  if (asked?.kind === 'void' && intent.status === 'canceled') {
    operations.set(asked.number, { kind: 'succeeded' });
    facts.set(asked.number, { kind: 'void' });
  }
  return { attempt: attemptOutcome(intent), operations, operationFacts: facts };
}

/** Reasons for which a bank sends a refund back, as texts (docs.stripe.com/refunds#failed-refunds). */
const FAILED_REFUND: Readonly<Record<string, string>> = {
  lost_or_stolen_card: 'The card that was charged is lost or stolen.',
  expired_or_canceled_card: 'The card that was charged has expired or was canceled.',
};

/** The outcome of a refund, with its name. One that the balance at Stripe does not cover yet is pending there. */
export function refundOutcome({ id, status, failure_reason: reason = 'unknown' }: Refund): OperationOutcome {
  const named = handlesIn({ refund: id });
  if (status === 'succeeded') return { kind: 'succeeded', ...named };
  if (status === 'pending' || status === 'requires_action') return { kind: 'pending', ...named };
  const code = status === 'canceled' ? 'canceled' : reason;
  const message = FAILED_REFUND[code] ?? 'The refund was sent back to Stripe.';
  return { kind: 'failed', decline: { code, message, networkCode: code }, ...named };
}

/** The port's names of disputes are alphanumeric: `du_1A` is `du1A`. */
export const disputeName = (id: string): string => id.replace('_', '');
/** Stripe's name of a dispute. */
export const disputeId = (dispute: string): string => `${dispute.slice(0, 2)}_${dispute.slice(2)}`;

/** States after which nothing of the dispute changes, except by another one. An appeal reopens what was lost. */
const ENDS: Readonly<Record<string, DisputeReport['outcome']['kind']>> = {
  won: 'won',
  lost: 'lost',
  warning_closed: 'closed',
};

/**
 * What Stripe says of a dispute; undefined for one that was prevented, which is no dispute: the money went back as a refund. The fee counts where it is
 * in the currency of the dispute: elsewhere the statement has it.
 */
export function disputeReport(read: Dispute): DisputeReport | undefined {
  if (read.status === 'prevented') return undefined;
  const taken = read.balance_transactions.filter(({ amount, currency }) => amount < 0 && currency === read.currency);
  const openedMs = read.created * 1000;
  return {
    dispute: {
      id: disputeName(read.id),
      kind: read.status.startsWith('warning_') ? 'inquiry' : 'chargeback',
      amount: read.amount,
      currency: read.currency,
      fee: taken.reduce((total, { fee }) => total + BigInt(Math.max(fee, 0)), 0n),
      reason: read.reason,
      ...(read.network_reason_code !== undefined && { networkReasonCode: read.network_reason_code.slice(0, 60) }),
      openedMs,
      dueMs: read.evidence_details.due_by === undefined ? openedMs : read.evidence_details.due_by * 1000,
    },
    outcome: { kind: ENDS[read.status] ?? 'opened' },
  };
}
