/** What the schemas of products and prices cannot judge alone: which parameters exclude each other, and amounts by currency. */
import { assertOneOf, invalidParameter } from '../api/errors.ts';
import type { Currency } from '../kernel/money.ts';
import { assertLargest, assertMills } from '../payment-methods/card-params.ts';
import type { CreateProductParams } from './params.ts';
import type { CurrencyOption } from './price.ts';
import type { CreatePriceParams, OptionParams, UpdatePriceParams } from './price-params.ts';

type AmountParams = Pick<OptionParams, 'unit_amount' | 'unit_amount_decimal' | 'tax_behavior'>;
type PriceParams = AmountParams & Pick<CreatePriceParams, 'currency' | 'currency_options'>;

/** @throws 400 parameters_exclusive, parameter_missing, amount_too_large, parameter_invalid_integer */
export function assertNewPrice(params: CreatePriceParams): void {
  assertOneOf(params, ['product', 'product_data'], (name) => name);
  assertAmounts(params, '');
}

/** @throws 400 as for a price */
export function assertNewProduct({ default_price_data: price }: CreateProductParams): void {
  if (price) assertAmounts(price, 'default_price_data');
}

/** @throws 400 as for a price; an option may be changed without its amount */
export function assertChange({ currency_options: options }: UpdatePriceParams): void {
  for (const [currency, option] of Object.entries(options || {}))
    assertAmount(option, currency as Currency, `currency_options[${currency}]`, 'optional');
}

function assertAmounts(params: PriceParams, within: string): void {
  const { currency, currency_options: options = {} } = params;
  assertAmount(params, currency, within);
  for (const [other, option] of Object.entries(options)) {
    const param = `${within === '' ? 'currency_options' : `${within}[currency_options]`}[${other}]`;
    if (other === currency)
      throw invalidParameter('The currency of the price itself cannot be one of its currency_options.', { param });
    assertAmount(option, other as Currency, param);
  }
}

function assertAmount(
  params: AmountParams,
  currency: Currency,
  within: string,
  needed: 'optional' | 'needed' = 'needed',
) {
  if (needed === 'needed' || params.unit_amount !== undefined)
    assertOneOf(params, ['unit_amount', 'unit_amount_decimal'], (name) => named(name, within));
  const amount = amountOf(params);
  if (amount === undefined) return;
  const param = named(params.unit_amount === undefined ? 'unit_amount_decimal' : 'unit_amount', within);
  assertLargest(amount, currency, param);
  assertMills(amount, currency, param);
}

const named = (name: string, within: string): string => (within === '' ? name : `${within}[${name}]`);

/** The amount in whichever parameter it stands. */
export const amountOf = (params: AmountParams): bigint | undefined => params.unit_amount ?? params.unit_amount_decimal;

/** The option that the parameters of a new one describe. */
export const optionOf = (params: AmountParams): CurrencyOption => ({
  unitAmount: amountOf(params)!,
  ...(params.tax_behavior !== undefined && { taxBehavior: params.tax_behavior }),
});
