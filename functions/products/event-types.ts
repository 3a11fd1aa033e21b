/** Types of the events that a commit of a product or a price announces. Pure. */
import type { Price } from './price.ts';
import type { Product } from './product.ts';
import { renderOptions, renderPrice, renderProduct } from './wire.ts';

export function productTypes(old: Product | undefined, product: Product): readonly string[] {
  if (!old) return ['product.created'];
  if (product.status !== old.status) return ['product.deleted'];
  return isShownAlike(renderProduct(old), renderProduct(product)) ? [] : ['product.updated'];
}

export function priceTypes(old: Price | undefined, price: Price): readonly string[] {
  if (!old) return ['price.created'];
  const shown = (value: Price): object => ({ ...renderPrice(value), options: renderOptions(value) });
  return isShownAlike(shown(old), shown(price)) ? [] : ['price.updated'];
}

/** Whether two states of an object look the same on the wire. */
export const isShownAlike = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
