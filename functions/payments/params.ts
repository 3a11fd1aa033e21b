/** Parameters of payment intents, charges and refunds, as Stripe takes them; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { invalidParameter } from '../shared/errors.ts';
import { type Currency, exponentOf, MAXIMUM_AMOUNT, minimumOf } from '../shared/money.ts';
import {
  boolean,
  clearable,
  currency,
  integer,
  integerFrom,
  type ListParams,
  listShape,
  metadata,
  metadataChange,
  named,
  text,
} from '../shared/params.ts';
import { clearableShipping, email } from '../shared/person.ts';

export { noParams as retrieveParams } from '../shared/params.ts';
export type { ListParams };

/** Only cards are taken: naming any other type is refused, naming none is the same as naming cards. */
const cardOnly = z.optional(z.array(z.enum(['card'])));

const automaticMethods = z.optional(
  z.strictObject({ enabled: boolean, allow_redirects: z.optional(z.enum(['always', 'never'])) }),
);

const url = z.string().check(
  z.maxLength(2_000),
  z.refine((value) => /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value) && URL.canParse(value), {
    error: 'Not a valid URL',
    params: { code: 'url_invalid' },
  }),
);

/** What a statement may print (docs.stripe.com: 5 to 22 characters, one letter, none of < > \ ' " *). */
const descriptor = (minimum: number) =>
  z.string().check(
    z.refine(
      (value) =>
        value === '' ||
        (value.length >= minimum && value.length <= 22 && /[A-Za-z]/.test(value) && !/[<>\\'"*]/.test(value)),
      {
        error: `The statement descriptor must have ${minimum} to 22 characters, at least one letter, and none of < > \\ ' " *.`,
      },
    ),
  );

const atConfirmation = {
  payment_method: z.optional(named()),
  return_url: z.optional(url),
  off_session: z.optional(
    z.union([
      z.pipe(
        z.enum(['one_off', 'recurring']),
        z.transform(() => true),
      ),
      boolean,
    ]),
  ),
  use_stripe_sdk: z.optional(boolean),
};

const details = {
  customer: z.optional(named()),
  setup_future_usage: z.optional(z.enum(['', 'on_session', 'off_session'])),
  shipping: z.optional(clearableShipping),
  receipt_email: z.optional(email),
};

const amount = integer.check(
  z.refine((value: bigint) => value > 0n, {
    error: 'This value must be greater than or equal to 1.',
    params: { code: 'parameter_invalid_integer' },
  }),
  z.refine((value: bigint) => value <= MAXIMUM_AMOUNT, {
    error: 'Amount must be no more than 99999999',
    params: { code: 'amount_too_large' },
  }),
);

export const createParams = z.strictObject({
  amount,
  currency,
  ...atConfirmation,
  confirm: z.optional(boolean),
  capture_method: z.optional(z.enum(['automatic', 'automatic_async', 'manual'])),
  confirmation_method: z.optional(z.enum(['automatic', 'manual'])),
  description: z.optional(text(1_000)),
  ...details,
  statement_descriptor: z.optional(descriptor(5)),
  statement_descriptor_suffix: z.optional(descriptor(1)),
  metadata: z.optional(metadata),
  payment_method_types: cardOnly,
  allowed_payment_method_types: cardOnly,
  automatic_payment_methods: automaticMethods,
});
export type CreateParams = z.infer<typeof createParams>;

/**
 * What the schema cannot judge alone: least amounts by currency, mills, and what only a confirmation may carry.
 * @throws 400 amount_too_small, parameter_invalid_integer; 400 for confirm-time parameters without `confirm`
 */
export function assertCreatable(params: CreateParams): void {
  assertAmount(params.amount, params.currency);
  if (params.confirm) return;
  for (const name of ['return_url', 'off_session'] as const) {
    if (params[name] !== undefined && params[name] !== false) {
      throw invalidParameter(`You cannot pass \`${name}\` when \`confirm\` is not true.`, { param: name });
    }
  }
}

export function assertAmount(value: bigint, inCurrency: Currency): void {
  const minimum = minimumOf(inCurrency);
  if (value < minimum) {
    throw invalidParameter(`Amount must be at least ${minimum} in the minor unit of ${inCurrency}.`, {
      code: 'amount_too_small',
      param: 'amount',
    });
  }
  if (exponentOf(inCurrency) === 3 && value % 10n !== 0n) {
    throw invalidParameter(`Amounts in ${inCurrency} must end in 0.`, {
      code: 'parameter_invalid_integer',
      param: 'amount',
    });
  }
}

export const confirmParams = z.strictObject({
  ...atConfirmation,
  receipt_email: details.receipt_email,
  setup_future_usage: details.setup_future_usage,
  shipping: details.shipping,
});
export type ConfirmParams = z.infer<typeof confirmParams>;

export const updateParams = z.strictObject({
  amount: z.optional(amount),
  currency: z.optional(currency),
  payment_method: z.optional(z.string().check(z.maxLength(255))),
  ...details,
  description: z.optional(clearable(1_000)),
  metadata: z.optional(metadataChange),
  statement_descriptor: z.optional(descriptor(5)),
  statement_descriptor_suffix: z.optional(descriptor(1)),
  capture_method: z.optional(z.enum(['automatic', 'automatic_async', 'manual'])),
  payment_method_types: cardOnly,
  allowed_payment_method_types: cardOnly,
});
export type UpdateParams = z.infer<typeof updateParams>;

export const captureParams = z.strictObject({
  amount_to_capture: z.optional(integerFrom(1n)),
});
export type CaptureParams = z.infer<typeof captureParams>;

export const cancelParams = z.strictObject({
  cancellation_reason: z.optional(z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'])),
});
export type CancelParams = z.infer<typeof cancelParams>;

export const listParams = z.strictObject({ ...listShape, customer: z.optional(named()) });
export type IntentListParams = z.infer<typeof listParams>;

export const refundParams = z.strictObject({
  payment_intent: z.optional(named()),
  charge: z.optional(named()),
  amount: z.optional(integerFrom(1n)),
  reason: z.optional(z.enum(['duplicate', 'fraudulent', 'requested_by_customer'])),
  metadata: z.optional(metadata),
});
export type RefundParams = z.infer<typeof refundParams>;

export const refundListParams = z.strictObject({
  ...listShape,
  payment_intent: z.optional(named()),
  charge: z.optional(named()),
});
export type RefundListParams = z.infer<typeof refundListParams>;

export const chargeListParams = z.strictObject({
  ...listShape,
  customer: z.optional(named()),
  payment_intent: z.optional(named()),
});
export type ChargeListParams = z.infer<typeof chargeListParams>;
