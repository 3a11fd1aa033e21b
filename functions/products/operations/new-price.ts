/** The price that a request makes, of the amounts that it gives. Pure. */
import type { Call } from '../../api/operation.ts';
import { changed } from '../../api/person.ts';
import { firstVersion, requestOf } from '../../table/record.ts';
import { amountOf, optionOf } from '../checks.ts';
import type { Price } from '../price.ts';
import type { CreatePriceParams } from '../price-params.ts';
import { type Product, productId } from '../product.ts';

type PriceData = Pick<
  CreatePriceParams,
  'currency' | 'currency_options' | 'metadata' | 'tax_behavior' | 'unit_amount' | 'unit_amount_decimal'
>;

export const newPrice = (call: Call, data: PriceData, product: Product, nowMs: number): Price =>
  changed<Price>(
    {
      ...firstVersion(call, nowMs),
      active: true,
      currency: data.currency,
      currencyOptions: Object.fromEntries(
        Object.entries(data.currency_options ?? {}).map(([currency, option]) => [currency, optionOf(option)]),
      ),
      metadata: data.metadata ?? {},
      product: product.body,
      productId: productId(product),
      unitAmount: amountOf(data)!,
      request: requestOf(call),
    },
    { taxBehavior: data.tax_behavior },
  );
