/** Search over products and prices. */
import type { Operation } from '../api/operation.ts';
import type { ProductsDeps } from '../products/deps.ts';
import { PRICE, type Price } from '../products/price.ts';
import { PRODUCT, type Product } from '../products/product.ts';
import { renderPrice, renderProduct } from '../products/wire.ts';
import { type Searched, type SearchParams, search, searchParams } from './search.ts';

export const products: Searched<Product> = {
  kind: PRODUCT,
  path: '/v1/products',
  fields: { active: 'boolean', description: 'text', name: 'text', shippable: 'boolean', url: 'text' },
  objectsOf: (product) => (product.status === 'present' ? [renderProduct(product)] : []),
};

export const prices: Searched<Price> = {
  kind: PRICE,
  path: '/v1/prices',
  fields: { active: 'boolean', currency: 'text', lookup_key: 'text', product: 'text', type: 'text' },
  objectsOf: (price) => [renderPrice(price)],
};

/** @see https://docs.stripe.com/api/products/search */
export const searchProducts: Operation<ProductsDeps, SearchParams> = {
  method: 'GET',
  path: '/v1/products/search',
  params: searchParams,
  returns: { object: 'product', list: true },
  run: (deps, call) => search(deps.table, products, call),
};

/** @see https://docs.stripe.com/api/prices/search */
export const searchPrices: Operation<ProductsDeps, SearchParams> = {
  method: 'GET',
  path: '/v1/prices/search',
  params: searchParams,
  returns: { object: 'price', list: true },
  run: (deps, call) => search(deps.table, prices, call),
};
