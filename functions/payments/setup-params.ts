/** Parameters of setup intents, as Stripe takes them for cards; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { boolean, clearable, listShape, metadata, metadataChange, named } from '../shared/params.ts';
import { automaticMethods, cardOnly, clientSecret, methodData, returnUrl } from './params.ts';

const options = z.strictObject({
  card: z.optional(z.strictObject({ request_three_d_secure: z.optional(z.enum(['automatic', 'any', 'challenge'])) })),
});

const atConfirmation = {
  payment_method: z.optional(named()),
  payment_method_data: z.optional(methodData),
  payment_method_options: z.optional(options),
  return_url: z.optional(returnUrl),
  use_stripe_sdk: z.optional(boolean),
};

export const createSetupParams = z.strictObject({
  ...atConfirmation,
  confirm: z.optional(boolean),
  customer: z.optional(named()),
  description: z.optional(clearable(1_000)),
  metadata: z.optional(metadata),
  usage: z.optional(z.enum(['on_session', 'off_session'])),
  payment_method_types: cardOnly,
  allowed_payment_method_types: cardOnly,
  automatic_payment_methods: automaticMethods,
});
export type CreateSetupParams = z.infer<typeof createSetupParams>;

export const confirmSetupParams = z.strictObject({ ...atConfirmation, ...clientSecret });
export type ConfirmSetupParams = z.infer<typeof confirmSetupParams>;

export const updateSetupParams = z.strictObject({
  customer: z.optional(named()),
  description: z.optional(clearable(1_000)),
  metadata: z.optional(metadataChange),
  payment_method: z.optional(z.string().check(z.maxLength(255))),
  payment_method_types: cardOnly,
  allowed_payment_method_types: cardOnly,
});
export type UpdateSetupParams = z.infer<typeof updateSetupParams>;

export const cancelSetupParams = z.strictObject({
  cancellation_reason: z.optional(z.enum(['abandoned', 'duplicate', 'requested_by_customer'])),
});
export type CancelSetupParams = z.infer<typeof cancelSetupParams>;

export const setupListParams = z.strictObject({
  ...listShape,
  customer: z.optional(named()),
  payment_method: z.optional(named()),
});
export type SetupListParams = z.infer<typeof setupListParams>;

export const setupAttemptListParams = z.strictObject({ ...listShape, setup_intent: named() });
export type SetupAttemptListParams = z.infer<typeof setupAttemptListParams>;
