/** Parameters of setup intents, as Stripe takes them for cards; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { invalidParameter } from '../api/errors.ts';
import { boolean, clearable, listShape, metadata, metadataChange, nonEmpty } from '../api/params.ts';
import { once } from '../kernel/once.ts';
import { assertAcceptance, clearableMandateData } from '../payment-methods/mandate-data.ts';
import {
  assertOneMethod,
  automaticMethods,
  cardOnly,
  clientSecret,
  methodData,
  returnUrl,
} from '../payments/params.ts';

const options = once(() =>
  z.strictObject({
    card: z.optional(z.strictObject({ request_three_d_secure: z.optional(z.enum(['automatic', 'any', 'challenge'])) })),
  }),
);

const atConfirmation = once(() => ({
  payment_method: z.optional(nonEmpty()),
  payment_method_data: z.optional(methodData),
  payment_method_options: z.optional(options()),
  mandate_data: z.optional(clearableMandateData),
  return_url: z.optional(returnUrl),
  use_stripe_sdk: z.optional(boolean),
}));

export const createSetupParams = once(() =>
  z.strictObject({
    ...atConfirmation(),
    confirm: z.optional(boolean),
    customer: z.optional(nonEmpty()),
    description: z.optional(clearable(1_000)),
    metadata: z.optional(metadata),
    usage: z.optional(z.enum(['on_session', 'off_session'])),
    payment_method_types: cardOnly,
    allowed_payment_method_types: cardOnly,
    automatic_payment_methods: automaticMethods,
  }),
);
export type CreateSetupParams = z.infer<ReturnType<typeof createSetupParams>>;

export const confirmSetupParams = once(() =>
  z.strictObject({
    ...atConfirmation(),
    ...clientSecret,
    allowed_payment_method_types: cardOnly,
  }),
);
export type ConfirmSetupParams = z.infer<ReturnType<typeof confirmSetupParams>>;

export const updateSetupParams = once(() =>
  z.strictObject({
    customer: z.optional(nonEmpty()),
    description: z.optional(clearable(1_000)),
    metadata: z.optional(metadataChange),
    payment_method: z.optional(z.string().check(z.maxLength(255))),
    payment_method_data: z.optional(methodData),
    payment_method_options: z.optional(options()),
    payment_method_types: cardOnly,
    allowed_payment_method_types: cardOnly,
  }),
);
export type UpdateSetupParams = z.infer<ReturnType<typeof updateSetupParams>>;

export const cancelSetupParams = z.strictObject({
  cancellation_reason: z.optional(z.enum(['abandoned', 'duplicate', 'requested_by_customer'])),
});
export type CancelSetupParams = z.infer<typeof cancelSetupParams>;

export const setupListParams = z.strictObject({
  ...listShape,
  customer: z.optional(nonEmpty()),
  payment_method: z.optional(nonEmpty()),
});
export type SetupListParams = z.infer<typeof setupListParams>;

export const setupAttemptListParams = z.strictObject({ ...listShape, setup_intent: nonEmpty() });
export type SetupAttemptListParams = z.infer<typeof setupAttemptListParams>;

/**
 * What the schema cannot judge alone: what only a confirmation may carry, and an online acceptance without its place.
 * @throws 400
 */
export function assertSetup(params: Partial<CreateSetupParams> & { readonly confirm?: boolean | undefined }): void {
  assertOneMethod(params);
  if (!params.confirm) {
    for (const name of ['return_url', 'mandate_data'] as const)
      if (params[name])
        throw invalidParameter(`You cannot pass \`${name}\` when \`confirm\` is not true.`, { param: name });
  }
  assertAcceptance(params.mandate_data);
}
