/** What `expand[]` may load of products and prices; what a line item describes comes from `inSessions`. */
import type { Loaders } from '../api/operation.ts';
import type { Table } from '../table/table.ts';
import type { ProductsDeps } from './deps.ts';
import { priceById } from './price.ts';
import { productById } from './product.ts';
import { renderOptions, renderPrice, renderProduct } from './wire.ts';

export const productLoaders = (table: Table, inSessions: ProductsDeps['inSessions']): Loaders => ({
  async product(caller, id, of) {
    const product = await productById(table, caller.scope, id);
    return product ? renderProduct(product) : inSessions.product(caller, id, of);
  },
  async price({ scope }, id) {
    const price = await priceById(table, scope, id);
    return price && renderPrice(price);
  },
  async currency_options({ scope }, id) {
    const price = await priceById(table, scope, id);
    return price && renderOptions(price);
  },
});
