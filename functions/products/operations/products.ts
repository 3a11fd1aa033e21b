/** Products: create, update and delete. */
import { lockTimeout, noSuchReference, refused } from '../../api/errors.ts';
import { lockedOut } from '../../api/lock.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { changedMetadata, noParams } from '../../api/params.ts';
import { changed } from '../../api/person.ts';
import { commitNamed } from '../../table/commit.ts';
import { loadRecord, nextRecord, requestOf } from '../../table/record.ts';
import { assertNewProduct } from '../checks.ts';
import type { ProductsDeps } from '../deps.ts';
import { isShownAlike } from '../event-types.ts';
import {
  type CreateProductParams,
  createProductParams,
  type UpdateProductParams,
  updateProductParams,
} from '../params.ts';
import { type Price, priceById, priceId } from '../price.ts';
import { newProduct, PRODUCT, type Product, productById } from '../product.ts';
import { ownIdFreed, ownIdTaken, priceUnchanged, putPrice, putProduct } from '../store.ts';
import { renderDeletedProduct, renderProduct } from '../wire.ts';
import { newPrice } from './new-price.ts';
import { answer, productInPath } from './product-reads.ts';

/**
 * Makes a product and, with `default_price_data`, its first price in the same transaction.
 * @throws 400 resource_already_exists for an id that is taken
 * @see https://docs.stripe.com/api/products/create
 */
async function create(deps: ProductsDeps, call: Call<CreateProductParams>): Promise<Reply> {
  const { caller, params, lock } = call;
  const made = (): Promise<Product | undefined> => loadRecord(deps.table, PRODUCT, caller.scope, lock.objectKey);
  const earlier = lock.resumed ? await made() : undefined;
  if (earlier) return answer(earlier);
  await assertIdIsFree(deps, call, params.id);
  const { default_price_data: data } = params;
  const nowMs = deps.clock.nowMs();
  const product = changed(detailsOf(params, newProduct(call, params.name, nowMs)), {
    ownId: params.id,
    metadata: params.metadata,
    type: params.type,
    ...(data && { defaultPrice: lock.objectKey, priced: true }),
  });
  const conflict = await commitNamed(deps.table, {
    created: putProduct(undefined, product),
    id: ownIdTaken(product),
    price: data && putPrice(undefined, newPrice(call, data, product, nowMs)),
  });
  if (conflict?.on === 'id') throw exists();
  // A conflict on the product: an earlier try of the same request created it.
  return answer(conflict ? (await made())! : product);
}

/** An id of our own form may be one that this API made. @throws 400 resource_already_exists */
export async function assertIdIsFree(
  { table, inSessions }: ProductsDeps,
  { caller }: Pick<Call, 'caller'>,
  id: string | undefined,
  param = 'id',
): Promise<void> {
  if (id === undefined) return;
  const [product, described] = await Promise.all([
    productById(table, caller.scope, id),
    inSessions.product(caller, id, {}),
  ]);
  if (product ?? described) throw exists(param);
}

export const exists = (param = 'id') => refused('Product already exists.', { code: 'resource_already_exists', param });

type Details = Partial<Omit<UpdateProductParams, 'metadata' | 'default_price'>>;

/** The product after the change: an empty value removes a member. */
function detailsOf(params: Details, product: Product): Product {
  const { images, marketing_features: features } = params;
  return changed(product, {
    active: params.active,
    description: params.description,
    images: images === null ? [] : images,
    marketingFeatures: features === null ? [] : features?.map(({ name }) => name),
    name: params.name,
    packageDimensions: params.package_dimensions,
    shippable: params.shippable,
    statementDescriptor: params.statement_descriptor,
    taxCode: params.tax_code,
    unitLabel: params.unit_label,
    url: params.url,
  });
}

/**
 * Changes a product, member by member. The default price is one of its own, and active.
 * @throws 404; 400 resource_missing, or for another product's price; 429 lock_timeout
 * @see https://docs.stripe.com/api/products/update
 */
async function update(deps: ProductsDeps, call: Call<UpdateProductParams>, product: Product): Promise<Reply> {
  const { params } = call;
  const { default_price: id } = params;
  const price = typeof id === 'string' ? await defaultPriceOf(deps, product, id) : undefined;
  const described = changed(detailsOf(params, product), {
    metadata: params.metadata === undefined ? undefined : changedMetadata(product.metadata, params.metadata),
    defaultPrice: id === null ? null : price?.body,
  });
  const nowMs = deps.clock.nowMs();
  const same = isShownAlike(renderProduct(product), renderProduct(described));
  const after = nextRecord(described, nowMs, same ? {} : { updatedMs: nowMs }, requestOf(call));
  await deps.table.commit(putProduct(product, after), ...(price ? [priceUnchanged(price)] : [])).catch(lockedOut);
  return answer(after);
}

/** @throws 400 */
async function defaultPriceOf({ table }: ProductsDeps, product: Product, id: string): Promise<Price> {
  const param = 'default_price';
  const price = await priceById(table, product.scope, id);
  if (!price) throw noSuchReference('price', id, param);
  if (price.product !== product.body)
    throw refused(`The price ${priceId(price.body)} belongs to another product.`, { param });
  if (!price.active) throw refused(`The price ${priceId(price.body)} is inactive.`, { param });
  return price;
}

/**
 * Deletes a product that has never had a price. Its id is free again.
 * @throws 404; 400 for a product with prices; 429 lock_timeout
 * @see https://docs.stripe.com/api/products/delete
 */
async function remove(deps: ProductsDeps, call: Call): Promise<Reply> {
  const product = await removable(deps, call);
  const after = nextRecord<Product>(product, deps.clock.nowMs(), { status: 'deleted' }, requestOf(call));
  const conflict = await commitNamed(deps.table, { product: putProduct(product, after), id: ownIdFreed(product) });
  if (conflict) throw lockTimeout();
  return { status: 200, body: renderDeletedProduct(after) };
}

/** @throws 404; 400 */
async function removable(deps: ProductsDeps, call: Call): Promise<Product> {
  const described = await deps.inSessions.product(call.caller, call.path.id ?? '', {});
  const product = described ? undefined : await productInPath(deps, call);
  if (product && !product.priced) return product;
  throw refused('This product cannot be deleted because it has one or more user-created prices.', { param: 'id' });
}

const one = '/v1/products/{id}';
const returns = { object: 'product' };

export const createProduct: Operation<ProductsDeps, CreateProductParams> = {
  method: 'POST',
  path: '/v1/products',
  get params() {
    return createProductParams();
  },
  check: (_deps, params) => assertNewProduct(params),
  returns,
  run: create,
};
export const updateProduct: Operation<ProductsDeps, UpdateProductParams, Product> = {
  method: 'POST',
  path: one,
  get params() {
    return updateProductParams();
  },
  returns,
  read: productInPath,
  run: update,
};
export const deleteProduct: Operation<ProductsDeps> = {
  method: 'DELETE',
  path: one,
  params: noParams,
  returns,
  run: remove,
};
