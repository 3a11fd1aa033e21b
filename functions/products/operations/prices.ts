/** Prices: create and update. */
import { refused } from '../../api/errors.ts';
import { racesLost } from '../../api/lock.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { changedMetadata } from '../../api/params.ts';
import { changed } from '../../api/person.ts';
import { commitNamed, LOST, retryRaces } from '../../table/commit.ts';
import { loadRecord, nextRecord, requestOf } from '../../table/record.ts';
import { amountOf, assertChange, assertNewPrice } from '../checks.ts';
import type { ProductsDeps } from '../deps.ts';
import { type CurrencyOption, PRICE, type Price, priceId } from '../price.ts';
import {
  type CreatePriceParams,
  createPriceParams,
  type OptionParams,
  type UpdatePriceParams,
  updatePriceParams,
} from '../price-params.ts';
import { newProduct, PRODUCT, type Product } from '../product.ts';
import {
  lookupKeyFreed,
  lookupKeyTaken,
  ownIdTaken,
  pricedWrite,
  priceWithKey,
  productUnchanged,
  putPrice,
  putProduct,
} from '../store.ts';
import { newPrice } from './new-price.ts';
import { answer, priceInPath } from './price-reads.ts';
import { requestedProduct } from './product-reads.ts';
import { assertIdIsFree, exists } from './products.ts';

type ProductData = NonNullable<CreatePriceParams['product_data']>;

/**
 * Makes a price of a product, with `product_data` of a new one in the same transaction.
 * @throws 400 resource_missing, resource_already_exists; 400 for a lookup key that another price has; 429 lock_timeout
 * @see https://docs.stripe.com/api/prices/create
 */
async function create(deps: ProductsDeps, call: Call<CreatePriceParams>, loaded: Product | undefined): Promise<Reply> {
  const { caller, params, lock } = call;
  const made = (): Promise<Price | undefined> => loadRecord(deps.table, PRICE, caller.scope, lock.objectKey);
  const earlier = lock.resumed ? await made() : undefined;
  if (earlier) return answer(earlier);
  await assertIdIsFree(deps, call, params.product_data?.id, 'product_data[id]');
  let existing = loaded;
  return retryRaces(async () => {
    const nowMs = deps.clock.nowMs();
    const product = existing ?? productOf(call, params.product_data!, nowMs);
    const price = changed(newPrice(call, params, product, nowMs), {
      active: params.active,
      lookupKey: params.lookup_key,
      nickname: params.nickname,
    });
    const holder = await holderOf(deps, price, params);
    const conflict = await commitNamed(deps.table, {
      price: putPrice(undefined, price),
      product: existing ? pricedWrite(existing, nowMs) : putProduct(undefined, product),
      id: existing ? undefined : ownIdTaken(product),
      ...lookupKeyTaken(price, holder, nowMs, requestOf(call)),
    });
    if (!conflict) return answer(price);
    // An earlier try of the same request created it.
    if (conflict.on === 'price') return answer((await made())!);
    if (conflict.on === 'id') throw exists('product_data[id]');
    existing &&= await requestedProduct(deps, call, params.product!);
    return LOST;
  }, racesLost);
}

const productOf = (call: Call, data: ProductData, nowMs: number): Product =>
  changed<Product>(
    { ...newProduct(call, data.name, nowMs), priced: true },
    {
      active: data.active,
      ownId: data.id,
      metadata: data.metadata,
      statementDescriptor: data.statement_descriptor,
      taxCode: data.tax_code,
      unitLabel: data.unit_label,
    },
  );

/** The other price that has the lookup key of this one and is to lose it. @throws 400 where it is not */
async function holderOf(
  { table }: ProductsDeps,
  { scope, body, lookupKey }: Price,
  { transfer_lookup_key: transfers }: UpdatePriceParams,
): Promise<Price | undefined> {
  const holder = lookupKey === undefined ? undefined : await priceWithKey(table, scope, lookupKey);
  if (holder && holder.body !== body && !transfers)
    throw refused(`A price (\`${priceId(holder.body)}\`) already uses that lookup key.`, { param: 'lookup_key' });
  return holder;
}

/**
 * Changes a price, member by member. What it costs in its own currency never changes.
 * @throws 404; 400 for a lookup key that another price has, a tax behavior that is set, the default price of its product; 429 lock_timeout
 * @see https://docs.stripe.com/api/prices/update
 */
