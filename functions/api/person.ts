/** Names, addresses and where things are sent: parameters as Stripe takes them, kept as they are given, shown with every member. */
import * as z from 'zod/mini';
import { missingParameter } from './errors.ts';
import { clearable } from './params.ts';

const addressLine = z.optional(clearable(500));

/** @see https://docs.stripe.com/api/customers/object#customer_object-address */
export const address = z.strictObject({
  city: addressLine,
  country: z.optional(clearable(2)),
  line1: addressLine,
  line2: addressLine,
  postal_code: z.optional(clearable(40)),
  state: addressLine,
});
export type AddressParams = z.infer<typeof address>;

/** An address, or an empty string for none. */
export const clearableAddress = z.pipe(
  z.union([z.literal(''), address]),
  z.transform((given) => (given === '' ? null : given)),
);

const recipient = z.string().check(z.maxLength(500));
const dispatch = {
  phone: z.optional(clearable(40)),
  carrier: z.optional(clearable(500)),
  tracking_number: z.optional(clearable(500)),
};
const shippingShape = z.strictObject({ address, name: recipient, ...dispatch });
const shippingChangeShape = z.strictObject({ address: z.optional(address), name: z.optional(recipient), ...dispatch });
export type ShippingParams = z.infer<typeof shippingShape>;
export type ShippingChange = z.infer<typeof shippingChangeShape>;

/** Where the goods go, or an empty string for nowhere. */
export const clearableShipping = z.pipe(
  z.union([z.literal(''), shippingShape]),
  z.transform((given) => (given === '' ? null : given)),
);

/** The address after the change, where an earlier one is known. Members that the request omits stay. */
export const shippingChange = z.pipe(
  z.union([z.literal(''), shippingChangeShape]),
  z.transform((given) => (given === '' ? null : given)),
);

export const email = z.string().check(
  z.maxLength(512),
  z.refine((value) => value === '' || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), {
    error: 'Invalid email address',
    params: { code: 'email_invalid' },
  }),
);
/** An e-mail address that may not be empty: a filter, or what is required. */
export const filledEmail = email.check(z.minLength(1));
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
  address: z.optional(clearableAddress),
  email: z.optional(clearable(512)),
  name: z.optional(clearable(500)),
  phone: z.optional(clearable(40)),
  tax_id: z.optional(clearable(100)),
});
export type BillingParams = z.infer<typeof billing>;

/** Whether a shop may show a saved card to its customer again. */
export const allowRedisplay = z.enum(['always', 'limited', 'unspecified']);

/** Who the card says it belongs to; only what the merchant gave. */
export interface BillingDetails {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly tax_id?: string;
  readonly address?: Address;
}

/**
 * The holder's details after the change, leaf by leaf. Members that the request omits stay, and an empty value removes one.
 * Undefined when none remain.
 */
export function billingAfter(
  known: BillingDetails | undefined,
  { address: place, ...rest }: BillingParams,
): BillingDetails | undefined {
  const address = place === undefined ? known?.address : place === null ? null : addressAfter(known?.address, place);
  const after = changed<BillingDetails>(known ?? {}, { ...rest, address: isEmpty(address) ? null : address });
  return isEmpty(after) ? undefined : after;
}

/** The holder's details from the request, without empty members. Undefined when there are none. */
export const billingOf = (details: BillingParams | undefined): BillingDetails | undefined =>
  billingAfter(undefined, details ?? {});

const isEmpty = (value: object | null | undefined): boolean => Object.keys(value ?? {}).length === 0;

/** The address after the change, line by line. */
export const addressAfter = (known: Address | undefined, change: AddressParams): Address =>
  changed<Address>(known ?? {}, change);

/** Shipping after the change, leaf by leaf. @throws 400 parameter_missing when name or address is missing from both the request and the record */
export function shippingAfter(
  known: Shipping | undefined,
  { address: place, name = known?.name, ...rest }: ShippingChange,
): Shipping {
  if (name === undefined) throw missingParameter('shipping[name]');
  if (!known && place === undefined) throw missingParameter('shipping[address]');
  const address = place ? addressAfter(known?.address, place) : undefined;
  return changed<Shipping>(known ?? { name, address: {} }, { ...rest, name, address });
}

/** Shipping as it is kept. */
export const shippingOf = (given: ShippingParams): Shipping => shippingAfter(undefined, given);

/** The given members, without those that are absent. */
export const givenOf = <T extends Readonly<Record<string, unknown>>>(
  value: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;

export const renderAddress = (stored: Address | undefined) => ({
  city: stored?.city ?? null,
  country: stored?.country ?? null,
  line1: stored?.line1 ?? null,
  line2: stored?.line2 ?? null,
  postal_code: stored?.postal_code ?? null,
  state: stored?.state ?? null,
});

export const renderShipping = (stored: Shipping) => ({
  address: renderAddress(stored.address),
  carrier: stored.carrier ?? null,
  name: stored.name,
  phone: stored.phone ?? null,
  tracking_number: stored.tracking_number ?? null,
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
