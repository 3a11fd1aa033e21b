/** Airbyte's source-stripe: checks, discovers, reads every stream whole, and then what has happened since. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allOf, everyEvent } from '../scenarios/every-event.ts';
import { type Connection, connect, type Read } from '../world/airbyte.ts';
import { eventually } from '../world/deployed.ts';
import { CLIENTS, installPython } from '../world/install-clients.ts';
import { type Product, startProduct } from '../world/product.ts';
import { skipped } from '../world/skip.ts';

let product: Product;
let installed: ReturnType<typeof installPython>;
beforeAll(async () => {
  installed = installPython('airbyte', join(CLIENTS, 'airbyte/requirements.txt'), ['3.11']);
  product = await startProduct();
});
afterAll(() => product.stop());

const ids = (objects: readonly { readonly id: string }[]): readonly string[] => objects.map(({ id }) => id).sort();

/** What each stream holds by the API's own lists; Sluice has none of the others. */
async function ownLists({ stripe, merchant }: Product): Promise<Readonly<Record<string, readonly string[]>>> {
  const sessions = await allOf(stripe.checkout.sessions);
  const customers = await allOf(stripe.customers);
  const intents = await allOf(stripe.setupIntents);
  const payouts = await allOf(stripe.payouts);
  const each = async <T, R extends { readonly id: string }>(
    parents: readonly T[],
    list: (parent: T) => Promise<Stripe.ApiList<R>>,
  ) => ids((await Promise.all(parents.map(list))).flatMap(({ data }) => data));
  const entries = [
    ['balance_transactions', ids(await allOf(stripe.balanceTransactions))],
    ['charges', ids(await allOf(stripe.charges))],
    ['checkout_sessions', ids(sessions)],
    ['checkout_sessions_line_items', await each(sessions, ({ id }) => stripe.checkout.sessions.listLineItems(id))],
    ['customers', ids(customers)],
    ['disputes', ids(await allOf(stripe.disputes))],
    ['events', ids(await allOf(stripe.events))],
    ['external_account_bank_accounts', await each([merchant], (id) => stripe.accounts.listExternalAccounts(id))],
    ['payment_intents', ids(await allOf(stripe.paymentIntents))],
    ['payment_methods', await each(customers, ({ id }) => stripe.customers.listPaymentMethods(id))],
    [
      'payout_balance_transactions',
      await each(
        payouts.filter(({ automatic }) => automatic),
        ({ id: payout }) => stripe.balanceTransactions.list({ payout }),
      ),
    ],
    ['payouts', ids(payouts)],
    ['prices', ids(await allOf(stripe.prices))],
    ['products', ids(await allOf(stripe.products))],
    ['refunds', ids(await allOf(stripe.refunds))],
    ['reviews', ids(await allOf(stripe.reviews))],
    ['setup_attempts', await each(intents, ({ id }) => stripe.setupAttempts.list({ setup_intent: id }))],
    ['setup_intents', ids(intents)],
  ] as const;
  return Object.fromEntries(entries);
}

/** The shop goes on; what of it an object's stream reads then. */
async function later({ stripe }: Product): Promise<Readonly<Record<string, readonly string[]>>> {
  const [gone] = await allOf(stripe.customers);
  const [method] = (await stripe.customers.listPaymentMethods(gone!.id)).data;
  const [product] = await allOf(stripe.products);
  const before = (await allOf(stripe.balanceTransactions)).length;
  const made = await stripe.customers.create({ name: 'Eve' });
  await stripe.customers.del(gone!.id);
  await stripe.products.update(product!.id, { name: 'Green tea' });
  const intent = await stripe.paymentIntents.create({
    amount: 5_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
  });
  const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
  const money = await eventually(async () => {
    const all = await allOf(stripe.balanceTransactions);
    return all.length === before + 2 ? all : undefined;
  });
  await eventually(async () => {
    const types = ['refund.updated'];
    const { data } = await stripe.events.list({ types });
    return data.some(({ data: { object } }) => (object as Stripe.Refund).id === refund.id) || undefined;
  });
  return {
    balance_transactions: ids(money.slice(0, 2)),
    // The connector takes the objects of `charge.refund.updated` for charges, at Stripe too.
    charges: ids([{ id: intent.latest_charge as string }, refund]),
    customers: ids([made, gone!]),
    payment_intents: [intent.id],
    payment_methods: [method!.id],
    products: [product!.id],
    refunds: [refund.id],
  };
}

/** Ids of the rows that are not older than a second, each once. A read repeats the second in which the one before it ended. */
const idsSince = ({ rows }: Read, seconds: number) =>
  Object.fromEntries(
    Object.entries(rows)
      .map(([stream, all]) => {
        const recent = all.filter(({ updated, created }) => (updated ?? created ?? 0) >= seconds);
        return [stream, [...new Set(recent.map(({ id }) => id))].sort()] as const;
      })
      .filter(([, found]) => found.length > 0),
  );

it('airbyte', async (context) => {
  if (typeof installed === 'string') return skipped(context, `Airbyte: ${installed}`);
  await everyEvent(product);
  const connection: Connection = connect(installed, product);

  const asked = [connection.check(), connection.check('sk_test_other'), connection.discover()] as const;
  const [right, wrong, streams] = await Promise.all(asked);
  expect(right).toEqual(['SUCCEEDED']);
  expect(wrong).toEqual(['FAILED', expect.stringContaining('Unauthorized')]);
  expect(streams).toHaveLength(47);

  const first = await connection.read();
  const own = await ownLists(product);
  expect(Object.fromEntries(Object.entries(first.rows).map(([stream, rows]) => [stream, ids(rows)]))).toEqual(own);
  expect(Object.values(own).filter((list) => list.length === 0)).toEqual([]);
  expect(first.ended).toEqual({ COMPLETE: expect.arrayContaining([...streams]) as string[] });
  // The transactions of a payout that the shop asked for cannot be listed, at Stripe neither.
  const manual = 'Balance transaction history can only be filtered on automatic payouts, not manual.';
  expect(first.complaints).toEqual([manual, manual]);

  await sleep(1_100);
  const seconds = Math.floor(Date.now() / 1_000);
  const news = await later(product);
  const second = await connection.read(first.state);
  const { events, ...objects } = idsSince(second, seconds);
  expect(objects).toEqual(news);
  expect(events).toEqual(ids((await allOf(product.stripe.events)).filter(({ created }) => created >= seconds)));
  const deleted = second.rows.customers!.filter((row) => row.is_deleted && row.updated! >= seconds);
  expect(deleted).toMatchObject([{ email: 'ada@example.com' }]);
});
