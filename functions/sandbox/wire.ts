/** The sandbox's own wire: JSON in (amounts are strings of minor units), JSON out. Pure. */
import * as z from 'zod/mini';
import { testCardOf, testCardOfNumber } from '../kernel/test-cards.ts';
import { WALLETS } from './behavior.ts';
import {
  type AuthorizeParams,
  authorizedOf,
  type Charge,
  capturedOf,
  type Decline,
  declineOf,
  descriptorOf,
  featuresOf,
  type Operation,
  planOfCharge,
  statusOf,
} from './charge.ts';
import { DISPUTE_FEE, type Dispute, disputeAt, disputeChangedMs } from './dispute.ts';
import { type Payout, type PayoutParams, payoutChangedMs, payoutStatusOf } from './payout.ts';
import { type Refund, refundChangedMs, refundDeclineOf, refundStatusOf } from './refund.ts';
import { formOf, receiptOf, TRAITS, traitOf } from './wallet.ts';

const reference = z.string().check(z.regex(/^[0-9A-Za-z]{1,40}$/));
const amount = z.pipe(
  z.string().check(z.regex(/^[1-9][0-9]{0,14}$/)),
  z.transform((digits) => BigInt(digits)),
);
const currency = z.string().check(z.regex(/^[a-z]{3}$/));
/** Also an app's own scheme: payers come back to apps too. */
const returnUrl = z.string().check(
  z.maxLength(3000),
  z.regex(/^[a-z][a-z0-9+.-]*:\/\/\S+$/i),
  z.refine((value) => URL.canParse(value)),
);
const operationNumber = z.int().check(z.minimum(0), z.maximum(1000));

