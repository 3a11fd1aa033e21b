/** Prices: retrieve and list, and the load that every operation on one begins with. */
import { noSuch, noSuchReference, refused } from '../../api/errors.ts';
import { type ListPage, listBody, listRecords } from '../../api/list.ts';
import { listLinked } from '../../api/list-linked.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { noParams } from '../../api/params.ts';
import type { ProductsDeps } from '../deps.ts';
import { PRICE, type Price, priceById } from '../price.ts';
import { type PriceListParams, priceListParams } from '../price-params.ts';
import { ofProduct, productById } from '../product.ts';
import { priceWithKey } from '../store.ts';
import { renderPrice } from '../wire.ts';
import { pageOfFound } from './pages.ts';

export const answer = (price: Price): Reply => ({ status: 200, body: renderPrice(price) });

/**
 * The price that the path names, to be changed.
 * @throws 404 resource_missing; 400 for one that a line item describes
 */
export async function priceInPath(
  { table, inSessions }: ProductsDeps,
  { caller, path }: Omit<Call, 'lock'>,
): Promise<Price> {
  const id = path.id ?? '';
  const price = await priceById(table, caller.scope, id);
  if (price) return price;
  if (await inSessions.price(caller, id, {}))
    throw refused('This price is described by a line item of a Checkout Session, and cannot be changed.', {
      param: 'price',
    });
  throw noSuch('price', id, 'price');
}

/** @see https://docs.stripe.com/api/prices/retrieve */
async function retrieve({ table, inSessions }: ProductsDeps, { caller, path }: Call): Promise<Reply> {
  const id = path.id ?? '';
  const price = await priceById(table, caller.scope, id);
  const body = price ? renderPrice(price) : await inSessions.price(caller, id, {});
  if (!body) throw noSuch('price', id, 'price');
  return { status: 200, body };
}

/** @see https://docs.stripe.com/api/prices/list */
async function list(deps: ProductsDeps, call: Call<PriceListParams>): Promise<Reply> {
  const { active, currency, recurring, type } = call.params;
  const isOneTime = type !== 'recurring' && recurring === undefined;
  const keep = (price: Price): boolean =>
    isOneTime &&
    (active === undefined || active === price.active) &&
    (currency === undefined || currency === price.currency);
  const filtered = active !== undefined || currency !== undefined || !isOneTime;
  const page = isOneTime ? await pageFor(deps, call, keep, filtered) : { items: [], hasMore: false };
  return { status: 200, body: listBody(page, '/v1/prices', renderPrice) };
}

async function pageFor(
  { table }: ProductsDeps,
  { caller, params }: Call<PriceListParams>,
  keep: (price: Price) => boolean,
  filtered: boolean,
): Promise<ListPage<Price>> {
  const { lookup_keys: keys, product: id } = params;
  const { scope } = caller;
  const product = id === undefined ? undefined : await productById(table, scope, id);
  if (id !== undefined && !product) throw noSuchReference('product', id, 'product');
  if (keys) {
    const found = await Promise.all(keys.map((key) => priceWithKey(table, scope, key)));
    const named = found.flatMap((price) => (price && (!product || price.product === product.body) ? [price] : []));
    const find = (priceId: string): Promise<Price | undefined> => priceById(table, scope, priceId);
    return pageOfFound(named, { params, object: PRICE.object, find, keep });
  }
  if (!product) return listRecords(table, PRICE, caller, params, keep);
  return listLinked(table, PRICE, caller, ofProduct(scope, product.body), params, filtered ? keep : undefined);
}

const returns = { object: 'price' };

export const listPrices: Operation<ProductsDeps, PriceListParams> = {
  method: 'GET',
  path: '/v1/prices',
  get params() {
    return priceListParams();
  },
  returns: { ...returns, list: true },
  run: list,
};
export const retrievePrice: Operation<ProductsDeps> = {
  method: 'GET',
  path: '/v1/prices/{id}',
  params: noParams,
  returns,
  run: retrieve,
};
