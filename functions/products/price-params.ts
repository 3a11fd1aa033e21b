/** Parameters of prices, as Stripe takes them for one-time prices; what is not here is refused as unknown. */
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
import { NO_TIERS } from '../api/unserved-reasons.ts';
import { parseCurrency } from '../kernel/money.ts';
import { once } from '../kernel/once.ts';
import { OWN_ID } from './product.ts';

const WHOLE_AMOUNTS =
  'A payment is charged in whole minor units: give a whole number in unit_amount_decimal, or unit_amount.';

const taxBehavior = z.enum(['exclusive', 'inclusive', 'unspecified']);
/** An id of the merchant's choice. */
export const ownId = nonEmpty().check(
  z.refine((id: string) => OWN_ID.test(id), {
    error: 'An id has 1 to 255 letters, digits, dots, hyphens and underscores, and is not `search`.',
  }),
);
const LOOKUP_KEY = 200;

/** A decimal of minor units: whole, with or without zeros behind the point. */
const wholeDecimal = z.pipe(
  z.union([z.string(), z.number()], { error: 'Invalid decimal' }),
  z.transform((value: string | number, context): bigint => {
    const given = String(value).trim();
    if (/^[0-9]{1,15}(?:\.0{1,12})?$/.test(given)) return BigInt(given.split('.')[0]!);
    const message = /^[0-9]{1,15}\.[0-9]{1,12}$/.test(given) ? WHOLE_AMOUNTS : 'Invalid decimal';
    context.issues.push({ code: 'custom', input: value, message, params: {} });
    return z.NEVER;
  }),
);

const amounts = once(() => ({
  unit_amount: z.optional(integerFrom(0n)),
  unit_amount_decimal: z.optional(wholeDecimal),
  tax_behavior: z.optional(taxBehavior),
}));

/** By currency. A price may have an amount in each that is served. */
const options = once(() =>
  z.pipe(
    z.record(z.string(), z.strictObject({ ...amounts() })),
    z.transform((given, context) => {
      for (const [name, option] of Object.entries(given)) {
        const refuse = (message: string): void =>
          void context.issues.push({ code: 'custom', input: option, message, path: [name], params: {} });
        if (parseCurrency(name) !== name) refuse('Invalid currency: name it by its three letters in lower case.');
      }
      return given;
    }),
  ),
);
export type OptionParams = z.infer<ReturnType<typeof options>>[string];

/** What describes an amount, also of the price that is made with its product. */
export const priceShape = once(() => ({
  ...amounts(),
  currency,
  currency_options: z.optional(options()),
  metadata: z.optional(metadata),
}));

const productData = once(() =>
  z.strictObject({
    active: z.optional(boolean),
    id: z.optional(ownId),
    metadata: z.optional(metadata),
    name: nonEmpty(250),
    statement_descriptor: z.optional(text(22)),
    tax_code: z.optional(text(255)),
    unit_label: z.optional(text(12)),
  }),
);

export const createPriceParams = once(() =>
  z.strictObject({
    ...priceShape(),
    active: z.optional(boolean),
    billing_scheme: z.optional(
      z.enum(['per_unit', 'tiered']).check(z.refine((scheme) => scheme === 'per_unit', { error: NO_TIERS })),
    ),
    lookup_key: z.optional(text(LOOKUP_KEY)),
    nickname: z.optional(text(5_000)),
    product: z.optional(nonEmpty()),
    product_data: z.optional(productData()),
    transfer_lookup_key: z.optional(boolean),
  }),
);
export type CreatePriceParams = z.infer<ReturnType<typeof createPriceParams>>;

export const updatePriceParams = once(() =>
  z.strictObject({
    active: z.optional(boolean),
    currency_options: z.optional(z.union([z.literal(''), options()])),
    lookup_key: z.optional(clearable(LOOKUP_KEY)),
    metadata: z.optional(metadataChange),
    nickname: z.optional(clearable(5_000)),
    tax_behavior: z.optional(taxBehavior),
    transfer_lookup_key: z.optional(boolean),
  }),
);
export type UpdatePriceParams = z.infer<ReturnType<typeof updatePriceParams>>;

export const priceListParams = once(() =>
  z.strictObject({
    ...listShape,
    active: z.optional(boolean),
    currency: z.optional(currency),
    lookup_keys: z.optional(z.array(nonEmpty(LOOKUP_KEY)).check(z.maxLength(10))),
    product: z.optional(nonEmpty()),
    /** No price is recurring, so this leaves out all of them. */
    recurring: z.optional(
      z.strictObject({
        interval: z.optional(z.enum(['day', 'month', 'week', 'year'])),
        meter: z.optional(nonEmpty()),
        usage_type: z.optional(z.enum(['licensed', 'metered'])),
      }),
    ),
    type: z.optional(z.enum(['one_time', 'recurring'])),
  }),
);
export type PriceListParams = z.infer<ReturnType<typeof priceListParams>>;
