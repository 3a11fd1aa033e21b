/**
 * The Checkout Session: what a payer is asked to pay for, or to have a card kept for, on a page. Open until its payment is made or its
 * time is up; then it is over for good. Pure.
 *
 * A session has one payment intent at most, and names it in the transaction that makes its first attempt. Every later step of that payment
 * that matters here (an attempt begins, fails, succeeds, the payment is canceled) is one transaction with the session, so that the two never
 * contradict each other: paid is complete, canceled is expired, and nothing is tried for a session that is over.
 */

import type { Address, Shipping } from '../api/person.ts';
import { ofCustomer } from '../customers/customer.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { type Aggregate, type Kind, nextRecord, type RequestMark } from '../table/record.ts';

export type SessionStatus = 'open' | 'complete' | 'expired';

/** The next states that each state may move to; anything else is a bug (`putSession` asserts it). */
export const NEXT_SESSION_STATUS = {
  open: ['complete', 'expired'],
  complete: [],
  expired: [],
} as const satisfies Record<SessionStatus, readonly SessionStatus[]>;

/** Parameters of the payment intent, beside the amount. */
export interface PaymentData {
  readonly manual?: true;
  readonly description?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly receiptEmail?: string;
  readonly setupFutureUsage?: 'on_session' | 'off_session';
  readonly shipping?: Shipping;
  readonly statementDescriptorSuffix?: string;
}

/** The payer's details, from the merchant or from the payer. */
export interface PayerDetails {
  readonly email?: string;
  readonly name?: string;
  readonly phone?: string;
  readonly address?: Address;
}

/** In payment mode: the amounts. The items themselves are beside the session (lines.ts). */
export interface Sum {
  readonly currency: Currency;
  readonly total: bigint;
}

export interface Session extends Aggregate {
  readonly status: SessionStatus;
  readonly mode: 'payment' | 'setup';
  readonly expiresMs: number;
  readonly successUrl: string;
  readonly cancelUrl?: string;
  readonly sum?: Sum;
  readonly currency?: Currency;
  readonly paymentData?: PaymentData;
  readonly customer?: ObjectKey;
  readonly customerCreation?: 'always' | 'if_required';
  readonly customerEmail?: string;
  readonly payer?: PayerDetails;
  readonly clientReferenceId?: string;
  readonly integrationIdentifier?: string;
  readonly submitType?: string;
  readonly locale?: string;
  readonly requestChallenge?: 'any' | 'challenge';
  readonly metadata: Readonly<Record<string, string>>;
  /** Its payment intent, from the first attempt on. */
  readonly payment?: ObjectKey;
  readonly setupIntent?: ObjectKey;
  /** An attempt has no outcome yet: time does not end the session while there is one. */
  readonly paying?: true;
  /** The money was captured. */
  readonly paid?: true;
  /** Commit time of its end. */
  readonly endedMs?: number;
}

type SessionKind = Kind<Session>;
const KIND = {
  name: 'checkout_session',
  letter: 'k',
  object: 'checkout.session',
  status: ({ status }: Session) => status,
  link: ({ scope, customer }: { readonly scope: Scope; readonly customer?: ObjectKey }) =>
    customer && ofCustomer(scope, customer),
} as const;
export const TEST_SESSION: SessionKind = { ...KIND, prefix: 'cs_test' };
export const LIVE_SESSION: SessionKind = { ...KIND, prefix: 'cs_live' };

/** The kind in this mode: an id says which one it is of. */
export const sessionKind = (livemode: boolean): SessionKind => (livemode ? LIVE_SESSION : TEST_SESSION);

export const sessionId = ({ body, livemode }: Pick<Session, 'body' | 'livemode'>): `cs_${'test' | 'live'}_${string}` =>
  `cs_${livemode ? 'live' : 'test'}_${body}`;

/** Whether its time is up and nothing is under way that could still pay it. */
export const isOver = ({ status, paying, expiresMs }: Session, nowMs: number): boolean =>
  status === 'open' && !paying && nowMs >= expiresMs;

/** The result of the session's payment or setup intent: `secured` is authorized, or set up. */
export type Outcome = 'paid' | 'secured' | 'failed' | 'canceled';

/** The session after its payment or setup intent reached `outcome` at `committedMs`, or undefined when that changes nothing. */
export function sessionAfter(
  session: Session,
  outcome: Outcome,
  committedMs: number,
  request?: RequestMark,
): Session | undefined {
  const { paying, ...idle } = session;
  const open = session.status === 'open';
  switch (outcome) {
    case 'paid':
      if (session.paid || session.status === 'expired') return undefined;
      return open
        ? ended(idle, 'complete', committedMs, request, { paid: true })
        : nextRecord<Session>(idle, committedMs, { paid: true }, request);
    case 'secured':
      return open ? ended(idle, 'complete', committedMs, request) : undefined;
    case 'failed':
      return open && paying ? nextRecord<Session>(idle, committedMs, {}, request) : undefined;
    case 'canceled':
      return open ? ended(idle, 'expired', committedMs, request) : undefined;
    default:
      return outcome satisfies never;
  }
}

/** The end stands a moment after what brought it, so that it is announced after it. */
function ended(
  idle: Session,
  status: 'complete' | 'expired',
  committedMs: number,
  request: RequestMark | undefined,
  changes: Partial<Session> = {},
): Session {
  const endedMs = Math.max(committedMs + 1, idle.committedMs + 1);
  return nextRecord<Session>(idle, endedMs, { ...changes, status, endedMs }, request);
}
