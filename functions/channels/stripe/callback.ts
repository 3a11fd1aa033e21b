/** Stripe's webhooks, verified on their raw bytes (docs.stripe.com/webhooks). Pure. */
import * as z from 'zod/mini';
import type { CallbackAnswer, CallbackHeaders, Callbacks, CallbackVerdict, Verification } from '../port/callback.ts';
import { handlesIn } from '../port/handles.ts';
import type { CallbackFact } from '../port/port.ts';
import { isSigned, signatureOf } from '../port/signature.ts';
import { type StripeMaterial, stripeMaterial } from './credentials.ts';
import { attemptOutcome, chargeIdOf, disputeReport, outcomeOfCharge, refundOutcome, setupOutcome } from './map.ts';
import {
  type PaymentIntent,
  readCharge,
  readDispute,
  readPaymentIntent,
  readRefund,
  readSetupIntent,
} from './objects.ts';
import { doneOf, factsOf, isInAskedCurrency, referenceIn, succeeded, unaskedIn } from './references.ts';

const HEADER = 'stripe-signature';

export const stripeCallbacks: Callbacks<StripeMaterial> = {
  material: stripeMaterial,
  plausible: (headers, nowMs) => signatureOf(headers[HEADER], nowMs) !== undefined,
  verify: async (raw, headers, material, nowMs) => verified(raw, headers, material, nowMs),
  acknowledge: (verdict) => ANSWERS[verdict],
};

const answer = (status: number, body: object): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Stripe takes any 2xx for an acknowledgement, and sends again after anything else for up to three days. */
const ANSWERS: Readonly<Record<CallbackVerdict, CallbackAnswer>> = {
  taken: answer(200, { received: true }),
  refused: answer(400, { error: 'The event could not be verified.' }),
  too_large: answer(413, { error: 'The event is larger than 64 KiB.' }),
  send_again: answer(503, { error: 'The event could not be taken now.' }),
  failed: answer(500, { error: 'The event could not be taken now.' }),
};

const envelope = z.object({
  id: z.string().check(z.regex(/^evt_[0-9A-Za-z_]{1,100}$/)),
  object: z.literal('event'),
  type: z.string(),
  livemode: z.boolean(),
  account: z.nullish(z.string()),
  data: z.object({ object: z.unknown() }),
});

const REFUSED: Verification = { kind: 'refused' };
const NOTED: Verification = { kind: 'noted' };

/**
 * The facts of a signed event of this account and environment. An event about an object that is not ours, or that another event reports in full, is
 * noted. One about an object of ours that cannot be read is refused, and so is one in another currency than was asked for.
 */
function verified(
  raw: Uint8Array,
  headers: CallbackHeaders,
  { webhookSecrets, environment, account }: StripeMaterial,
  nowMs: number,
): Verification {
  const signature = signatureOf(headers[HEADER], nowMs);
  if (!signature || !isSigned(raw, signature, webhookSecrets)) return REFUSED;
  const parsed = z.safeParse(envelope, parseJson(raw));
  if (!parsed.success) return REFUSED;
  const { id, type, livemode, account: sender, data } = parsed.data;
  if (livemode !== (environment === 'live') || (sender ?? undefined) !== account) return REFUSED;
  const facts = READERS[type]?.(data.object) ?? [];
  if (facts === 'unreadable') return REFUSED;
  const [first, ...more] = facts;
  return first ? { kind: 'verified', dedupe: id, facts: [first, ...more] } : NOTED;
}

function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    return undefined;
  }
}

type Read = readonly CallbackFact[] | 'unreadable';

/** Reads an object of ours, where it is one. */
const reader =
  <T extends { readonly metadata: Readonly<Record<string, string>> }>(
    read: (value: unknown) => T | undefined,
    facts: (object: T, reference: NonNullable<ReturnType<typeof referenceIn>>) => Read,
  ) =>
  (value: unknown): Read => {
    const object = read(value);
    if (!object) return 'unreadable';
    const reference = referenceIn(object.metadata);
    return reference ? facts(object, reference) : [];
  };

/** A payment without a success: it failed, waits for its payer or for the bank. */
const payment = reader(readPaymentIntent, (intent, reference) => {
  if (!isInAskedCurrency(intent)) return 'unreadable';
  const outcome = attemptOutcome(intent);
  return outcome.kind === 'unknown' ? [] : [{ about: 'attempt', reference, outcome }];
});

/**
 * A payment whose money moved. The event of its charge reports the success, with the checks of the card. This one reports the last operation of ours, and
 * money that none of ours took.
 */
const money = reader(readPaymentIntent, (intent, reference) => {
  if (!isInAskedCurrency(intent)) return 'unreadable';
  const last = doneOf(intent)?.at(-1);
  const charge = chargeIdOf(intent);
  const operation: readonly CallbackFact[] = last
    ? [
        {
          about: 'operation',
          reference,
          operation: last.number,
          outcome: succeeded(last, charge),
          facts: factsOf(last),
        },
      ]
    : [];
  return [...operation, ...unasked(intent, reference)];
});

const unasked = (intent: PaymentIntent, reference: NonNullable<ReturnType<typeof referenceIn>>): Read & object =>
  intent.capture_method === 'manual' && unaskedIn(intent) > 0n
    ? [{ about: 'attempt', reference, outcome: attemptOutcome(intent) }]
    : [];

const charge = reader(readCharge, (read, reference) => {
  if (!isInAskedCurrency(read)) return 'unreadable';
  const outcome = outcomeOfCharge(read);
  return outcome ? [{ about: 'attempt', reference, outcome }] : [];
});

const refund = reader(readRefund, (read, reference) => [{ about: 'refund', reference, outcome: refundOutcome(read) }]);

const setup = reader(readSetupIntent, (intent, reference) => {
  const outcome = setupOutcome(intent);
  return outcome.kind === 'unknown' ? [] : [{ about: 'attempt', reference, outcome }];
});

/** A dispute has the name of its payment alone: our reference is fetched behind the queue. */
function dispute(value: unknown): Read {
  const read = readDispute(value);
  if (!read) return 'unreadable';
  const report = disputeReport(read);
  return report && read.payment_intent !== undefined && isName(read.payment_intent)
    ? [{ about: 'dispute_of', reference: read.payment_intent, ...report }]
    : [];
}

const isName = (payment: string): boolean => handlesIn({ payment }).handles !== undefined;

/** Other types are noted. */
const READERS: Readonly<Partial<Record<string, (value: unknown) => Read>>> = {
  'payment_intent.succeeded': money,
  'payment_intent.amount_capturable_updated': money,
  'payment_intent.payment_failed': payment,
  'payment_intent.requires_action': payment,
  'payment_intent.processing': payment,
  'payment_intent.canceled': payment,
  'charge.succeeded': charge,
  'refund.created': refund,
  'refund.updated': refund,
  'refund.failed': refund,
  'charge.refund.updated': refund,
  'charge.dispute.created': dispute,
  'charge.dispute.updated': dispute,
  'charge.dispute.closed': dispute,
  'charge.dispute.funds_withdrawn': dispute,
  'charge.dispute.funds_reinstated': dispute,
  'setup_intent.succeeded': setup,
  'setup_intent.setup_failed': setup,
  'setup_intent.requires_action': setup,
  'setup_intent.canceled': setup,
};

/** The types of events that an endpoint has to be sent: any other is acknowledged without effect. */
export const EVENT_TYPES: readonly string[] = Object.keys(READERS);
