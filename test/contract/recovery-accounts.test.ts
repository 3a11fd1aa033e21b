/** A restore and a recovery where a merchant has two accounts, or where an attempt follows one that its channel does not list. */
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { addAccount } from '../../functions/operator/accounts.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import type { Charge } from '../../functions/sandbox/charge.ts';
import { writeCharge } from '../../functions/sandbox/store.ts';
import { unpack } from '../../functions/table/pack.ts';
import { recordsOf } from '../audit/records.ts';
import { NOT_ACCEPTED } from '../scenarios/further-accounts.ts';
import { FAMILY, type Lost, type Recovering, recoveringOf } from '../scenarios/restore-and-recover.ts';
import { type App, scopeOfApp, startApp } from '../world/app.ts';
import { momentOf, restoreTo } from '../world/restored-tables.ts';
import { thrown } from '../world/sdk-errors.ts';

let app: App;
let { moment, recoverAll, repairAll, books, money, pay } = {} as Recovering;
beforeEach(async () => {
  app = await startApp();
  ({ moment, recoverAll, repairAll, books, money, pay } = recoveringOf(app));
  await addAccount(app.world.merchants, { scope: scopeOfApp(app), livemode: false });
});
afterEach(() => app.stop());

const accounts = async () => (await loadSettings(app.world.table, scopeOfApp(app))).accounts;

/** The moment after the next commit of a payment, in the middle of its request. */
function momentAfterCommit(): () => Lost {
  const from = new Date(app.world.clock.nowMs()).toISOString();
  let restore: Lost['restore'] | undefined;
  app.world.table.onCall = ({ operation, writes, when }) => {
    if (restore || operation !== 'commit' || when !== 'after') return;
    if (!writes.some((write) => write.kind === 'put' && write.item.kind === 'payment')) return;
    const then = momentOf(app.world.table, [...FAMILY, 'idempotency']);
    restore = () => restoreTo(app.world.table, then);
  };
  return () => ({ from, restore: restore! });
}

const BY_ALIPAY = {
  amount: 10_000,
  payment_method: undefined,
  payment_method_data: { type: 'alipay' },
  payment_method_types: ['alipay', 'card'],
  automatic_payment_methods: undefined,
  return_url: 'https://shop.example/back',
} as unknown as Partial<Stripe.PaymentIntentCreateParams>;

const pageOf = ({ next_action: action }: Stripe.PaymentIntent): string => action!.alipay_handle_redirect!.url!;

/** State, books and charges after a recovery of everything are what they were. */
async function comesBack(id: string, { from, restore }: Lost): Promise<void> {
  await app.settleDown();
  const was = [await money(id), await books()];
  const charges = app.sandboxCharges().length;
  await restore();

  expect((await recoverAll(from)).unbooked).toEqual([]);
  await app.settleDown();
  const { audit } = await repairAll();
  await app.settleDown();
  expect(audit).toMatchObject({ balanced: true, differences: [], orphans: [] });
  expect([await money(id), await books()]).toEqual(was);
  expect(await recoverAll(from)).toMatchObject({ made: [], learned: [], unbooked: [] });
  expect(app.sandboxCharges()).toHaveLength(charges);
}

it('a payment that the second account took comes back, and is refunded there', async () => {
  const lost = moment();
  const paid = await pay({ payment_method: NOT_ACCEPTED });
  await comesBack(paid.id, lost);

  expect((await app.stripe.refunds.create({ payment_intent: paid.id })).status).toBe('succeeded');
});

it('a restore to the moment before the second account was tried: the payment is known as paid, and is not paid again', async () => {
  const lost = momentAfterCommit();
  const paid = await pay({ payment_method: NOT_ACCEPTED }, 'key');
  await comesBack(paid.id, lost());

  app.later(120_000);
  await app.world.janitor(app.world.clock.nowMs());
  expect((await app.stripe.paymentIntents.retrieve(paid.id)).status).toBe('succeeded');
});

it.each([
  ['all of it', () => moment()],
  ['the second account', () => momentAfterCommit()],
] as const)(
  'a restore that lost %s: the session of the payment is complete, and cannot be paid again',
  async (_name, begin) => {
    const session = await app.stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/done',
      line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Tea' } } }],
    });
    const path = `/v1/test_helpers/checkout/sessions/${session.id}/complete`;
    const lost = begin();
    await app.stripe.rawRequest('POST', path, { payment_method: NOT_ACCEPTED });
    const { payment_intent: id } = await app.stripe.checkout.sessions.retrieve(session.id);
    await comesBack(String(id), typeof lost === 'function' ? lost() : lost);

    const after = await app.stripe.checkout.sessions.retrieve(session.id);
    expect([after.status, after.payment_status, after.payment_intent]).toEqual(['complete', 'paid', id]);
  },
);

it('a restore to the moment before an order was left for a card: the payment is known as paid', async () => {
  const ordered = await pay(BY_ALIPAY);
  await app.settleDown();
  const lost = moment();
  await app.stripe.paymentIntents.confirm(ordered.id, { payment_method: 'pm_card_visa' });
  await comesBack(ordered.id, lost);
});

it('attempts of one payment at two accounts come back at their own accounts', async () => {
  const lost = moment();
  const ordered = await pay({ ...BY_ALIPAY, amount: 9_920 });
  await fetch(pageOf(ordered));
  await app.stripe.paymentIntents.confirm(ordered.id, { payment_method: 'pm_card_visa' });
  await comesBack(ordered.id, lost);

  const [first, second] = await accounts();
  const [{ attempts }] = recordsOf(app.world).payments as [Payment];
  expect(attempts.map(({ channel, status }) => [channel.account, status])).toEqual([
    [first!.account, 'closed'],
    [second!.account, 'closed'],
    [first!.account, 'captured'],
  ]);
});

it('a key replays the decline of the account that was tried last, although the one before lists nothing', async () => {
  const lost = moment();
  const create = () => pay({ payment_method: NOT_ACCEPTED }, 'key');
  const { id } = await create();
  await app.settleDown();
  await declined(id);
  await lost.restore();
  await recoverAll(lost.from);

  const error = await thrown(create());

  expect(error).toMatchObject({ statusCode: 402, code: 'card_declined', payment_intent: { id } });
  const [{ attempts }] = recordsOf(app.world).payments as [Payment];
  expect(attempts.map(({ status, unlisted }) => [status, unlisted])).toEqual([
    ['closed', true],
    ['failed', undefined],
  ]);
});

/** The sandbox's record of the payment's charge becomes one that its issuer declined. */
async function declined(id: string): Promise<void> {
  const { table, clock } = app.world;
  for (const { sk, doc } of table.items('sandbox')) {
    const charge = sk === 'charge' ? unpack<Charge>(doc as Uint8Array) : undefined;
    if (!charge?.params.reference.includes(id.slice(3))) continue;
    const { presentment: _, ...rest } = charge;
    const after: Charge = { ...rest, version: charge.version + 1, decision: 'do_not_honor' };
    await table.commit(writeCharge(after, clock.nowMs()));
  }
}
