/** What the operations of the simulator share: its books, its clock, its ids and the events that it makes. */

import type { Books, ChargeRecord, MoneyMovement } from './books.ts';
import { API_VERSION } from './version.ts';

export interface World {
  readonly books: Books;
  readonly nowSeconds: () => number;
  /** A fresh id with this prefix. */
  readonly id: (prefix: string) => string;
  /** Where the simulator is, for the pages of challenges. */
  readonly base: () => string;
  readonly account: string;
  /** What the account's balance may not fall below by a refund; undefined: it may. */
  leastBalance: number | undefined;
}

/** Makes an event with the object as it is now. */
export function emit(world: World, type: string, object: unknown): void {
  const id = world.id('evt');
  const created = world.nowSeconds();
  const body = JSON.stringify(
    {
      id,
      object: 'event',
      api_version: API_VERSION,
      created,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: world.id('req'), idempotency_key: null },
      type,
    },
    undefined,
    2,
  );
  world.books.events.push({ id, created, type, body });
}

/** 2.9 % and 30, as an account in the United States pays them. */
export const feeFor = (amount: number): number => Math.round((amount * 29) / 1000) + 30;

/** Books money that moved for a charge. */
export function move(
  world: World,
  charge: ChargeRecord,
  change: Pick<MoneyMovement, 'amount' | 'fee' | 'type' | 'category'> & { readonly source: string },
): MoneyMovement {
  const money = { id: world.id('txn'), created: world.nowSeconds(), currency: charge.intent.currency, ...change };
  world.books.money.push(money);
  return money;
}
