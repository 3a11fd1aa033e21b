/** Products and prices in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { priceProjection, productProjection } from './events.ts';
import { PRICE, type Price } from './price.ts';
import { PRODUCT, type Product } from './product.ts';

export const productKind: AggregateKind<Product> = { ...productProjection, record: PRODUCT };
export const priceKind: AggregateKind<Price> = { ...priceProjection, record: PRICE };