/** What a statement prints: schemes refuse longer ones, and these characters; a `*` divides name and suffix. */
const descriptor = z.string().check(z.minLength(2), z.maxLength(22), z.regex(/^[^<>\\'"]*$/));

/** Hashes of 32 bytes in base64url. */
const hash = z.string().check(z.regex(/^[0-9A-Za-z_-]{43}$/));
/** Keys of publishable requests have a space of their own. */
const keyHash = z.string().check(z.regex(/^(p#)?[0-9A-Za-z_-]{43}$/));
const notes = z.optional(
  z.strictObject({
    key: z.optional(keyHash),
    request: z.optional(hash),
    direct: z.optional(z.boolean()),
    session: z.optional(z.string().check(z.regex(/^[0-9A-Za-z]{22}$/))),
  }),
);

/** Milliseconds since 1970 that fit the head of a sort key. */
const instant = z.int().check(z.minimum(0), z.maximum(3_500_000_000_000));

const disputeId = z.string().check(z.regex(/^[0-9A-Za-z]{1,40}$/));

/** Visa's code of a dispute's reason. */
const REASON_CODES: Readonly<Record<string, string>> = {
  fraudulent: '10.4',
  duplicate: '12.6.1',
  credit_not_processed: '13.6',
  product_not_received: '13.1',
  product_unacceptable: '13.3',
  subscription_canceled: '13.2',
  unrecognized: '10.4',
  general: '12.5',
};

const cardByNumber = z.strictObject({
  number: z.string().check(z.regex(/^[0-9]{12,19}$/)),
  exp_month: z.int().check(z.minimum(1), z.maximum(12)),
  exp_year: z.int().check(z.minimum(2000), z.maximum(2200)),
  cvc: z.optional(z.string().check(z.regex(/^[0-9]{3,4}$/))),
});
const cardByToken = z.strictObject({ token: z.string().check(z.maxLength(100)) });

/** Zero verifies the card and holds nothing. */
const authorizedAmount = z.pipe(
  z.string().check(z.regex(/^(0|[1-9][0-9]{0,14})$/)),
  z.transform((digits) => BigInt(digits)),
);

const authorizeMembers = z.strictObject({
  reference,
  amount: authorizedAmount,
  currency,
  capture: z.boolean(),
  card: z.optional(z.union([cardByNumber, cardByToken])),
  wallet: z.optional(z.strictObject({ type: z.enum(WALLETS) })),
  expires_at: z.optional(instant),
  off_session: z.optional(z.boolean()),
  set_up: z.optional(z.boolean()),
  challenge: z.optional(z.enum(['requested'])),
  after_challenge: z.optional(z.enum(['wait'])),
  authentication: z.optional(reference),
  features: z.optional(z.array(z.enum(['increment', 'multicapture'])).check(z.maxLength(2))),
  return_url: z.optional(returnUrl),
  statement_descriptor: z.optional(descriptor),
  notes,
});
/** A card or a wallet pays. A wallet charges at least one unit, and holds an amount only where it can. */
export const authorizeRequest = authorizeMembers.check(
  z.refine(({ card, wallet }) => (card === undefined) !== (wallet === undefined), { path: ['card'] }),
  z.refine(({ wallet, amount: charged }) => !wallet || charged > 0n, { path: ['amount'] }),
  z.refine(({ wallet, capture }) => !wallet || capture || TRAITS[wallet.type].holds, { path: ['capture'] }),
);
export const captureRequest = z.strictObject({
  operation: operationNumber,
  amount,
  keeps_rest: z.optional(z.boolean()),
  statement_descriptor: z.optional(descriptor),
  notes,
});
export const incrementRequest = z.strictObject({
  operation: operationNumber,
  amount,
  statement_descriptor: z.optional(descriptor),
  notes,
});
export const closeRequest = z.strictObject({});
export const resumeRequest = z.strictObject({});
export const voidRequest = z.strictObject({ operation: operationNumber, notes });
export const refundRequest = z.strictObject({ reference, charge: reference, amount, currency, notes });
export const listRequest = z.strictObject({
  since: instant,
  until: instant,
  cursor: z.optional(z.string().check(z.regex(/^[0-9]{1,6}:[0-9A-Za-z]{0,60}$/))),
});
export const answerRequest = z.strictObject({
  dispute: disputeId,
  submission: operationNumber,
  answer: z.enum(['contest', 'accept']),
  evidence: z.record(z.string().check(z.maxLength(60)), z.string().check(z.maxLength(30_000))),
});
/** What a test asks the payer's bank to do: by itself the sandbox opens disputes only for cards that stand for one. */
export const disputeRequest = z.strictObject({
  dispute: disputeId,
  kind: z.enum(['inquiry', 'chargeback']),
  reason: z.enum(Object.keys(REASON_CODES) as [string, ...string[]]),
  amount: z.optional(amount),
});
export const payoutRequest = z.strictObject({
  reference,
  amount,
  currency,
  bank_account: z.strictObject({
    last4: z.string().check(z.regex(/^[0-9]{4}$/)),
    country: z.string().check(z.regex(/^[A-Z]{2}$/)),
    holder: z.string().check(z.maxLength(200)),
  }),
});

/** What of the request decides. The number goes no further than this: only the test card that it stands for is kept. */
export function authorizeParams(request: z.infer<typeof authorizeRequest>, nowMs: number): AuthorizeParams {
  const { card, wallet } = request;
  const found = card && ('token' in card ? testCardOf(card.token) : testCardOfNumber(card.number));
  return {
    reference: request.reference,
    amount: request.amount,
    currency: request.currency,
    capture: request.capture,
    ...(found && { token: found.token }),
    ...(wallet && { wallet: wallet.type }),
    ...(wallet && request.expires_at !== undefined && { expiresMs: request.expires_at }),
    expired: card !== undefined && 'number' in card && expired(card, nowMs),
    cvcGiven: card !== undefined && ('token' in card || card.cvc !== undefined),
    offSession: request.off_session ?? false,
    ...(request.set_up && { setUp: true }),
    ...(request.challenge && { challengeRequested: true }),
    ...(request.after_challenge && { waitsAfterChallenge: true }),
    ...(request.authentication !== undefined && { authentication: request.authentication }),
    ...(request.features && { features: request.features }),
    ...(request.notes && { notes: request.notes }),
    ...(request.return_url !== undefined && { returnUrl: request.return_url }),
    ...(request.statement_descriptor !== undefined && { statementDescriptor: request.statement_descriptor }),
  };
}

/** A card is good until the end of its month, UTC. */
const expired = (card: z.infer<typeof cardByNumber>, nowMs: number): boolean =>
  nowMs >= Date.UTC(card.exp_year, card.exp_month, 1);

export const payoutParams = (request: z.infer<typeof payoutRequest>): PayoutParams => ({
  reference: request.reference,
  amount: request.amount,
  currency: request.currency,
  bankLast4: request.bank_account.last4,
  country: request.bank_account.country,
  holder: request.bank_account.holder,
});

/** The charge as the merchant sees it at `nowMs`. */
export function chargeView(charge: Charge, nowMs: number, pageUrl: string): object {
  const status = statusOf(charge, nowMs);
  const approved = status === 'authorised' || status === 'captured';
  return {
    reference: charge.params.reference,
    status,
    amount: String(charge.params.amount),
    currency: charge.params.currency,
    authorised_amount: String(authorizedOf(charge)),
    captured_amount: String(capturedOf(charge, nowMs)),
    refunded_amount: String(charge.refunded),
    ...(approved && { authorisation_code: charge.authorisationCode, features: featuresOf(charge) }),
    ...(status === 'challenge' && { challenge_url: pageUrl }),
    ...(status === 'waiting' && { action: actionOf(charge, pageUrl) }),
    ...(charge.params.wallet && { wallet: { type: charge.params.wallet, ...(approved && receiptOf(charge)) } }),
    ...(status === 'declined' && charge.decision !== 'approved' && { decline: declineOf(charge.decision) }),
    ...((approved || status === 'declined') && !charge.order && { checks: charge.checks }),
    ...(descriptorOf(charge) !== undefined && { statement_descriptor: descriptorOf(charge) }),
    operations: charge.operations.map(operationView),
    ...(charge.disputes && {
      disputes: charge.disputes.map((dispute) => disputeView(charge.params.reference, charge, dispute, nowMs)),
    }),
  };
}

/** What the payer has to do at the wallet, and until when. A phone that scans the code opens the same page as the browser. */
function actionOf(charge: Charge, pageUrl: string): object {
  const expires = { expires_at: charge.decidedMs };
  if (planOfCharge(charge).asksByForm && charge.params.wallet === 'alipay')
    return { type: 'form', url: pageUrl, fields: formOf(charge), ...expires };
  return traitOf(charge)?.onPhone
    ? { type: 'qr_code', data: pageUrl, url: pageUrl, ...expires }
    : { type: 'redirect', url: pageUrl, ...expires };
}

/** The answer to a request to close. */
export const closingView = (reference: string, decline?: Decline): object => ({
  reference,
  status: decline ? 'failed' : 'succeeded',
  ...(decline && { decline }),
});

/** The charge with what only a list shows: when it was made, with which card, and what was kept with it. */
export function listedCharge(charge: Charge, nowMs: number, pageUrl: string): object {
  const { token, capture, notes } = charge.params;
  const card = token === undefined ? undefined : testCardOf(token);
  return {
    ...chargeView(charge, nowMs, pageUrl),
    about: 'charge',
    capture,
    created_at: charge.createdMs,
    decided_at: charge.decidedMs,
    ...(card && {
      card: { brand: card.brand, last4: card.number.slice(-4), funding: card.funding, country: card.country },
    }),
    ...(notes && { notes }),
  };
}

export const listedRefund = (refund: Refund, nowMs: number): object => ({
  ...refundView(refund, nowMs),
  about: 'refund',
  created_at: refund.createdMs,
  changed_at: refundChangedMs(refund, nowMs),
  ...(refund.params.notes && { notes: refund.params.notes }),
});

export const listedPayout = (payout: Payout, nowMs: number): object => ({
  ...payoutView(payout, nowMs),
  about: 'payout',
  created_at: payout.createdMs,
  changed_at: payoutChangedMs(payout, nowMs),
});

/** A dispute of the charge as it is at `nowMs`; what a chargeback took, and the fee for it. */
export function disputeView(reference: string, charge: Charge, dispute: Dispute, nowMs: number): object {
  const { kind, state, amount: disputed, dueMs } = disputeAt(dispute, nowMs);
  return {
    reference,
    id: dispute.id,
    kind,
    state,
    amount: String(disputed),
    currency: charge.params.currency,
    fee: String(kind === 'chargeback' ? DISPUTE_FEE : 0n),
    reason: dispute.reason,
    network_reason_code: REASON_CODES[dispute.reason],
    opened_at: dispute.openedMs,
    changed_at: disputeChangedMs(dispute, nowMs),
    due_at: dueMs,
  };
}

/** What became of an answer to a dispute. */
export const answerView = (dispute: Dispute, submission: number): object => {
  const refused = dispute.answers.some((answer) => answer.submission === submission && answer.refused);
  return {
    submission,
    status: refused ? 'failed' : 'succeeded',
    ...(refused && { decline: declineOf('dispute_closed') }),
  };
};

export const operationView = (operation: Operation): object => ({
  number: operation.number,
  kind: operation.kind,
  ...(operation.kind !== 'void' && { amount: String(operation.amount) }),
  ...(operation.keepsRest && { keeps_rest: true }),
  ...(operation.atMs !== undefined && { at: operation.atMs }),
  ...(operation.notes && { notes: operation.notes }),
  status: operation.decline ? 'failed' : 'succeeded',
  ...(operation.decline && { decline: operation.decline }),
});

export function refundView(refund: Refund, nowMs: number): object {
  const decline = refundDeclineOf(refund, nowMs);
  return {
    reference: refund.params.reference,
    charge: refund.params.charge,
    amount: String(refund.params.amount),
    currency: refund.params.currency,
    status: refundStatusOf(refund, nowMs),
    ...(refund.retryMs !== undefined && { retryable: true }),
    ...(decline && { decline }),
  };
}

export function payoutView(payout: Payout, nowMs: number): object {
  const status = payoutStatusOf(payout, nowMs);
  return {
    reference: payout.params.reference,
    amount: String(payout.params.amount),
    currency: payout.params.currency,
    status,
    ...(status === 'failed' && { failure_code: payout.failure }),
    // A trace id beside a failure: it was paid, and sent back.
    ...((status === 'paid' || (status === 'failed' && payout.returnedMs !== undefined)) && {
      trace_id: `SB${payout.params.reference.slice(0, 20)}`,
    }),
  };
}
