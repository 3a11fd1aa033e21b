/** Parameters of payment intents, charges and refunds, as Stripe takes them; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { exclusiveParameters, invalidParameter, missingParameter, unknownParameter } from '../api/errors.ts';
import {
  boolean,
  clearable,
  currency,
  integerFrom,
  type ListParams,
  listShape,
  metadata,
  metadataChange,
  neverTrue,
  nonEmpty,
  text,
} from '../api/params.ts';
import { allowRedisplay, billing, clearableShipping, email, shippingChange } from '../api/person.ts';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import { type Currency, minimumOf } from '../kernel/money.ts';
import {
  assertLargest,
  assertMills,
  cardNumberRefused,
  descriptorSuffix,
  returnUrl,
} from '../payment-methods/card-params.ts';
import { assertAcceptance, clearableMandateData } from '../payment-methods/mandate-data.ts';
import { assertSource } from '../payment-methods/source-params.ts';
import {
  changedExcludedTypes,
  emptyMembers,
  excludedTypes,
  methodTypes,
  walletOptions,
} from '../payment-methods/wallet-params.ts';

export { noParams as retrieveParams } from '../api/params.ts';
export { assertLargest, assertMills, cardOnly, returnUrl } from '../payment-methods/card-params.ts';
export type { ListParams };

export const automaticMethods = z.optional(
  z.strictObject({ enabled: boolean, allow_redirects: z.optional(z.enum(['always', 'never'])) }),
);

const ifAvailable = z.enum(['if_available', 'never']);
/** What no channel of ours can do. */
const notEligible = ifAvailable.check(
  z.refine((request: string) => request === 'never', {
    error: 'This account is not eligible for the requested card features.',
  }),
);

/** The options of a type; an empty string unsets all of them. */
const unsettable = <Options extends z.ZodMiniType>(options: Options, unset: z.output<Options>) =>
  z.optional(
    z.pipe(
      z.union([z.literal(''), options]),
      z.transform((given) => (given === '' ? unset : (given as z.output<Options>))),
    ),
  );

const methodOptions = z.strictObject({
  alipay: unsettable(walletOptions.alipay, { setup_future_usage: '' }),
  wechat_pay: unsettable(walletOptions.wechat_pay, { client: '', setup_future_usage: '' }),
  paypal: unsettable(walletOptions.paypal, {
    capture_method: '',
    preferred_locale: '',
    reference: '',
    setup_future_usage: '',
  }),
  card: unsettable(
    z.strictObject({
      request_three_d_secure: z.optional(z.enum(['automatic', 'any', 'challenge'])),
      capture_method: z.optional(z.enum(['', 'manual'])),
      setup_future_usage: z.optional(z.enum(['', 'none', 'on_session', 'off_session'])),
      request_incremental_authorization: z.optional(ifAvailable),
      request_multicapture: z.optional(ifAvailable),
      request_extended_authorization: z.optional(notEligible),
      request_overcapture: z.optional(notEligible),
    }),
    // What becomes of the card is kept with the payment's own `setup_future_usage`, and stays.
    {
      request_three_d_secure: 'automatic',
      capture_method: '',
      request_incremental_authorization: 'never',
      request_multicapture: 'never',
    },
  ),
});

/**
 * A payment method in the request itself: a wallet, or the token of a card. A card number is refused, for it may pass through the vault
 * alone.
 */
export const methodData = z.strictObject({
  type: z.enum(METHOD_TYPES),
  card: z.optional(z.record(z.string(), z.unknown())),
  ...emptyMembers,
  billing_details: z.optional(billing),
  metadata: z.optional(metadata),
  allow_redisplay: z.optional(allowRedisplay),
});
export type MethodData = z.infer<typeof methodData>;

const atConfirmation = {
  payment_method: z.optional(nonEmpty()),
  source: z.optional(nonEmpty()),
  payment_method_data: z.optional(methodData),
  payment_method_options: z.optional(methodOptions),
  error_on_requires_action: z.optional(boolean),
  return_url: z.optional(returnUrl),
  off_session: z.optional(
    z.union([
      boolean,
      z.pipe(
        z.enum(['one_off', 'recurring']),
        z.transform(() => true),
      ),
    ]),
  ),
  use_stripe_sdk: z.optional(boolean),
  mandate: z.optional(nonEmpty()),
  mandate_data: z.optional(clearableMandateData),
};

