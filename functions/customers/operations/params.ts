/** Parameters of customers, as Stripe takes them for card payments; what is not here is refused as unknown. */
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
  unsupported,
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

const NO_INVOICES = 'There are no invoices: they belong to Billing, which is not served.';
const NO_TAX = 'There is no tax calculation: it belongs to Billing, which is not served.';
const NO_BANK = 'Bank accounts are not served: a source is a card.';

/** What Stripe takes and we do not. */
const refused = once(() => ({
  balance: z.optional(
    integer.check(z.refine((value: bigint) => value === 0n, { error: `A customer's balance is 0. ${NO_INVOICES}` })),
  ),
  cash_balance: unsupported('There are no cash balances: no payment method fills one.'),
  next_invoice_sequence: unsupported(NO_INVOICES),
  tax: unsupported(NO_TAX),
}));

const invoiceSettings = once(() => ({
  custom_fields: unsupported(NO_INVOICES),
  footer: unsupported(NO_INVOICES),
  rendering_options: unsupported(NO_INVOICES),
}));

/** Test cards that decline are declined when they are attached. Other cards are first checked by a payment or a setup intent. */
const validate = boolean.check(
  z.refine((on: boolean) => on, { error: 'The validation of a card cannot be turned off.' }),
);

const shape = once(() => ({
  ...refused(),
  source: z.optional(source),
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
    tax_id_data: unsupported(NO_TAX),
    test_clock: unsupported('There are no test clocks: they belong to Billing, which is not served.'),
    invoice_settings: z.optional(
      z.strictObject({ ...invoiceSettings(), default_payment_method: z.optional(nonEmpty()) }),
    ),
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
        ...invoiceSettings(),
        default_payment_method: z.optional(z.string().check(z.maxLength(255))),
      }),
    ),
  }),
);
export type UpdateCustomerParams = z.infer<ReturnType<typeof updateCustomerParams>>;

export const customerListParams = z.strictObject({
  ...listShape,
  email: z.optional(filledEmail),
  test_clock: unsupported('There are no test clocks: they belong to Billing, which is not served.'),
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

/** `card` is the older name of `source`. */
export const createSourceParams = once(() =>
  z.strictObject({
    source: z.optional(source),
    card: z.optional(source),
    bank_account: unsupported(NO_BANK),
    alipay_account: unsupported(NO_BANK),
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
    account_holder_name: unsupported(NO_BANK),
    account_holder_type: unsupported(NO_BANK),
    owner: unsupported('Source objects are not served: change the name and the address of the card.'),
  }),
);
export type UpdateSourceParams = z.infer<ReturnType<typeof updateSourceParams>>;
