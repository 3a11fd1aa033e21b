/**
 * The setup intent: a card is made ready to be charged later, without a payment now. Like a payment it tries at the channel (the card is
 * verified, nothing is held), and what is learned of a try only moves up: sent < requires_action < failed < succeeded. Pure.
 */
import type { NextAction } from '../channels/port/action.ts';
import { type Handles, withNewHandles } from '../channels/port/handles.ts';
import type { AttemptOutcome, ChannelAccount, Decline } from '../channels/port/port.ts';
import { ofCustomer } from '../customers/customer.ts';
import type { ChannelReference, ObjectKey, Scope } from '../kernel/ids.ts';
import { lattice } from '../kernel/lattice.ts';
import { type Acceptance, mandateId } from '../payment-methods/acceptance.ts';
import type { CardMethodFacts } from '../payment-methods/facts.ts';
import { storedAction } from '../payments/attempt.ts';
import { storedDecline } from '../payments/decline.ts';
import { type Aggregate, type Kind, nextRecord, type RequestMark } from '../table/record.ts';

export type SetupStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'canceled';

/** The next states that each state may move to; anything else is a bug (`putSetupIntent` asserts it). */
export const NEXT_SETUP_STATUS = {
  // The last try may succeed after it was given up as failed.
  requires_payment_method: ['requires_confirmation', 'processing', 'succeeded', 'canceled'],
  requires_confirmation: ['requires_payment_method', 'processing', 'succeeded', 'canceled'],
  requires_action: ['requires_payment_method', 'processing', 'succeeded', 'canceled'],
  processing: ['requires_action', 'requires_payment_method', 'succeeded'],
  succeeded: [],
  canceled: [],
} as const satisfies Record<SetupStatus, readonly SetupStatus[]>;

export type SetupAttemptStatus = 'sent' | 'requires_action' | 'failed' | 'succeeded' | 'closed';

export interface SetupAttempt {
  readonly ordinal: number;
  readonly status: SetupAttemptStatus;
  readonly reference: ChannelReference;
  readonly channel: ChannelAccount;
  readonly method: CardMethodFacts;
  readonly createdMs: number;
  /** What the channel calls it, as far as it said so. */
  readonly handles?: Handles;
  readonly returnUrl?: string;
  readonly actionUrl?: string;
  readonly action?: NextAction;
  /** The page of ours that posts the form of such an action, where the channel may answer one. */
  readonly formPage?: string;
  readonly decline?: Decline;
  /** The merchant wants the payer to be asked, whatever the issuer thinks. */
  readonly wantsChallenge?: boolean;
  /** The payer agreed to be charged later: with the success this becomes the mandate. */
  readonly acceptance?: Acceptance;
  /** Idempotency item of the request that made it: a retry of that request continues here, and never sends again. */
  readonly keyHash?: string;
}

export interface SetupIntent extends Aggregate {
  readonly status: SetupStatus;
  readonly usage: 'on_session' | 'off_session';
  readonly customer?: ObjectKey;
  readonly method?: CardMethodFacts;
  readonly description?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly attempts: readonly SetupAttempt[];
  readonly cancellationReason?: string;
  /** `payment_method_options[card][request_three_d_secure]`. Default: automatic. */
  readonly requestChallenge?: 'any' | 'challenge';
  /** `automatic_payment_methods` was enabled. It only shows: cards alone are set up. */
  readonly automaticMethods?: 'always' | 'never';
  /** The Checkout Session that it is made by, as with a payment. */
  readonly session?: ObjectKey;
}

export const SETUP_INTENT: Kind<SetupIntent> = {
  name: 'setup',
  letter: 's',
  prefix: 'seti',
  object: 'setup_intent',
  status: ({ status }) => status,
  link: ({ scope, customer }: { readonly scope: Scope; readonly customer?: ObjectKey }) =>
    customer && ofCustomer(scope, customer),
};

export const setupIntentId = (objectKey: ObjectKey): `seti_${string}` => `seti_${objectKey}`;
export const lastSetupAttempt = ({ attempts }: SetupIntent): SetupAttempt | undefined => attempts.at(-1);