const captureMethod = z.optional(z.enum(['automatic', 'automatic_async', 'manual']));

/** What the merchant calls a group of payments; nothing follows from it. */
export const transferGroup = z.optional(text(500));

const details = {
  customer: z.optional(nonEmpty()),
  setup_future_usage: z.optional(z.enum(['', 'on_session', 'off_session'])),
  shipping: z.optional(clearableShipping),
  receipt_email: z.optional(email),
};

export const amount = integerFrom(0n).check(
  z.refine((value: bigint) => value > 0n, {
    error:
      'The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set. If you want to save a Payment Method for future use without an immediate payment, use a Setup Intent instead.',
    params: { code: 'parameter_invalid_integer' },
  }),
);

export const createParams = z.strictObject({
  amount,
  currency,
  ...atConfirmation,
  confirm: z.optional(boolean),
  capture_method: captureMethod,
  confirmation_method: z.optional(z.enum(['automatic', 'manual'])),
  description: z.optional(text(1_000)),
  ...details,
  statement_descriptor: z.optional(descriptorSuffix),
  statement_descriptor_suffix: z.optional(descriptorSuffix),
  transfer_group: transferGroup,
  metadata: z.optional(metadata),
  payment_method_types: methodTypes,
  allowed_payment_method_types: methodTypes,
  automatic_payment_methods: automaticMethods,
  excluded_payment_method_types: z.optional(excludedTypes),
});
export type CreateParams = z.infer<typeof createParams>;

/**
 * What the schema cannot judge alone: least and largest amounts by currency, mills, and what only a confirmation may carry.
 * @throws 400 amount_too_small, amount_too_large, parameter_invalid_integer; 400 for confirm-time parameters without `confirm`
 */
export function assertCreatable(params: CreateParams): void {
  assertAmount(params.amount, params.currency);
  assertConfirmation(params);
  if (params.automatic_payment_methods?.enabled) {
    for (const name of ['payment_method_types', 'allowed_payment_method_types'] as const)
      if (params[name]?.length) throw exclusiveParameters('automatic_payment_methods', name);
  }
  if (params.confirm) return;
  for (const name of ['mandate', 'mandate_data'] as const) {
    if (params[name]) {
      throw invalidParameter(
        `The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
        { param: name },
      );
    }
  }
  for (const name of ['return_url', 'off_session', 'error_on_requires_action'] as const) {
    if (params[name] !== undefined && params[name] !== false) {
      throw invalidParameter(`You cannot pass \`${name}\` when \`confirm\` is not true.`, { param: name });
    }
  }
}

/** What a confirmation may not say at once, or not in part. @throws 400 parameters_exclusive, and what the parts throw */
export function assertConfirmation(
  params: Parameters<typeof assertOneMethod>[0] & Pick<ConfirmParams, 'mandate' | 'mandate_data'>,
): void {
  assertOneMethod(params);
  assertAcceptance(params.mandate_data);
  if (params.mandate === undefined || !params.mandate_data) return;
  throw exclusiveParameters('mandate', 'mandate_data');
}

/** @throws 400 for a method that is named or described twice, for a bank account, and for a card number, which only the vault may receive */
export function assertOneMethod(params: {
  readonly payment_method?: string | undefined;
  readonly payment_method_data?: MethodData | undefined;
  readonly source?: string | undefined;
}): void {
  const { payment_method: method, payment_method_data: data, source } = params;
  assertSource({ source });
  const other = method === undefined ? 'payment_method_data' : 'payment_method';
  if (source !== undefined && (method ?? data) !== undefined) throw exclusiveParameters(other, 'source');
  if (!data) return;
  if (method !== undefined) throw exclusiveParameters('payment_method', 'payment_method_data');
  const unrelated = METHOD_TYPES.find((type) => type !== data.type && data[type] !== undefined);
  if (unrelated !== undefined) throw unknownParameter(`payment_method_data[${unrelated}]`);
  if (data.type !== 'card') return;
  const { token, ...others } = data.card ?? {};
  if ('number' in others) throw cardNumberRefused('payment_method_data[card][number]');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw unknownParameter(`payment_method_data[card][${unknown}]`);
  if (token === undefined) throw missingParameter('payment_method_data[card][token]');
}

