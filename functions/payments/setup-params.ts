/** Parameters of setup intents, as Stripe takes them for cards; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { invalidParameter, missingParameter } from '../shared/errors.ts';
import {
  boolean,
  clearable,
  integerFrom,
  listShape,
  metadata,
  metadataChange,
  named,
  unsupported,
} from '../shared/params.ts';
import { assertOneMethod, automaticMethods, cardOnly, clientSecret, methodData, returnUrl } from './params.ts';

const options = z.strictObject({
  card: z.optional(z.strictObject({ request_three_d_secure: z.optional(z.enum(['automatic', 'any', 'challenge'])) })),
});

/** How the payer agreed to be charged later. @see https://docs.stripe.com/api/setup_intents/create#create_setup_intent-mandate_data */
const mandateData = z.strictObject({
  customer_acceptance: z.strictObject({
    type: z.enum(['online', 'offline']),
    accepted_at: z.optional(integerFrom(0n)),
    offline: z.optional(z.strictObject({})),
    online: z.optional(
      z.strictObject({
        ip_address: z.optional(z.string().check(z.maxLength(45))),
        user_agent: z.optional(z.string().check(z.maxLength(2_000))),
      }),
    ),
  }),
});
export type MandateData = z.infer<typeof mandateData>;

const NO_CONNECT = 'There are no connected accounts: this is no platform account.';

/** What Stripe takes and we do not. */
const refused = {
  attach_to_self: unsupported(NO_CONNECT),
  customer_account: unsupported(NO_CONNECT),
  excluded_payment_method_types: unsupported('Only cards are taken: there is no type to exclude.'),
  flow_directions: unsupported('Cards are set up to be charged: there are no outbound flows.'),
  payment_method_configuration: unsupported('Only cards are taken: there are no payment method configurations.'),
};
const NO_TOKENS = 'There are no confirmation tokens: name a payment_method.';

const atConfirmation = {
  payment_method: z.optional(named()),
  payment_method_data: z.optional(methodData),
  payment_method_options: z.optional(options),
  mandate_data: z.optional(z.union([z.literal(''), mandateData])),
  return_url: z.optional(returnUrl),
  use_stripe_sdk: z.optional(boolean),
  confirmation_token: unsupported(NO_TOKENS),
};

export const createSetupParams = z.strictObject({
  ...refused,
  ...atConfirmation,
  on_behalf_of: unsupported(NO_CONNECT),
  single_use: unsupported('A card that is set up may be charged more than once.'),
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

export const confirmSetupParams = z.strictObject({
  ...atConfirmation,
  ...clientSecret,
  allowed_payment_method_types: cardOnly,
});
export type ConfirmSetupParams = z.infer<typeof confirmSetupParams>;

export const updateSetupParams = z.strictObject({
  ...refused,
  customer: z.optional(named()),
  description: z.optional(clearable(1_000)),
  metadata: z.optional(metadataChange),
  payment_method: z.optional(z.string().check(z.maxLength(255))),
  payment_method_data: z.optional(methodData),
  payment_method_options: z.optional(options),
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
  attach_to_self: unsupported(NO_CONNECT),
  customer_account: unsupported(NO_CONNECT),
  customer: z.optional(named()),
  payment_method: z.optional(named()),
});
export type SetupListParams = z.infer<typeof setupListParams>;

export const setupAttemptListParams = z.strictObject({ ...listShape, setup_intent: named() });
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
  if (!params.mandate_data) return;
  const { type, online, offline } = params.mandate_data.customer_acceptance;
  const param = 'mandate_data[customer_acceptance]';
  if (type === 'offline') {
    if (online) throw invalidParameter('An offline acceptance has no `online` details.', { param: `${param}[online]` });
    return;
  }
  if (offline) throw invalidParameter('An online acceptance has no `offline` details.', { param: `${param}[offline]` });
  for (const name of ['ip_address', 'user_agent'] as const)
    if (!online?.[name]) throw missingParameter(`${param}[online][${name}]`);
}
