/** Parameters of Checkout Sessions, as Stripe takes them; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import {
  boolean,
  clearable,
  currency,
  integerFrom,
  listShape,
  metadata,
  metadataChange,
  nonEmpty,
  text,
} from '../api/params.ts';
import { address, clearableShipping, email, filledEmail } from '../api/person.ts';
import { NO_BILLING, NO_DISCOUNTS, NO_EMBEDDING } from '../api/unserved-reasons.ts';
import { descriptorSuffix, returnUrl } from '../payment-methods/card-params.ts';
import { excludedTypes, methodTypes, walletOptions } from '../payment-methods/wallet-params.ts';
import { methodData, transferGroup } from '../payments/params.ts';
import { MAXIMUM_LINES } from './lines.ts';

const NO_PAGE = 'This is for the payment page, which is not served yet.';
const ONE_PRESENTMENT = 'Amounts are asked for in the currency that they are given in.';

/** A feature that may be switched off, which is the default, and not on. */
const off = (why: string) =>
  z.optional(z.strictObject({ enabled: boolean.check(z.refine((on: boolean) => !on, { error: why })) }));

// Each is one schema for all its uses: a function builds them all whenever it starts.
const offBilling = off(NO_BILLING);
const offPage = off(NO_PAGE);
const someMetadata = z.optional(metadata);

const priceData = z.strictObject({
  currency,
  unit_amount: integerFrom(0n),
  product_data: z.optional(
    z.strictObject({
      name: nonEmpty(250),
      description: z.optional(text(40_000)),
      images: z.optional(z.array(returnUrl).check(z.maxLength(8))),
      metadata: someMetadata,
      unit_label: z.optional(text(12)),
      tax_code: z.optional(text(255)),
    }),
  ),
  product: z.optional(nonEmpty()),
});

const line = z.strictObject({
  price: z.optional(nonEmpty()),
  price_data: z.optional(priceData),
  quantity: integerFrom(1n),
  metadata: someMetadata,
  adjustable_quantity: offPage,
});
export type LineParams = z.infer<typeof line>;

const usage = z.enum(['on_session', 'off_session']);

const methodOptions = z.strictObject({
  ...walletOptions,
  card: z.optional(
    z.strictObject({
      capture_method: z.optional(z.enum(['', 'manual'])),
      request_three_d_secure: z.optional(z.enum(['automatic', 'any', 'challenge'])),
      setup_future_usage: z.optional(z.enum(['', 'none', 'on_session', 'off_session'])),
    }),
  ),
});

const paymentIntentData = z.strictObject({
  capture_method: z.optional(z.enum(['automatic', 'automatic_async', 'manual'])),
  description: z.optional(text(1_000)),
  metadata: someMetadata,
  receipt_email: z.optional(email),
  setup_future_usage: z.optional(usage),
  shipping: z.optional(clearableShipping),
  statement_descriptor_suffix: z.optional(descriptorSuffix),
  transfer_group: transferGroup,
});

const setupIntentData = z.strictObject({
  description: z.optional(text(1_000)),
  metadata: someMetadata,
});

const LOCALES =
  'auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr ' +
  'vi zh zh-HK zh-TW';

/** What Stripe takes and we do not. */
const refused = {
  adaptive_pricing: off(ONE_PRESENTMENT),
  allow_promotion_codes: z.optional(boolean.check(z.refine((on: boolean) => !on, { error: NO_DISCOUNTS }))),
  automatic_tax: offBilling,
  billing_address_collection: z.optional(
    z.enum(['auto', 'required']).check(z.refine((value) => value === 'auto', { error: NO_PAGE })),
  ),
  invoice_creation: offBilling,
  managed_payments: off('There are no managed payments.'),
  phone_number_collection: offPage,
  tax_id_collection: offBilling,
};

export const createSessionParams = z.strictObject({
  ...refused,
  mode: z
    .enum(['payment', 'setup', 'subscription'])
    .check(z.refine((mode) => mode !== 'subscription', { error: NO_BILLING })),
  ui_mode: z.optional(
    z
      .enum(['hosted_page', 'hosted', 'embedded_page', 'embedded', 'elements', 'custom', 'form'])
      .check(z.refine((mode) => mode === 'hosted_page' || mode === 'hosted', { error: NO_EMBEDDING })),
  ),
  success_url: returnUrl,
  cancel_url: z.optional(returnUrl),
  line_items: z.optional(z.array(line).check(z.maxLength(MAXIMUM_LINES))),
  currency: z.optional(currency),
  customer: z.optional(nonEmpty()),
  customer_email: z.optional(filledEmail),
  customer_creation: z.optional(z.enum(['always', 'if_required'])),
  client_reference_id: z.optional(text(200)),
  expires_at: z.optional(integerFrom(0n)),
  integration_identifier: z.optional(text(200)),
  locale: z.optional(z.enum(LOCALES.split(' '))),
  metadata: someMetadata,
  payment_intent_data: z.optional(paymentIntentData),
  setup_intent_data: z.optional(setupIntentData),
  payment_method_options: z.optional(methodOptions),
  payment_method_types: methodTypes,
  allowed_payment_method_types: methodTypes,
  excluded_payment_method_types: z.optional(excludedTypes),
  submit_type: z.optional(z.enum(['auto', 'book', 'donate', 'pay', 'subscribe'])),
});
export type CreateSessionParams = z.infer<typeof createSessionParams>;

export const updateSessionParams = z.strictObject({
  metadata: z.optional(metadataChange),
  payment_intent_data: z.optional(
    z.strictObject({
      description: z.optional(clearable(1_000)),
      metadata: z.optional(metadataChange),
      setup_future_usage: z.optional(z.enum(['', 'on_session', 'off_session'])),
      statement_descriptor_suffix: z.optional(descriptorSuffix),
    }),
  ),
});
export type UpdateSessionParams = z.infer<typeof updateSessionParams>;

export const sessionListParams = z.strictObject({
  ...listShape,
  customer: z.optional(nonEmpty()),
  customer_details: z.optional(z.strictObject({ email: filledEmail })),
  payment_intent: z.optional(nonEmpty()),
  status: z.optional(z.enum(['open', 'complete', 'expired'])),
});
export type SessionListParams = z.infer<typeof sessionListParams>;

const { created: _created, ...cursors } = listShape;
export const lineListParams = z.strictObject(cursors);
export type LineListParams = z.infer<typeof lineListParams>;

/** The payer's input on the page: what they pay with, and their details. */
export const completeParams = z.strictObject({
  payment_method: z.optional(nonEmpty()),
  payment_method_data: z.optional(methodData),
  customer_details: z.optional(
    z.strictObject({
      email: z.optional(email),
      name: z.optional(text(250)),
      phone: z.optional(text(40)),
      address: z.optional(address),
    }),
  ),
  /** Where a challenge, or a wallet, sends the payer back to. By default the session's own pages. */
  return_url: z.optional(returnUrl),
});
export type CompleteParams = z.infer<typeof completeParams>;
