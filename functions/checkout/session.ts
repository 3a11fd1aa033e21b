/**
 * The Checkout Session: what a payer is asked to pay for, or to have a card kept for, on a page. Open until its payment is made or its
 * time is up; then it is over for good. A payment that its channel decides later completes the session when the payer has paid. Pure.
 *
 * A session has one payment intent at most, and names it in the transaction that makes its first attempt. Every later step of that payment
 * that matters here (an attempt begins, fails, succeeds, the payment is canceled) is one transaction with the session, so that the two never
 * contradict each other: paid is complete, canceled is expired, and nothing is tried for a session that is over.
 */

import type { Address, Shipping } from '../api/person.ts';
import type { MethodType } from '../channels/port/instrument.ts';
import { ofCustomer } from '../customers/customer.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { WalletOptions } from '../payments/payment.ts';
import { type Aggregate, type Kind, nextRecord, type RequestMark } from '../table/record.ts';

export type SessionStatus = 'open' | 'complete' | 'expired';

/** The next states that each state may move to; anything else is a bug (`putSession` asserts it). */
export const NEXT_SESSION_STATUS = {
  open: ['complete', 'expired'],
  complete: [],
  expired: [],
} as const satisfies Record<SessionStatus, readonly SessionStatus[]>;

/** Parameters of the payment intent that the options of a type may replace. */
export interface TypedData {
  readonly manual?: true;
  readonly setupFutureUsage?: 'on_session' | 'off_session';
}

/** Parameters of the payment intent, beside the amount. As version 0.1 reads them, those that the options of a type replace are the card's. */
export interface PaymentData extends TypedData {
  /** The general ones, which are for a payment that is not by card, where cards have options of their own. */
  readonly others?: TypedData;
  /** Whether a card is kept is one of those options. */
  readonly cardUsage?: true;
  readonly description?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly receiptEmail?: string;
  readonly shipping?: Shipping;
  readonly statementDescriptorSuffix?: string;
  readonly transferGroup?: string;
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
  /** The types of payment method that it may be paid with, where these are not cards alone. */
  readonly methodTypes?: readonly MethodType[];
  /** The merchant named no types: they follow from the channel's capabilities. */
  readonly automaticMethods?: 'always';
  /** Types that the merchant does not offer, in Stripe's names. */
  readonly excludedTypes?: readonly string[];
  readonly walletOptions?: WalletOptions;
  readonly metadata: Readonly<Record<string, string>>;
  /** Its payment intent, from the first attempt on. */
  readonly payment?: ObjectKey;
  readonly setupIntent?: ObjectKey;
  /** An attempt has no outcome yet: time does not end the session while there is one. */
  readonly paying?: true;
  /** The money was captured. */
  readonly paid?: true;
  /** The payer paid, and the channel decided later: the session was complete before its payment was. */
  readonly delayed?: 'pending' | 'succeeded' | 'failed';
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

/** Where its payer goes once it is complete; a header holds ASCII only, as a browser would write the address. */
export const successAddress = (session: Session): string =>
  new URL(session.successUrl.replaceAll('{CHECKOUT_SESSION_ID}', sessionId(session))).href;

/** Whether its time is up and nothing is under way that could still pay it. */
export const isOver = ({ status, paying, expiresMs }: Session, nowMs: number): boolean =>
  status === 'open' && !paying && nowMs >= expiresMs;

/**
 * The result of the session's payment or setup intent: `secured` is authorized, or set up; `delayed` is paid by the payer, and not yet decided
 * by the channel.
 */
export type Outcome = 'paid' | 'secured' | 'delayed' | 'failed' | 'canceled';

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
      if (open) return ended(idle, 'complete', committedMs, request, { paid: true });
      return session.delayed
        ? decided(idle, committedMs, { paid: true, delayed: 'succeeded' }, request)
        : nextRecord<Session>(idle, committedMs, { paid: true }, request);
    case 'secured':
      return open ? ended(idle, 'complete', committedMs, request) : undefined;
    case 'delayed':
      return open ? ended(idle, 'complete', committedMs, request, { delayed: 'pending' }) : undefined;
    case 'failed':
      if (open) return paying ? nextRecord<Session>(idle, committedMs, {}, request) : undefined;
      return notPaid(idle, committedMs, request);
    case 'canceled':
      return open ? ended(idle, 'expired', committedMs, request) : notPaid(idle, committedMs, request);
    default:
      return outcome satisfies never;
  }
}

/** The delayed payment of a complete session was not made. */
const notPaid = (idle: Session, committedMs: number, request: RequestMark | undefined): Session | undefined =>
  idle.delayed === 'pending' ? decided(idle, committedMs, { delayed: 'failed' }, request) : undefined;

/** What is announced of a session stands a moment after what brought it, so that it is announced after it. */
const decided = (
  idle: Session,
  committedMs: number,
  changes: Partial<Session>,
  request: RequestMark | undefined,
): Session => nextRecord<Session>(idle, committedMs + 1, changes, request);

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
