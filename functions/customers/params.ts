/** Parameters of customers, as Stripe takes them for card payments; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { clearable, integer, listShape, metadata, metadataChange, nonEmpty, unsupported } from '../api/params.ts';
import {
  allowRedisplay,
  clearableAddress,
  clearableEmail,
  clearableShipping,
  filledEmail,
  shippingChange,
} from '../api/person.ts';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import { once } from '../kernel/once.ts';

const NO_INVOICES = 'There are no invoices: they belong to Billing, which is not served.';
const NO_TAX = 'There is no tax calculation: it belongs to Billing, which is not served.';
const NO_SOURCES = 'There are no sources: attach a PaymentMethod to the customer.';

/** What Stripe takes and we do not. */
const refused = once(() => ({
  balance: z.optional(
    integer.check(z.refine((value: bigint) => value === 0n, { error: `A customer's balance is 0. ${NO_INVOICES}` })),
  ),
  cash_balance: unsupported('There are no cash balances: no payment method fills one.'),
  next_invoice_sequence: unsupported(NO_INVOICES),
  source: unsupported(NO_SOURCES),
  tax: unsupported(NO_TAX),
  validate: unsupported(NO_SOURCES),
}));

const invoiceSettings = once(() => ({
  custom_fields: unsupported(NO_INVOICES),
  footer: unsupported(NO_INVOICES),
  rendering_options: unsupported(NO_INVOICES),
}));

const shape = once(() => ({
  ...refused(),
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
    default_source: unsupported(NO_SOURCES),
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
  type: z.optional(z.enum(METHOD_TYPES)),
  allow_redisplay: z.optional(allowRedisplay),
});
export type CustomerMethodListParams = z.infer<typeof customerMethodListParams>;
