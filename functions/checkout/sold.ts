/** What a new session sells: what its line items describe, and what they name of the stored prices and products. */
import { noSuchReference, refused } from '../api/errors.ts';
import type { Call } from '../api/operation.ts';
import { changed } from '../api/person.ts';
import { type ObjectKey, objectKeyOf, type Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { amountIn, PRICE, type Price } from '../products/price.ts';
import { PRODUCT, type Product, productById, productId } from '../products/product.ts';
import { pricedWrite } from '../products/store.ts';
import { type Aggregate, type Kind, loadRecords } from '../table/record.ts';
import type { Table, Write } from '../table/table.ts';
import { assertAmounts } from './checks.ts';
import { type Line, loadLines, placeOf } from './lines.ts';
import type { CreateSessionParams, LineParams } from './params.ts';
import type { PlacedLine } from './wire.ts';

export interface Sold {
  readonly lines: readonly Line[];
  /** Notes on stored products, to be written with the session, that they have a price from now on: they can no longer be deleted. */
  readonly priced: readonly Write[];
}

/**
 * The line items with the amounts that they have now.
 * @throws 400 resource_missing; 400 for what is inactive, has no amount in the session's currency, or adds up to too little or too much
 */
export async function soldIn(
  { table }: Pick<PaymentsDeps, 'table'>,
  { caller, params }: Pick<Call<CreateSessionParams>, 'caller' | 'params'>,
  nowMs: number,
): Promise<Sold> {
  const { line_items: items = [], currency: asked } = params;
  const [prices, products] = await Promise.all([
    storedPrices(table, caller.scope, items),
    namedProducts(table, caller.scope, items),
  ]);
  const first = items[0];
  const currency = asked ?? first?.price_data?.currency ?? prices.get(first?.price ?? '')?.price.currency;
  if (items.length === 0 || currency === undefined) return { lines: [], priced: [] };
  const lines = items.map((item, place) =>
    item.price_data ? describedLine(item, products) : storedLine(item, prices.get(item.price!)!, currency, place),
  );
  assertAmounts(lines, currency);
  const unpriced = new Map([...products.values()].map((product) => [product.body, product]));
  return { lines, priced: [...unpriced.values()].flatMap((product) => pricedWrite(product, nowMs) ?? []) };
}

interface Stored {
  readonly price: Price;
  readonly product: Product;
}

/** The stored prices that the items name, by their ids. @throws 400 */
async function storedPrices(
  table: Table,
  scope: Scope,
  items: readonly LineParams[],
): Promise<ReadonlyMap<string, Stored>> {
  const named = items.flatMap(({ price }, place) => (price === undefined ? [] : [{ id: price, place }]));
  const prices = await byKey(
    table,
    PRICE,
    scope,
    named.flatMap(({ id }) => objectKeyOf(id, PRICE.prefix) ?? []),
  );
  const products = await byKey(
    table,
    PRODUCT,
    scope,
    [...prices.values()].map(({ product }) => product),
  );
  const found = new Map<string, Stored>();
  for (const { id, place } of named) {
    const param = `line_items[${place}][price]`;
    const price = prices.get(objectKeyOf(id, PRICE.prefix) ?? '');
    if (!price && !(await isDescribed(table, scope, id))) throw noSuchReference('price', id, param);
    if (!price?.active)
      throw refused('The price specified is inactive. This field only accepts active prices.', { param });
    const product = products.get(price.product)!;
    if (!product.active)
      throw refused(`Price \`${id}\` is not available to be purchased because its product is not active.`, { param });
    found.set(id, { price, product });
  }
  return found;
}

/** Whether a line item of another session describes this price: Stripe shows such a price as inactive. */
async function isDescribed(table: Table, scope: Scope, id: string): Promise<boolean> {
  const at = placeOf('price', id);
  const line = at && (await loadLines(table, scope, at.session))[at.place];
  return line !== undefined && line.price === undefined;
}

/** The stored products of the prices that the items describe, by their ids. @throws 400 */
async function namedProducts(
  table: Table,
  scope: Scope,
  items: readonly LineParams[],
): Promise<ReadonlyMap<string, Product>> {
  const ids = new Set(items.flatMap(({ price_data: price }) => price?.product ?? []));
  const found = new Map(
    await Promise.all([...ids].map(async (id) => [id, await productById(table, scope, id)] as const)),
  );
  items.forEach(({ price_data: price }, place) => {
    if (price?.product === undefined) return;
    const param = `line_items[${place}][price_data][product]`;
    const product = found.get(price.product);
    if (!product) throw noSuchReference('product', price.product, param);
    if (!product.active) throw refused(`The product ${price.product} is inactive.`, { param });
  });
  return found as ReadonlyMap<string, Product>;
}

function describedLine(
  { price_data: price, quantity, metadata }: LineParams,
  products: ReadonlyMap<string, Product>,
): Line {
  const { currency, unit_amount: unitAmount, product: id, product_data: data } = price!;
  const product = id === undefined ? undefined : products.get(id);
  const line = {
    unitAmount,
    quantity,
    currency,
    name: product?.name ?? data!.name,
    images: data?.images ?? [],
    metadata: data?.metadata ?? {},
    lineMetadata: metadata ?? {},
  };
  return changed<Line>(line, {
    description: data?.description,
    unitLabel: data?.unit_label,
    taxCode: data?.tax_code,
    product: product && productId(product),
  });
}

function storedLine(
  { quantity, metadata }: LineParams,
  { price, product }: Stored,
  currency: Currency,
  place: number,
): Line {
  const unitAmount = amountIn(price, currency);
  if (unitAmount === undefined)
    throw refused(
      `The price specified only supports \`${[price.currency, ...Object.keys(price.currencyOptions)].join('`, `')}\`. This doesn't match the expected currency: \`${currency}\`.`,
      { param: `line_items[${place}][price]` },
    );
  const { name } = product;
  return {
    unitAmount,
    quantity,
    currency,
    name,
    images: [],
    metadata: {},
    lineMetadata: metadata ?? {},
    price: price.body,
  };
}

/** The items with the stored prices that they name, as these are now. A price is never removed. */
export async function withPrices(
  table: Table,
  scope: Scope,
  placed: readonly PlacedLine[],
): Promise<readonly PlacedLine[]> {
  const prices = await byKey(
    table,
    PRICE,
    scope,
    placed.flatMap(({ line }) => line.price ?? []),
  );
  return placed.map((item) => {
    const price = item.line.price && prices.get(item.line.price);
    return price ? { ...item, price } : item;
  });
}

/** Records by their object keys, each read once. */
async function byKey<T extends Pick<Aggregate, 'scope' | 'body' | 'version'>>(
  table: Table,
  kind: Kind<T>,
  scope: Scope,
  objectKeys: readonly ObjectKey[],
): Promise<ReadonlyMap<string, T>> {
  const found = await loadRecords(table, kind, scope, [...new Set(objectKeys)]);
  return new Map(found.map((value) => [value.body, value]));
}
