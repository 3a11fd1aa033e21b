/** What the sandbox takes: JSON whose amounts are strings of minor units. Pure. */
import * as z from 'zod/mini';
import { DISPUTE_REASONS, testCardOf, testCardOfNumber } from '../kernel/test-cards.ts';
import { WALLETS } from './behavior.ts';
import type { AuthorizeParams } from './charge.ts';
import type { PayoutParams } from './payout.ts';
import { TRAITS } from './wallet.ts';

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

/** An id that the sandbox gave to a charge or capture. */
const id = z.optional(z.string().check(z.regex(/^[0-9a-z]{1,40}$/)));

const disputeId = z.string().check(z.regex(/^[0-9A-Za-z]{1,40}$/));

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
  wallet: z.optional(
    z.strictObject({
      type: z.enum(WALLETS),
      locale: z.optional(z.string().check(z.regex(/^[A-Za-z]{2,8}(-[0-9A-Za-z]{1,8}){0,3}$/))),
      invoice: z.optional(z.string().check(z.minLength(1), z.maxLength(127))),
      client: z.optional(z.enum(['web', 'mobile_web'])),
    }),
  ),
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
  charge_id: id,
  keeps_rest: z.optional(z.boolean()),
  statement_descriptor: z.optional(descriptor),
  notes,
});
export const incrementRequest = z.strictObject({
  operation: operationNumber,
  amount,
  charge_id: id,
  statement_descriptor: z.optional(descriptor),
  notes,
});
export const closeRequest = z.strictObject({ charge_id: id });
export const resumeRequest = z.strictObject({ charge_id: id });
export const voidRequest = z.strictObject({ operation: operationNumber, charge_id: id, notes });
export const refundRequest = z.strictObject({
  reference,
  charge: reference,
  charge_id: id,
  capture_id: id,
  amount,
  currency,
  notes,
});
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
  reason: z.enum(DISPUTE_REASONS),
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
    ...(wallet?.locale !== undefined && { locale: wallet.locale }),
    ...(wallet?.invoice !== undefined && { invoice: wallet.invoice }),
    ...(wallet?.client === 'mobile_web' && { onPhone: true }),
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