async function update(deps: ProductsDeps, call: Call<UpdatePriceParams>, loaded: Price): Promise<Reply> {
  const { table, clock } = deps;
  let price = loaded;
  return retryRaces(async () => {
    const nowMs = clock.nowMs();
    const after = nextRecord(changedPrice(price, call.params), nowMs, {}, requestOf(call));
    const moves = after.lookupKey !== price.lookupKey;
    const holder = moves ? await holderOf(deps, after, call.params) : undefined;
    const conflict = await commitNamed(table, {
      price: putPrice(price, after),
      product: price.active && !after.active ? productUnchanged(await withOtherDefault(deps, price)) : undefined,
      ...(moves && { freed: lookupKeyFreed(price), ...lookupKeyTaken(after, holder, nowMs, requestOf(call)) }),
    });
    if (!conflict) return answer(after);
    price = (await loadRecord(table, PRICE, price.scope, price.body))!;
    return LOST;
  }, racesLost);
}

/** @throws 400 */
function changedPrice(price: Price, params: UpdatePriceParams): Price {
  const { currency_options: options, tax_behavior: taxBehavior, metadata } = params;
  return changed(price, {
    active: params.active,
    currencyOptions: options === undefined ? undefined : optionsAfter(price, options),
    lookupKey: params.lookup_key,
    metadata: metadata === undefined ? undefined : changedMetadata(price.metadata, metadata),
    nickname: params.nickname,
    taxBehavior: taxBehaviorAfter(price, taxBehavior, 'tax_behavior'),
  });
}

/** The options after the change: none for an empty string, else those that are named are changed or added. @throws 400 */
function optionsAfter(
  { currency, currencyOptions }: Price,
  change: '' | Readonly<Record<string, OptionParams>>,
): Price['currencyOptions'] {
  if (change === '') return {};
  const changes = Object.entries(change).map(([other, params]) => {
    const param = `currency_options[${other}]`;
    if (other === currency) throw refused('The amount of a price in its own currency never changes.', { param });
    const current = Object.hasOwn(currencyOptions, other) ? currencyOptions[other] : undefined;
    const unitAmount = amountOf(params) ?? current?.unitAmount;
    if (unitAmount === undefined)
      throw refused(`Missing required param: ${param}[unit_amount].`, {
        code: 'parameter_missing',
        param: `${param}[unit_amount]`,
      });
    const taxBehavior = taxBehaviorAfter(current ?? {}, params.tax_behavior, `${param}[tax_behavior]`);
    return [other, changed<CurrencyOption>({ ...current, unitAmount }, { taxBehavior })] as const;
  });
  return { ...currencyOptions, ...Object.fromEntries(changes) };
}

/** @throws 400 where it is set already */
function taxBehaviorAfter(
  { taxBehavior: current = 'unspecified' }: Partial<CurrencyOption>,
  change: CurrencyOption['taxBehavior'],
  param: string,
): CurrencyOption['taxBehavior'] {
  if (change !== undefined && current !== 'unspecified' && change !== current)
    throw refused(`The tax behavior is ${current}. Once set to exclusive or inclusive, it cannot be changed.`, {
      param,
    });
  return change;
}

/** The product of a price that is not its default. @throws 400 where it is */
async function withOtherDefault({ table }: ProductsDeps, { scope, product: objectKey, body }: Price): Promise<Product> {
  const product = (await loadRecord(table, PRODUCT, scope, objectKey))!;
  if (product.defaultPrice === body)
    throw refused('This price cannot be archived because it is the default price of its product.', { param: 'active' });
  return product;
}

const returns = { object: 'price' };

export const createPrice: Operation<ProductsDeps, CreatePriceParams, Product | undefined> = {
  method: 'POST',
  path: '/v1/prices',
  get params() {
    return createPriceParams();
  },
  check: (_deps, params) => assertNewPrice(params),
  returns,
  read: async (deps, call) => {
    const { product } = call.params;
    return product === undefined ? undefined : requestedProduct(deps, call, product);
  },
  run: create,
};
export const updatePrice: Operation<ProductsDeps, UpdatePriceParams, Price> = {
  method: 'POST',
  path: '/v1/prices/{id}',
  get params() {
    return updatePriceParams();
  },
  check: (_deps, params) => assertChange(params),
  returns,
  read: priceInPath,
  run: update,
};
