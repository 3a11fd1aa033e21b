/**
 * The product: what a merchant sells, under an id of ours or of the merchant's choice. Its prices are aggregates of their own (price.ts).
 *
 * A price is never removed, so a product that has had one is not removed either: `priced` says so, and the first price sets it in its own
 * transaction. A removed product stays as a mark, and its id is free again.
 */
import type { Call } from '../api/operation.ts';
import { type ObjectKey, objectKeyOf, type Scope } from '../kernel/ids.ts';
import { type Aggregate, firstVersion, type Kind, keyOf, linkTo, recordOf, requestOf } from '../table/record.ts';
import type { Key, Table } from '../table/table.ts';

export interface PackageDimensions {
  readonly height: number;
  readonly length: number;
  readonly weight: number;
  readonly width: number;
}

export type ProductStatus = 'present' | 'deleted';

/** The next states that each state may move to; anything else is a bug (`putProduct` asserts it). */
export const NEXT_PRODUCT_STATUS = {
  present: ['deleted'],
  deleted: [],
} as const satisfies Record<ProductStatus, readonly ProductStatus[]>;

export interface Product extends Aggregate {
  readonly status: ProductStatus;
  /** Chosen by the merchant. */
  readonly ownId?: string;
  readonly active: boolean;
  readonly name: string;
  readonly description?: string;
  readonly images: readonly string[];
  readonly marketingFeatures: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly packageDimensions?: PackageDimensions;
  readonly shippable?: boolean;
  readonly statementDescriptor?: string;
  readonly taxCode?: string;
  readonly type: 'good' | 'service';
  readonly unitLabel?: string;
  readonly url?: string;
  readonly defaultPrice?: ObjectKey;
  /** It has a price, or has had one. */
  readonly priced?: true;
  /** Time of the last change that the object shows. */
  readonly updatedMs: number;
}

export const PRODUCT: Kind<Product> = {
  name: 'product',
  letter: 'g',
  prefix: 'prod',
  object: 'product',
  status: ({ status }) => status,
};

/** The product of this name that this request makes. */
export const newProduct = (call: Call, name: string, nowMs: number): Product => ({
  ...firstVersion(call, nowMs),
  status: 'present',
  active: true,
  name,
  images: [],
  marketingFeatures: [],
  metadata: {},
  type: 'service',
  updatedMs: nowMs,
  request: requestOf(call),
});

export const productId = ({ body, ownId }: Pick<Product, 'body' | 'ownId'>): string => ownId ?? `prod_${body}`;

/** Partition of the sparse index under which a product's prices are found. */
export const ofProduct = (scope: Scope, product: ObjectKey): string => linkTo(PRODUCT, scope, product);

/** Where an id of the merchant's choice leads to its product. */
export const ownIdKey = (scope: Scope, ownId: string): Key => ({ pk: `${scope}#gi#${ownId}`, sk: 'product' });

/** An id of the merchant's choice: it stands in a path, and names no other address. */
export const OWN_ID = /^(?!search$|\.{1,2}$)[A-Za-z0-9_.-]{1,255}$/;

/** The product that the id names in this scope, unless it was removed. */
export async function productById(table: Table, scope: Scope, id: string): Promise<Product | undefined> {
  const objectKey = objectKeyOf(id, PRODUCT.prefix);
  const [owned, found] = await table.getMany([
    ...(OWN_ID.test(id) ? [{ table: 'payments', key: ownIdKey(scope, id) } as const] : []),
    ...(objectKey ? [{ table: 'payments', key: keyOf(PRODUCT, scope, objectKey) } as const] : []),
  ]);
  const item = owned ? await table.get('payments', keyOf(PRODUCT, scope, owned.product as ObjectKey)) : found;
  const product = item && recordOf(PRODUCT, item);
  return product?.status === 'present' && productId(product) === id ? product : undefined;
}
