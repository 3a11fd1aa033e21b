/** Products and prices as Stripe shows them. */
import type Stripe from 'stripe';
import { seconds } from '../kernel/clock.ts';
import { wireAmount } from '../kernel/money.ts';
import { type CurrencyOption, type Price, priceId } from './price.ts';
import { type Product, productId } from './product.ts';

export function renderProduct(product: Product): Stripe.Product {
  return {
    id: productId(product),
    object: 'product',
    active: product.active,
    created: seconds(product.createdMs),
    default_price: product.defaultPrice === undefined ? null : priceId(product.defaultPrice),
    description: product.description ?? null,
    images: [...product.images],
    livemode: product.livemode,
    marketing_features: product.marketingFeatures.map((name) => ({ name })),
    metadata: { ...product.metadata },
    name: product.name,
    package_dimensions: product.packageDimensions ? { ...product.packageDimensions } : null,
    shippable: product.shippable ?? null,
    statement_descriptor: product.statementDescriptor ?? null,
    tax_code: product.taxCode ?? null,
    tax_details: null,
    type: product.type,
    unit_label: product.unitLabel ?? null,
    updated: seconds(product.updatedMs),
    url: product.url ?? null,
  } satisfies Stripe.Product;
}

export const renderDeletedProduct = (product: Product): Stripe.DeletedProduct => ({
  id: productId(product),
  object: 'product',
  deleted: true,
});

/** As it is sent: the SDK makes a decimal of the text. */
type OnTheWire<T extends { unit_amount_decimal: unknown }> = Omit<T, 'unit_amount_decimal'> & {
  unit_amount_decimal: string;
};

export function renderPrice(price: Price): OnTheWire<Stripe.Price> {
  const { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal } = renderOption(price);
  return {
    id: priceId(price.body),
    object: 'price',
    active: price.active,
    billing_scheme: 'per_unit',
    created: seconds(price.createdMs),
    currency: price.currency,
    custom_unit_amount,
    livemode: price.livemode,
    lookup_key: price.lookupKey ?? null,
    metadata: { ...price.metadata },
    nickname: price.nickname ?? null,
    product: price.productId,
    recurring: null,
    tax_behavior,
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount,
    unit_amount_decimal,
  } satisfies OnTheWire<Stripe.Price>;
}

function renderOption({ unitAmount, taxBehavior }: CurrencyOption) {
  const amount = wireAmount(unitAmount);
  return {
    custom_unit_amount: null,
    tax_behavior: taxBehavior ?? 'unspecified',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  } satisfies OnTheWire<Stripe.Price.CurrencyOptions>;
}

/** `currency_options`, shown when expanded: the price's own currency is among them. */
export const renderOptions = (price: Price): object => ({
  [price.currency]: renderOption(price),
  ...Object.fromEntries(
    Object.entries(price.currencyOptions).map(([currency, option]) => [currency, renderOption(option)]),
  ),
});