/** A setup intent's mandate: the try that succeeded, if its payer agreed to later charges. There is at most one, named by the intent. */
export interface Mandate {
  readonly id: `mandate_${string}`;
  readonly acceptance: Acceptance;
  readonly method: CardMethodFacts;
}

export function mandateOf({ body, status, attempts }: SetupIntent): Mandate | undefined {
  const { acceptance, method } = attempts.at(-1) ?? {};
  return status === 'succeeded' && acceptance && method ? { id: mandateId(body), acceptance, method } : undefined;
}

/** A closed try is over, and later reports change nothing. */
const STATUSES = lattice<SetupAttemptStatus>({ sent: 0, requires_action: 1, failed: 2, succeeded: 3, closed: 4 });
/** The status that a report gives a try about which nothing else is known. `authenticated` is never asked for here. */
const REPORTED = {
  unknown: 'sent',
  pending: 'sent',
  approved: 'sent',
  authenticated: 'sent',
  requires_action: 'requires_action',
  failed: 'failed',
  authorized: 'succeeded',
  captured: 'succeeded',
} as const satisfies Record<AttemptOutcome['kind'], SetupAttemptStatus>;

/** The intent after what was learned of try `ordinal`, as its next version; undefined when that is no news (I13). */
export function applySetupOutcome(
  intent: SetupIntent,
  ordinal: number,
  outcome: AttemptOutcome,
  nowMs: number,
  request?: RequestMark,
): SetupIntent | undefined {
  const attempt = intent.attempts.find((candidate) => candidate.ordinal === ordinal);
  if (!attempt || !STATUSES.isNews(attempt.status, REPORTED[outcome.kind])) return undefined;
  const current = lastSetupAttempt(intent)?.ordinal === ordinal && intent.status !== 'canceled';
  const handles = withNewHandles(attempt.handles, outcome.handles);
  const named = { ...attempt, ...(handles && { handles }) };
  const moved = (changes: Partial<SetupAttempt>) =>
    intent.attempts.map((candidate) => (candidate.ordinal === ordinal ? { ...named, ...changes } : candidate));
  switch (outcome.kind) {
    case 'requires_action':
      return current
        ? nextRecord<SetupIntent>(
            intent,
            nowMs,
            {
              status: 'requires_action',
              attempts: moved({ status: 'requires_action', ...storedAction(outcome.action) }),
            },
            request,
          )
        : undefined;
    case 'failed': {
      const attempts = moved({ status: 'failed', decline: storedDecline(outcome.decline) });
      if (!current) return nextRecord<SetupIntent>(intent, nowMs, { attempts }, request);
      const { method: _method, ...kept } = intent;
      return nextRecord<SetupIntent>(kept, nowMs, { status: 'requires_payment_method', attempts }, request);
    }
    case 'authorized':
    case 'captured': {
      const { decline: _decline, ...rest } = attempt;
      const attempts = intent.attempts.map((candidate) =>
        candidate.ordinal === ordinal ? { ...rest, status: 'succeeded' as const } : candidate,
      );
      return nextRecord<SetupIntent>(
        intent,
        nowMs,
        { attempts, ...(current && { status: 'succeeded' as const, method: attempt.method }) },
        request,
      );
    }
    default:
      return undefined;
  }
}

/** A challenge holds nothing at the channel, so it is closed here, and later reports are old. */
export const withoutChallenge = (intent: SetupIntent): SetupIntent => ({
  ...intent,
  attempts: intent.attempts.map((attempt) =>
    attempt.status === 'requires_action' ? { ...attempt, status: 'closed' } : attempt,
  ),
});

/** The changes of a cancel. */
export const setupCanceled = (intent: SetupIntent, reason: string | undefined): Partial<SetupIntent> => ({
  status: 'canceled',
  ...(reason !== undefined && { cancellationReason: reason }),
  attempts: withoutChallenge(intent).attempts,
});

/** Whether something about it is still to be learned: the janitor's question. */
export const isSetupOpen = ({ status }: SetupIntent): boolean =>
  status === 'processing' || status === 'requires_action';
