/** Parameters of customers, as Stripe takes them for card payments; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { clearable, listShape, metadata, metadataChange, named } from '../shared/params.ts';
import { clearableAddress, clearableEmail, clearableShipping, email } from '../shared/person.ts';

const shape = {
  address: z.optional(clearableAddress),
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
};

export const createCustomerParams = z.strictObject({
  ...shape,
  metadata: z.optional(metadata),
  payment_method: z.optional(named()),
  invoice_settings: z.optional(z.strictObject({ default_payment_method: z.optional(named()) })),
});
export type CreateCustomerParams = z.infer<typeof createCustomerParams>;

export const updateCustomerParams = z.strictObject({
  ...shape,
  metadata: z.optional(metadataChange),
  invoice_settings: z.optional(
    z.strictObject({ default_payment_method: z.optional(z.string().check(z.maxLength(255))) }),
  ),
});
export type UpdateCustomerParams = z.infer<typeof updateCustomerParams>;

export const customerListParams = z.strictObject({ ...listShape, email: z.optional(email) });
export type CustomerListParams = z.infer<typeof customerListParams>;

export const customerMethodListParams = z.strictObject({
  ...listShape,
  type: z.optional(z.enum(['card'])),
});
