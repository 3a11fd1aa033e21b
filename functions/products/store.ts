/** Writes of products and prices, and the items that lead to them from an id of the merchant's choice and from a lookup key. */

import { racesLost } from '../api/lock.ts';
import type { Scope } from '../kernel/ids.ts';
import { assertMove } from '../kernel/transitions.ts';
import { without } from '../kernel/without.ts';
import { LOST, retryRaces } from '../table/commit.ts';
import { keyOf, loadRecord, nextRecord, putAnnounced, type RequestMark } from '../table/record.ts';
import { absent, equal, present, type Table, type Write } from '../table/table.ts';
import { priceTypes, productTypes } from './event-types.ts';
import { lookupKeyKey, PRICE, type Price } from './price.ts';
import { NEXT_PRODUCT_STATUS, ownIdKey, PRODUCT, type Product } from './product.ts';

/** Writes the product, which follows `before` as that is stored, with what the commit announces. Asserts that its status may move there. */
export function putProduct(before: Product | undefined, product: Product): Write {
  assertMove('product', NEXT_PRODUCT_STATUS, before?.status, product.status);
  return putAnnounced(PRODUCT, productTypes, before, product);
}

/** Writes the price, which follows `before` as that is stored, with what the commit announces. */
export const putPrice = (before: Price | undefined, price: Price): Write =>
  putAnnounced(PRICE, priceTypes, before, price);

/** Reserves the id that the merchant chose; nothing for an id of ours. */
export const ownIdTaken = ({ scope, ownId, body }: Product): Write | undefined =>
  ownId === undefined
    ? undefined
    : {
        kind: 'put',
        table: 'payments',
        item: { ...ownIdKey(scope, ownId), kind: 'product_id', product: body },
        when: absent,
      };

/** Frees that id. */
export const ownIdFreed = ({ scope, ownId }: Product): Write | undefined =>
  ownId === undefined ? undefined : { kind: 'delete', table: 'payments', key: ownIdKey(scope, ownId), when: present };

/** Notes that the product has a price; nothing where that is noted. It is no change that a merchant sees. */
export const pricedWrite = (product: Product, nowMs: number): Write | undefined =>
  product.priced ? undefined : putProduct(product, nextRecord(product, nowMs, { priced: true }));

/** Holds in a transaction while the product is as it was read. */
export const productUnchanged = ({ scope, body, version }: Product): Write => ({
  kind: 'check',
  table: 'payments',
  key: keyOf(PRODUCT, scope, body),
  when: equal('v', version),
});

/** Holds in a transaction while the price is as it was read. */
export const priceUnchanged = ({ scope, body, version }: Price): Write => ({
  kind: 'check',
  table: 'payments',
  key: keyOf(PRICE, scope, body),
  when: equal('v', version),
});

/** The price that has the lookup key; also while the key is transferred, when the item is read before the transfer and the price after it. */
export const priceWithKey = (table: Table, scope: Scope, lookupKey: string): Promise<Price | undefined> =>
  retryRaces(async () => {
    const item = await table.get('payments', lookupKeyKey(scope, lookupKey));
    if (!item) return undefined;
    const price = await loadRecord(table, PRICE, scope, item.price as Price['body']);
    return price?.lookupKey === lookupKey ? price : LOST;
  }, racesLost);

/**
 * Gives the lookup key to `price`: to one that has none of that name, from `holder` where another has it. The item that leads from the key
 * to its price decides between two that want it.
 */
export function lookupKeyTaken(
  { scope, body, lookupKey }: Price,
  holder: Price | undefined,
  nowMs: number,
  request: RequestMark,
): { readonly lookup?: Write; readonly holder?: Write } {
  if (lookupKey === undefined) return {};
  const key = lookupKeyKey(scope, lookupKey);
  return {
    lookup: {
      kind: 'put',
      table: 'payments',
      item: { ...key, kind: 'lookup_key', price: body },
      when: holder ? equal('price', holder.body) : absent,
    },
    ...(holder && {
      holder: putPrice(holder, nextRecord<Price>(without(holder, 'lookupKey'), nowMs, {}, request)),
    }),
  };
}

/** Frees the lookup key that the price has had. */
export const lookupKeyFreed = ({ scope, body, lookupKey }: Price): Write | undefined =>
  lookupKey === undefined
    ? undefined
    : { kind: 'delete', table: 'payments', key: lookupKeyKey(scope, lookupKey), when: equal('price', body) };
