/** Names, addresses and where things are sent: parameters as Stripe takes them, kept as they are given, shown with every member. */
import * as z from 'zod/mini';
import { text } from './params.ts';

const addressLine = z.optional(text(500));

/** @see https://docs.stripe.com/api/customers/object#customer_object-address */
export const address = z.strictObject({
  city: addressLine,
  country: z.optional(text(2)),
  line1: addressLine,
  line2: addressLine,
  postal_code: z.optional(text(40)),
  state: addressLine,
});
export type AddressParams = z.infer<typeof address>;

/** An address, or an empty string for none. */
export const clearableAddress = z.pipe(
  z.union([z.literal(''), address]),
  z.transform((given) => (given === '' ? null : given)),
);

const shippingShape = z.strictObject({
  address,
  name: z.string().check(z.maxLength(500)),
  phone: z.optional(text(40)),
  carrier: z.optional(text(500)),
  tracking_number: z.optional(text(500)),
});
export type ShippingParams = z.infer<typeof shippingShape>;

/** Where the goods go, or an empty string for nowhere. */
export const clearableShipping = z.pipe(
  z.union([z.literal(''), shippingShape]),
  z.transform((given) => (given === '' ? null : given)),
);

export const email = z.string().check(
  z.maxLength(512),
  z.refine((value) => value === '' || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), {
    error: 'Invalid email address',
    params: { code: 'email_invalid' },
  }),
);
/** An e-mail address, or an empty string for none. */
export const clearableEmail = z.pipe(
  email,
  z.transform((given: string) => (given === '' ? null : given)),
);

export type Address = Readonly<Partial<Record<keyof AddressParams, string>>>;
export interface Shipping {
  readonly address: Address;
  readonly name: string;
  readonly phone?: string;
  readonly carrier?: string;
  readonly tracking_number?: string;
}

/** Who a card says it belongs to. @see https://docs.stripe.com/api/payment_methods/object#payment_method_object-billing_details */
export const billing = z.strictObject({
  address: z.optional(address),
  email: z.optional(text(512)),
  name: z.optional(text(500)),
  phone: z.optional(text(40)),
  tax_id: z.optional(text(100)),
});
export type BillingParams = z.infer<typeof billing>;

/** Who the card says it belongs to; only what the merchant gave. */
export interface BillingDetails {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly address?: Address;
}

/** What was said of the holder, without what was left empty; undefined when nothing was. */
export function billingOf(details: BillingParams | undefined): BillingDetails | undefined {
  const { address: place = {}, tax_id: _, ...rest } = details ?? {};
  const given = givenOf(place);
  const kept: BillingDetails = { ...givenOf(rest), ...(Object.keys(given).length > 0 && { address: given }) };
  return Object.keys(kept).length > 0 ? kept : undefined;
}

/** What was given of it, without what was left empty. */
export const givenOf = <T extends Readonly<Record<string, unknown>>>(
  value: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;

/** Shipping as it is kept. */
export const shippingOf = ({ address: given, ...rest }: ShippingParams): Shipping => ({
  ...(givenOf(rest) as Omit<Shipping, 'address'>),
  address: givenOf(given),
});

export const renderAddress = (kept: Address | undefined) => ({
  city: kept?.city ?? null,
  country: kept?.country ?? null,
  line1: kept?.line1 ?? null,
  line2: kept?.line2 ?? null,
  postal_code: kept?.postal_code ?? null,
  state: kept?.state ?? null,
});

export const renderShipping = (kept: Shipping) => ({
  address: renderAddress(kept.address),
  carrier: kept.carrier ?? null,
  name: kept.name,
  phone: kept.phone ?? null,
  tracking_number: kept.tracking_number ?? null,
});

/** `current` with the changes: null takes a member away, undefined leaves it as it is. */
export function changed<T extends object>(
  current: T,
  changes: { readonly [K in keyof T]?: T[K] | null | undefined },
): T {
  const kept = new Map<string, unknown>(Object.entries(current));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) kept.delete(name);
    else if (value !== undefined) kept.set(name, value);
  }
  return Object.fromEntries(kept) as T;
}