/** @throws 400 amount_too_small, amount_too_large, parameter_invalid_integer */
export function assertAmount(value: bigint, inCurrency: Currency): void {
  const minimum = minimumOf(inCurrency);
  if (value < minimum) {
    throw invalidParameter(`Amount must be at least ${minimum} in the minor unit of ${inCurrency}.`, {
      code: 'amount_too_small',
      param: 'amount',
    });
  }
  assertLargest(value, inCurrency, 'amount');
  assertMills(value, inCurrency, 'amount');
}

/** The secret that identifies the intent to a client without a secret key. */
export const clientSecret = { client_secret: z.optional(nonEmpty()) };

export const retrieveIntentParams = z.strictObject(clientSecret);
export type RetrieveIntentParams = z.infer<typeof retrieveIntentParams>;

export const confirmParams = z.strictObject({
  ...atConfirmation,
  ...clientSecret,
  capture_method: captureMethod,
  payment_method_types: methodTypes,
  allowed_payment_method_types: methodTypes,
  excluded_payment_method_types: changedExcludedTypes,
  receipt_email: details.receipt_email,
  setup_future_usage: details.setup_future_usage,
  shipping: details.shipping,
});
export type ConfirmParams = z.infer<typeof confirmParams>;

export const updateParams = z.strictObject({
  amount: z.optional(amount),
  currency: z.optional(currency),
  payment_method: z.optional(z.string().check(z.maxLength(255))),
  payment_method_data: z.optional(methodData),
  ...details,
  shipping: z.optional(shippingChange),
  description: z.optional(clearable(1_000)),
  metadata: z.optional(metadataChange),
  payment_method_options: z.optional(methodOptions),
  statement_descriptor: z.optional(descriptorSuffix),
  statement_descriptor_suffix: z.optional(descriptorSuffix),
  transfer_group: transferGroup,
  capture_method: captureMethod,
  payment_method_types: methodTypes,
  allowed_payment_method_types: methodTypes,
  excluded_payment_method_types: changedExcludedTypes,
});
export type UpdateParams = z.infer<typeof updateParams>;

export const captureParams = z.strictObject({
  amount_to_capture: z.optional(integerFrom(0n)),
  final_capture: z.optional(boolean),
  metadata: z.optional(metadataChange),
  statement_descriptor: z.optional(descriptorSuffix),
  statement_descriptor_suffix: z.optional(descriptorSuffix),
});
export type CaptureParams = z.infer<typeof captureParams>;

export const incrementParams = z.strictObject({
  amount,
  description: z.optional(text(1_000)),
  metadata: z.optional(metadataChange),
  statement_descriptor: z.optional(descriptorSuffix),
});
export type IncrementParams = z.infer<typeof incrementParams>;

export const cancelParams = z.strictObject({
  cancellation_reason: z.optional(z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'])),
});
export type CancelParams = z.infer<typeof cancelParams>;

export const listParams = z.strictObject({ ...listShape, customer: z.optional(nonEmpty()) });
export type IntentListParams = z.infer<typeof listParams>;

export const refundParams = z.strictObject({
  payment_intent: z.optional(nonEmpty()),
  charge: z.optional(nonEmpty()),
  amount: z.optional(integerFrom(1n)),
  reason: z.optional(z.enum(['duplicate', 'fraudulent', 'requested_by_customer'])),
  metadata: z.optional(metadata),
  refund_application_fee: z.optional(neverTrue('There are no application fees: this is no platform account.')),
  reverse_transfer: z.optional(neverTrue('There are no transfers: this is no platform account.')),
});
export type RefundParams = z.infer<typeof refundParams>;

export const refundUpdateParams = z.strictObject({ metadata: z.optional(metadataChange) });
export type RefundUpdateParams = z.infer<typeof refundUpdateParams>;

export const refundListParams = z.strictObject({
  ...listShape,
  payment_intent: z.optional(nonEmpty()),
  charge: z.optional(nonEmpty()),
});
export type RefundListParams = z.infer<typeof refundListParams>;

export const chargeListParams = z.strictObject({
  ...listShape,
  customer: z.optional(nonEmpty()),
  payment_intent: z.optional(nonEmpty()),
});
export type ChargeListParams = z.infer<typeof chargeListParams>;
