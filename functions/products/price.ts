/**
 * The price: an amount, once, for one unit of a product. Its amount and currency never change, and it is never removed: it is switched off
 * (`active`). Amounts in further currencies may be given and changed.
 *
 * One price of a scope has a lookup key at a time. Taking it from another price is one transaction.
 */
import { createHash } from 'node:crypto';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { type Aggregate, type Kind, recordById } from '../table/record.ts';
import type { Key, Table } from '../table/table.ts';
import { ofProduct } from './product.ts';

export type TaxBehavior = 'exclusive' | 'inclusive' | 'unspecified';

/** The price in one currency. */
export interface CurrencyOption {
  readonly unitAmount: bigint;
  readonly taxBehavior?: TaxBehavior;
}

export interface Price extends Aggregate, CurrencyOption {
  readonly active: boolean;
  readonly currency: Currency;
  /** In other currencies than its own. */
  readonly currencyOptions: Readonly<Record<string, CurrencyOption>>;
  readonly lookupKey?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nickname?: string;
  readonly product: ObjectKey;
  /** The product's id on the wire. */
  readonly productId: string;
}

export const PRICE: Kind<Price> = {
  name: 'price',
  letter: 'y',
  prefix: 'price',
  object: 'price',
  link: ({ scope, product }) => ofProduct(scope, product),
};

export const priceId = (objectKey: ObjectKey): `price_${string}` => `price_${objectKey}`;

/** Where a lookup key leads to its price. It has the hash, because a lookup key may hold any character. */
export const lookupKeyKey = (scope: Scope, lookupKey: string): Key => ({
  pk: `${scope}#yk#${createHash('sha256').update(lookupKey).digest('base64url')}`,
  sk: 'price',
});

/** The price that `price_…` names in this scope. */
export const priceById = (table: Table, scope: Scope, id: string): Promise<Price | undefined> =>
  recordById(table, PRICE, scope, id);

/** What a unit costs in a currency, or undefined where the price has no amount in it. */
export function amountIn(price: Price, currency: Currency): bigint | undefined {
  if (currency === price.currency) return price.unitAmount;
  return Object.hasOwn(price.currencyOptions, currency) ? price.currencyOptions[currency]?.unitAmount : undefined;
}
