/** Parameters of products, as Stripe takes them; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { boolean, clearable, listShape, metadata, metadataChange, nonEmpty, text } from '../api/params.ts';
import { once } from '../kernel/once.ts';
import { returnUrl } from '../payment-methods/card-params.ts';
import { ownId, priceShape } from './price-params.ts';

const NAME = 250;
const DESCRIPTION = 40_000;
const DESCRIPTOR = 22;
const TAX_CODE = 255;
const UNIT_LABEL = 12;
const IDS = 100;

const measure = z.pipe(
  z.union([z.string(), z.number()], { error: 'Invalid decimal' }),
  z.transform((value: string | number, context): number => {
    if (/^[0-9]{1,9}(?:\.[0-9]{1,2})?$/.test(String(value))) return Number(value);
    const message = 'Invalid decimal: up to nine digits, with at most two behind the point.';
    context.issues.push({ code: 'custom', input: value, message, params: {} });
    return z.NEVER;
  }),
);

const dimensions = z.strictObject({ height: measure, length: measure, weight: measure, width: measure });
const images = z.array(returnUrl).check(z.maxLength(8));
const features = z.array(z.strictObject({ name: nonEmpty(80) })).check(z.maxLength(15));
const kind = z.enum(['good', 'service']);

export const createProductParams = once(() =>
  z.strictObject({
    active: z.optional(boolean),
    default_price_data: z.optional(z.strictObject(priceShape())),
    description: z.optional(text(DESCRIPTION)),
    id: z.optional(ownId),
    images: z.optional(images),
    marketing_features: z.optional(features),
    metadata: z.optional(metadata),
    name: nonEmpty(NAME),
    package_dimensions: z.optional(dimensions),
    shippable: z.optional(boolean),
    statement_descriptor: z.optional(text(DESCRIPTOR)),
    tax_code: z.optional(text(TAX_CODE)),
    type: z.optional(kind),
    unit_label: z.optional(text(UNIT_LABEL)),
    url: z.optional(returnUrl),
  }),
);
export type CreateProductParams = z.infer<ReturnType<typeof createProductParams>>;

/** A value, or an empty string that takes away what there was: null. */
const orNone = <T>(schema: z.ZodMiniType<T>) =>
  z.optional(
    z.pipe(
      z.union([z.literal(''), schema]),
      z.transform((given: '' | T): T | null => (given === '' ? null : given)),
    ),
  );

const clearableUrl = z.pipe(
  z.string().check(
    z.refine((value) => value === '' || z.safeParse(returnUrl, value).success, {
      error: 'Not a valid URL',
      params: { code: 'url_invalid' },
    }),
  ),
  z.transform((given: string) => (given === '' ? null : given)),
);

export const updateProductParams = once(() =>
  z.strictObject({
    active: z.optional(boolean),
    default_price: z.optional(clearable(255)),
    description: z.optional(clearable(DESCRIPTION)),
    images: orNone(images),
    marketing_features: orNone(features),
    metadata: z.optional(metadataChange),
    name: z.optional(nonEmpty(NAME)),
    package_dimensions: orNone(dimensions),
    shippable: z.optional(boolean),
    statement_descriptor: z.optional(clearable(DESCRIPTOR)),
    tax_code: z.optional(clearable(TAX_CODE)),
    unit_label: z.optional(clearable(UNIT_LABEL)),
    url: z.optional(clearableUrl),
  }),
);
export type UpdateProductParams = z.infer<ReturnType<typeof updateProductParams>>;

export const productListParams = once(() =>
  z.strictObject({
    ...listShape,
    active: z.optional(boolean),
    ids: z.optional(z.array(nonEmpty()).check(z.maxLength(IDS))),
    shippable: z.optional(boolean),
    type: z.optional(kind),
    url: z.optional(nonEmpty(2_000)),
  }),
);
export type ProductListParams = z.infer<ReturnType<typeof productListParams>>;
