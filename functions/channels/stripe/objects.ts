/**
 * The members of Stripe's objects that are read here (docs.stripe.com/api, version 2026-10-28). Pure; what cannot be read is undefined, and so
 * unknown, never failed (I15).
 */
import * as z from 'zod/mini';
import { reader } from '../port/reader.ts';

/** Minor units. */
const amount = z.pipe(
  z.int().check(z.minimum(0)),
  z.transform((value) => BigInt(value)),
);
const text = z.string().check(z.maxLength(2000));
const optional = <T>(schema: z.ZodMiniType<T>) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? undefined),
  );
const name = optional(text);
const metadata = z.pipe(
  z.nullish(z.record(z.string(), z.string())),
  z.transform((value) => value ?? {}),
);
/** Another object by its id, or in full. */
const idOf = z.pipe(
  z.nullish(z.union([z.string(), z.looseObject({ id: z.string() })])),
  z.transform((value) => (typeof value === 'object' ? value?.id : (value ?? undefined))),
);

const declined = {
  code: name,
  decline_code: name,
  message: name,
  advice_code: name,
  network_decline_code: name,
};
/** Why a payment or a setup failed. */
const lastError = optional(z.object({ type: text, ...declined }));
export type LastError = NonNullable<z.infer<typeof lastError>>;

const available = optional(z.object({ status: text }));
const check = optional(z.enum(['pass', 'fail', 'unchecked', 'unavailable']));
const card = z.object({
  amount_authorized: optional(amount),
  authorization_code: name,
  network_transaction_id: name,
  multicapture: available,
  incremental_authorization: available,
  checks: optional(z.object({ cvc_check: check, address_line1_check: check, address_postal_code_check: check })),
});

export const charge = z.object({
  id: text,
  object: z.literal('charge'),
  amount,
  amount_captured: amount,
  captured: z.boolean(),
  currency: text,
  metadata,
  payment_intent: idOf,
  status: z.enum(['succeeded', 'pending', 'failed']),
  payment_method_details: optional(z.object({ card: optional(card) })),
});
export type Charge = z.infer<typeof charge>;

const nextAction = optional(
  z.object({
    type: text,
    redirect_to_url: optional(
      z.object({ url: optional(z.string().check(z.regex(/^https?:\/\//), z.maxLength(2000))) }),
    ),
  }),
);

const statuses = ['requires_payment_method', 'requires_confirmation', 'requires_action', 'processing'] as const;
export const paymentIntent = z.object({
  id: text,
  object: z.literal('payment_intent'),
  amount,
  amount_capturable: amount,
  amount_received: amount,
  capture_method: text,
  currency: text,
  last_payment_error: lastError,
  latest_charge: z.nullish(z.union([z.string(), charge])),
  metadata,
  next_action: nextAction,
  status: z.enum([...statuses, 'requires_capture', 'succeeded', 'canceled']),
});
export type PaymentIntent = z.infer<typeof paymentIntent>;

export const setupIntent = z.object({
  id: text,
  object: z.literal('setup_intent'),
  last_setup_error: lastError,
  metadata,
  next_action: nextAction,
  status: z.enum([...statuses, 'succeeded', 'canceled']),
});
export type SetupIntent = z.infer<typeof setupIntent>;

export const refund = z.object({
  id: text,
  object: z.literal('refund'),
  amount,
  currency: text,
  failure_reason: name,
  metadata,
  payment_intent: idOf,
  status: z.enum(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']),
});
export type Refund = z.infer<typeof refund>;

export const dispute = z.object({
  id: z.string().check(z.regex(/^(?:du|dp)_[0-9A-Za-z]{1,37}$/)),
  object: z.literal('dispute'),
  amount,
  balance_transactions: z.array(z.object({ amount: z.int(), fee: z.int(), currency: text })),
  created: z.int().check(z.minimum(0)),
  currency: text,
  evidence_details: z.object({ due_by: optional(z.int()) }),
  network_reason_code: name,
  payment_intent: idOf,
  reason: z.string().check(z.maxLength(60)),
  status: text,
});
export type Dispute = z.infer<typeof dispute>;

/** A page of a list. */
export const page = z.object({
  object: z.literal('list'),
  data: z.array(z.unknown()),
  has_more: z.boolean(),
});

const errorBody = z.object({
  error: z.object({
    type: text,
    ...declined,
    payment_intent: optional(z.unknown()),
    setup_intent: optional(z.unknown()),
  }),
});
export type StripeError = z.infer<typeof errorBody>['error'];

export const readCharge = reader(charge);
export const readPaymentIntent = reader(paymentIntent);
export const readSetupIntent = reader(setupIntent);
export const readRefund = reader(refund);
export const readDispute = reader(dispute);
export const readPage = reader(page);
/** The error of an answer in Stripe's own shape; undefined when another server answered. */
export const readError = (value: unknown): StripeError | undefined => reader(errorBody)(value)?.error;
