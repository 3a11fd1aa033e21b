/** Setup intents and their attempts as Stripe shows them. */
import type Stripe from 'stripe';
import { clientSecretOf } from '../api/client-secret.ts';
import type { ErrorBody } from '../api/errors.ts';
import { customerId } from '../customers/customer.ts';
import { seconds } from '../kernel/clock.ts';
import { base62 } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { renderMethodFacts } from '../payment-methods/method.ts';
import { renderAction } from '../payment-methods/next-action.ts';
import { actionOf } from '../payments/attempt.ts';
import { lastSetupAttempt, mandateOf, type SetupAttempt, type SetupIntent, setupIntentId } from './setup-intent.ts';

export const setupAttemptId = ({ body }: SetupIntent, { ordinal }: SetupAttempt): `setatt_${string}` =>
  `setatt_${body}${base62(ordinal, 1)}`;

const customerOf = ({ customer }: SetupIntent): string | null => (customer === undefined ? null : customerId(customer));

/** The setup intent; with `settings` its client secret is in it, without (events, stored replies) it is null. */
export function renderSetupIntent(intent: SetupIntent, settings?: Settings): Stripe.SetupIntent {
  const id = setupIntentId(intent.body);
  const attempt = lastSetupAttempt(intent);
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: ['card'],
    application: null,
    automatic_payment_methods: intent.automaticMethods
      ? { enabled: true, allow_redirects: intent.automaticMethods }
      : null,
    cancellation_reason: intent.cancellationReason ?? null,
    client_secret: settings ? clientSecretOf(settings, id) : null,
    created: seconds(intent.createdMs),
    customer: customerOf(intent),
    customer_account: null,
    description: intent.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: lastError(intent),
    latest_attempt: attempt ? setupAttemptId(intent, attempt) : null,
    livemode: intent.livemode,
    mandate: mandateOf(intent)?.id ?? null,
    metadata: { ...intent.metadata },
    next_action: nextAction(intent, attempt),
    on_behalf_of: null,
    payment_method: intent.method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: {
        mandate_options: null,
        network: null,
        request_three_d_secure: intent.requestChallenge ?? 'automatic',
      },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: intent.status,
    usage: intent.usage,
  } satisfies Stripe.SetupIntent;
}

/** The challenge of the card: a redirect, or a form that a page of ours posts (`renderAction`). */
function nextAction(intent: SetupIntent, attempt: SetupAttempt | undefined): Stripe.SetupIntent.NextAction | null {
  const action = attempt && actionOf(attempt);
  if (intent.status !== 'requires_action' || !action) return null;
  return renderAction('card', action, attempt) as Stripe.SetupIntent.NextAction | null;
}

function lastError(intent: SetupIntent): Stripe.SetupIntent.LastSetupError | null {
  const attempt = lastSetupAttempt(intent);
  if (intent.status !== 'requires_payment_method' || attempt?.status !== 'failed') return null;
  return setupErrorOf(intent, attempt) as Stripe.SetupIntent.LastSetupError;
}

/** Why a try failed, without the setup intent itself. */
function setupErrorOf({ livemode }: SetupIntent, { decline, method }: SetupAttempt): ErrorBody {
  const { code, declineCode, message } = decline!;
  return {
    type: 'card_error',
    code,
    ...(declineCode !== undefined && { decline_code: declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    message,
    payment_method: renderMethodFacts(method, livemode),
  };
}

/** The reply to the request of the last try: the intent, or the decline with the intent in it. */
export function replyOfSetup(
  intent: SetupIntent,
  ordinal: number,
  settings: Settings,
): { readonly status: number; readonly body: object } {
  const rendered = renderSetupIntent(intent, settings);
  const attempt = lastSetupAttempt(intent);
  const declined =
    intent.status === 'requires_payment_method' && attempt?.ordinal === ordinal && attempt.status === 'failed';
  if (!declined) return { status: 200, body: rendered };
  return { status: 402, body: { error: { ...setupErrorOf(intent, attempt), setup_intent: rendered } } };
}

const ATTEMPT_STATUS = {
  sent: 'processing',
  requires_action: 'requires_action',
  failed: 'failed',
  succeeded: 'succeeded',
  closed: 'abandoned',
} as const satisfies Record<SetupAttempt['status'], string>;

export function renderSetupAttempt(intent: SetupIntent, attempt: SetupAttempt): Stripe.SetupAttempt {
  const { card } = attempt.method;
  return {
    id: setupAttemptId(intent, attempt),
    object: 'setup_attempt',
    application: null,
    created: seconds(attempt.createdMs),
    customer: customerOf(intent),
    customer_account: null,
    flow_directions: null,
    livemode: intent.livemode,
    on_behalf_of: null,
    payment_method: attempt.method.id,
    payment_method_details: {
      type: 'card',
      card: {
        brand: card.brand,
        checks: null,
        country: card.country,
        exp_month: card.expMonth,
        exp_year: card.expYear,
        fingerprint: card.fingerprint,
        funding: card.funding,
        last4: card.last4,
        network: card.brand,
        three_d_secure: null,
        wallet: null,
      },
    },
    setup_error: attempt.status === 'failed' ? (setupErrorOf(intent, attempt) as Stripe.SetupAttempt.SetupError) : null,
    setup_intent: setupIntentId(intent.body),
    status: ATTEMPT_STATUS[attempt.status],
    usage: intent.usage,
  } satisfies Stripe.SetupAttempt;
}
