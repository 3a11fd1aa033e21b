/** Parameters of customers, as Stripe takes them for card payments. The others of Stripe's are in api/parameter-table.ts. */
import * as z from 'zod/mini';
import {
  boolean,
  clearable,
  integer,
  listShape,
  metadata,
  metadataChange,
  nonEmpty,
  pageShape,
} from '../../api/params.ts';
import {
  allowRedisplay,
  clearableAddress,
  clearableEmail,
  clearableShipping,
  filledEmail,
  shippingChange,
} from '../../api/person.ts';
import { once } from '../../kernel/once.ts';
import { source } from '../../payment-methods/source-params.ts';
import { typeFilter } from '../../payment-methods/type-filter.ts';

/** Test cards that decline are declined when they are attached. Other cards are first checked by a payment or a setup intent. */
const validate = boolean.check(
  z.refine((on: boolean) => on, { error: 'The validation of a card cannot be turned off.' }),
);

/** `card` is the older name of `source`. */
const shape = once(() => ({
  source: z.optional(source),
  card: z.optional(source),
  validate: z.optional(validate),
  address: z.optional(clearableAddress),
  business_name: z.optional(clearable(150)),
  individual_name: z.optional(clearable(150)),
  description: z.optional(clearable(5_000)),
  email: z.optional(clearableEmail),
  invoice_prefix: z.optional(
    z.string().check(z.regex(/^[A-Z0-9]{3,12}$/, 'Invalid invoice_prefix: 3 to 12 capital letters or digits')),
  ),
  name: z.optional(clearable(256)),
  phone: z.optional(clearable(20)),
  preferred_locales: z.optional(z.array(z.string().check(z.maxLength(35))).check(z.maxLength(20))),
  shipping: z.optional(clearableShipping),
  tax_exempt: z.optional(z.enum(['', 'none', 'exempt', 'reverse'])),
}));

export const createCustomerParams = once(() =>
  z.strictObject({
    ...shape(),
    metadata: z.optional(metadata),
    payment_method: z.optional(nonEmpty()),
    invoice_settings: z.optional(z.strictObject({ default_payment_method: z.optional(nonEmpty()) })),
  }),
);
export type CreateCustomerParams = z.infer<ReturnType<typeof createCustomerParams>>;

export const updateCustomerParams = once(() =>
  z.strictObject({
    ...shape(),
    shipping: z.optional(shippingChange),
    metadata: z.optional(metadataChange),
    default_source: z.optional(nonEmpty()),
    invoice_settings: z.optional(
      z.strictObject({
        default_payment_method: z.optional(z.string().check(z.maxLength(255))),
      }),
    ),
  }),
);
export type UpdateCustomerParams = z.infer<ReturnType<typeof updateCustomerParams>>;

export const customerListParams = z.strictObject({
  ...listShape,
  email: z.optional(filledEmail),
});
export type CustomerListParams = z.infer<typeof customerListParams>;

export const customerMethodListParams = z.strictObject({
  ...listShape,
  type: typeFilter,
  allow_redisplay: z.optional(allowRedisplay),
});
export type CustomerMethodListParams = z.infer<typeof customerMethodListParams>;

export const sourceListParams = once(() =>
  z.strictObject({ ...pageShape, object: z.optional(z.enum(['card', 'bank_account'])) }),
);
export type SourceListParams = z.infer<ReturnType<typeof sourceListParams>>;

export const createSourceParams = once(() =>
  z.strictObject({
    source: z.optional(source),
    card: z.optional(source),
    metadata: z.optional(metadata),
    validate: z.optional(validate),
  }),
);
export type CreateSourceParams = z.infer<ReturnType<typeof createSourceParams>>;

const line = z.optional(clearable(500));

export const updateSourceParams = once(() =>
  z.strictObject({
    address_city: line,
    address_country: z.optional(clearable(2)),
    address_line1: line,
    address_line2: line,
    address_state: line,
    address_zip: z.optional(clearable(40)),
    exp_month: z.optional(integer),
    exp_year: z.optional(integer),
    name: line,
    metadata: z.optional(metadataChange),
  }),
);
export type UpdateSourceParams = z.infer<ReturnType<typeof updateSourceParams>>;
