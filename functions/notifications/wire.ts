/** Events and webhook endpoints as Stripe shows them. */
import type Stripe from 'stripe';
import { renderCharge } from '../payments/charge-wire.ts';
import type { Payment } from '../payments/payment.ts';
import { hasCharge } from '../payments/payment.ts';
import { renderRefund } from '../payments/refund-wire.ts';
import { createdView, renderPayment } from '../payments/wire.ts';
import { needsReview, reviewOf } from '../risk/review.ts';
import { renderReview } from '../risk/wire.ts';
import { renderPayout } from '../settlement/wire.ts';
import { type Endpoint, type EventCommit, eventId } from './store.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Who asked for the commit. */
const requestOf = ({ change }: EventCommit): { id: string | null; idempotency_key: string | null } => {
  const request = change.kind === 'payout' ? undefined : change.new.request;
  return { id: request?.id ?? null, idempotency_key: request?.idempotencyKey ?? null };
};

/** One event of a commit. */
export function renderEvent(
  commit: EventCommit,
  index: number,
  apiVersion: string,
  pendingWebhooks: number,
): Stripe.Event {
  const type = commit.types[index]!;
  const previous = commit.previousStatus;
  return {
    id: eventId(commit, index),
    object: 'event',
    api_version: apiVersion,
    created: seconds(commit.change.new.committedMs),
    data: {
      object: objectOf(commit, type),
      ...(type.endsWith('.updated') && previous !== undefined && { previous_attributes: { status: previous } }),
    },
    livemode: commit.change.new.livemode,
    pending_webhooks: pendingWebhooks,
    request: requestOf(commit),
    type,
  } as Stripe.Event;
}

/** The object as it was right after the commit; a created payment as it was before its outcome. */
function objectOf({ change }: EventCommit, type: string): object {
  if (change.kind === 'refund') return renderRefund(change.new);
  if (change.kind === 'payout') return renderPayout(change.new);
  const payment = change.new;
  // Created and confirmed in one request: the image is of the outcome. Otherwise it is of the creation itself.
  if (type === 'payment_intent.created')
    return renderPayment(payment.attempts.length > 0 ? createdView(payment) : payment);
  if (type.startsWith('payment_intent.')) return renderPayment(payment);
  const ordinal = chargeAbout(payment, type);
  if (type !== 'review.opened') return renderCharge(payment, ordinal);
  return renderReview(reviewOf(payment, payment.attempts.find((attempt) => attempt.ordinal === ordinal)!));
}

/** The attempt that a charge's event is about: the one that this commit settled, or the one that holds the money. */
function chargeAbout(payment: Payment, type: string): number {
  const charged = payment.attempts.filter((attempt) => hasCharge(attempt) && !attempt.surplus);
  const settled = charged.findLast(
    (attempt) => attempt.settledMs === payment.committedMs && (type !== 'review.opened' || needsReview(attempt)),
  );
  const paid = charged.findLast((attempt) => attempt.status === 'captured' || attempt.status === 'authorized');
  return (settled ?? paid ?? charged.at(-1))!.ordinal;
}

/** The endpoint; its secret only where it was just made. */
export function renderEndpoint(endpoint: Endpoint, secret?: string): Stripe.WebhookEndpoint {
  return {
    id: `we_${endpoint.body}`,
    object: 'webhook_endpoint',
    api_version: endpoint.apiVersion ?? null,
    application: null,
    created: seconds(endpoint.createdMs),
    description: endpoint.description ?? null,
    enabled_events: [...endpoint.enabledEvents],
    livemode: endpoint.livemode,
    metadata: { ...endpoint.metadata },
    ...(secret !== undefined && { secret }),
    status: endpoint.disabled ? 'disabled' : 'enabled',
    url: endpoint.url,
  };
}
