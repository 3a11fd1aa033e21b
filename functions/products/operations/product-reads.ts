/** Products: retrieve and list, and the loads that every operation on one begins with. */
import { exclusiveParameters, noSuch, noSuchReference, refused } from '../../api/errors.ts';
import { listBody, listRecords } from '../../api/list.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { noParams } from '../../api/params.ts';
import type { ProductsDeps } from '../deps.ts';
import { type ProductListParams, productListParams } from '../params.ts';
import { PRODUCT, type Product, productById, productId } from '../product.ts';
import { renderProduct } from '../wire.ts';
import { pageOfFound } from './pages.ts';

export const answer = (product: Product): Reply => ({ status: 200, body: renderProduct(product) });

/** The product that a parameter names. @throws 400 resource_missing */
export async function requestedProduct(
  { table }: Pick<ProductsDeps, 'table'>,
  { caller }: Pick<Call, 'caller'>,
  id: string,
  param = 'product',
): Promise<Product> {
  const product = await productById(table, caller.scope, id);
  if (!product) throw noSuchReference('product', id, param);
  return product;
}

/**
 * The product that the path names, to be changed.
 * @throws 404 resource_missing; 400 for one that a line item describes
 */
export async function productInPath(
  { table, inSessions }: ProductsDeps,
  { caller, path }: Omit<Call, 'lock'>,
): Promise<Product> {
  const id = path.id ?? '';
  const product = await productById(table, caller.scope, id);
  if (product) return product;
  if (await inSessions.product(caller, id, {}))
    throw refused('This product is described by a line item of a Checkout Session, and cannot be changed.', {
      param: 'id',
    });
  throw noSuch('product', id);
}

/** @see https://docs.stripe.com/api/products/retrieve */
async function retrieve({ table, inSessions }: ProductsDeps, { caller, path }: Call): Promise<Reply> {
  const id = path.id ?? '';
  const product = await productById(table, caller.scope, id);
  const body = product ? renderProduct(product) : await inSessions.product(caller, id, {});
  if (!body) throw noSuch('product', id);
  return { status: 200, body };
}

/** @see https://docs.stripe.com/api/products/list */
async function list({ table }: ProductsDeps, call: Call<ProductListParams>): Promise<Reply> {
  const { caller, params } = call;
  const { active, ids, shippable, type, url } = params;
  const { scope } = caller;
  const keep = (product: Product): boolean =>
    product.status === 'present' &&
    (active === undefined || active === product.active) &&
    (shippable === undefined || shippable === product.shippable) &&
    (type === undefined || type === product.type) &&
    (url === undefined || url === product.url);
  const find = (id: string): Promise<Product | undefined> => productById(table, scope, id);
  const named = ids && (await Promise.all(ids.map(find))).flatMap((product) => product ?? []);
  const page = named
    ? await pageOfFound(named, { params, object: PRODUCT.object, find, keep })
    : await listRecords(table, PRODUCT, caller, await withOwnKeys(params, find), keep);
  return { status: 200, body: listBody(page, '/v1/products', renderProduct) };
}

/** The parameters, with cursors of the merchant's choice as the ids that hold the place in the list. */
async function withOwnKeys(
  params: ProductListParams,
  find: (id: string) => Promise<Product | undefined>,
): Promise<ProductListParams> {
  const keyed = async (id: string | undefined): Promise<string | undefined> => {
    const product = id === undefined ? undefined : await find(id);
    return product ? productId({ body: product.body }) : id;
  };
  const [after, before] = await Promise.all([keyed(params.starting_after), keyed(params.ending_before)]);
  return { ...params, starting_after: after, ending_before: before };
}

/** @throws 400 parameters_exclusive for `ids` beside a cursor: products that are named have no pages */
function assertNoPageOfNamed({ ids, ...cursors }: ProductListParams): void {
  const cursor = (['starting_after', 'ending_before'] as const).find((name) => cursors[name] !== undefined);
  if (ids && cursor) throw exclusiveParameters('ids', cursor, 'ids');
}

const returns = { object: 'product' };

export const listProducts: Operation<ProductsDeps, ProductListParams> = {
  method: 'GET',
  path: '/v1/products',
  get params() {
    return productListParams();
  },
  check: (_deps, params) => assertNoPageOfNamed(params),
  returns: { ...returns, list: true },
  run: list,
};
export const retrieveProduct: Operation<ProductsDeps> = {
  method: 'GET',
  path: '/v1/products/{id}',
  params: noParams,
  returns,
  run: retrieve,
};
