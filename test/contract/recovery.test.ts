/** A restore loses the payments made since; the channel still has them. They come back with their ids, amounts, refunds and keys. */
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuthorizeRequest, ChannelAccount } from '../../functions/channels/port/port.ts';
import {
  type ChannelReference,
  channelReference,
  newObjectKey,
  type ObjectKey,
  type Scope,
} from '../../functions/kernel/ids.ts';
import type { Currency } from '../../functions/kernel/money.ts';
import { loadSettings } from '../../functions/merchants/store.ts';
import { RECOVERED } from '../../functions/recovery/rebuilt.ts';
import { automatic, FAMILY, type Recovering, recoveringOf } from '../scenarios/restore-and-recover.ts';
import { startReceiver } from '../simulators/webhook-receiver.ts';
import { type App, startApp } from '../world/app.ts';
import { scopeOf } from '../world/world.ts';

let app: App;
let { moment, recoverAll, repairAll, books, money, pay } = {} as Recovering;
beforeEach(async () => {
  app = await startApp();
  ({ moment, recoverAll, repairAll, books, money, pay } = recoveringOf(app));
});
afterEach(() => app.stop());

it('payments, holds, captures, voids, refunds, disputes and charges come back, and the books are what they were', async () => {
  const webhooks = await startReceiver();
  await app.stripe.webhookEndpoints.create({ url: webhooks.url, enabled_events: ['*'] });
  const before = await pay({ metadata: { order: 'before' } });
  const held = await pay({ capture_method: 'manual' });
  const created = await app.stripe.paymentIntents.create({ amount: 900, currency: 'usd', ...automatic });
  await app.settleDown();
  const { from, restore } = moment();

  const plain = await pay({ metadata: { order: '1' } }, 'key-plain');
  await app.stripe.refunds.create({ payment_intent: plain.id, amount: 1_200 }, { idempotencyKey: 'key-refund' });
  const hold = await pay({ capture_method: 'manual', amount: 700 });
  const partly = await pay({ capture_method: 'manual', amount: 800 });
  await app.stripe.paymentIntents.capture(partly.id, { amount_to_capture: 300 });
  const voided = await pay({ capture_method: 'manual', amount: 600 });
  await app.stripe.paymentIntents.cancel(voided.id);
  const declined = await app.stripe.paymentIntents.create({ amount: 1_000, currency: 'usd', ...automatic });
  await app.stripe.paymentIntents
    .confirm(declined.id, { payment_method: 'pm_card_visa_chargeDeclined' })
    .catch(() => undefined);
  await app.stripe.paymentIntents.confirm(declined.id, { payment_method: 'pm_card_mastercard' });
  const disputed = await pay({ payment_method: 'pm_card_createDispute', amount: 2_000 });
  const direct = await app.stripe.charges.create({ amount: 450, currency: 'usd', source: 'tok_visa' });
  // Changes of what was there before the moment.
  await app.stripe.paymentIntents.capture(held.id);
  await app.stripe.refunds.create({ payment_intent: before.id });
  await app.stripe.paymentIntents.confirm(created.id, { payment_method: 'pm_card_visa' });
  await app.settleDown();

  const ids = [before, held, created, plain, hold, partly, voided, declined, disputed].map(({ id }) => id);
  const was = await Promise.all(ids.map(money));
  const chargeWas = await app.stripe.charges.retrieve(direct.id);
  const booksWere = await books();
  const refundsWere = (await app.stripe.refunds.list()).data.map(({ id, amount, status }) => [id, amount, status]);
  const charges = app.sandboxCharges().length;
  const eventsBefore = app.itemCount('events');
  expect(webhooks.types()).toContain('charge.refunded');

  await restore();
  await expect(app.stripe.paymentIntents.retrieve(plain.id)).rejects.toMatchObject({ statusCode: 404 });
  const dry = await recoverAll(from, true);
  await expect(app.stripe.paymentIntents.retrieve(plain.id)).rejects.toMatchObject({ statusCode: 404 });
  const recovered = await recoverAll(from);
  expect(recovered.unbooked).toEqual([]);
  expect([...new Set(recovered.made)].filter((id) => id.startsWith('pi_')).sort()).toEqual(
    [plain.id, hold.id, partly.id, voided.id, declined.id, disputed.id, `pi_${direct.id.slice(3, -1)}`].sort(),
  );
  expect(new Set(dry.made)).toEqual(new Set(recovered.made));
  await app.settleDown();
  const { audit } = await repairAll();
  await app.settleDown();

  expect(webhooks.types()).toEqual([]);
  await webhooks.close();
  expect(audit).toMatchObject({ balanced: true, differences: [], orphans: [] });
  expect(await Promise.all(ids.map(money))).toEqual(was);
  expect(await books()).toEqual(booksWere);
  expect((await app.stripe.refunds.list()).data.map(({ id, amount, status }) => [id, amount, status])).toEqual(
    refundsWere,
  );
  expect((await app.stripe.charges.retrieve(direct.id)).amount_captured).toBe(chargeWas.amount_captured);
  expect(app.sandboxCharges()).toHaveLength(charges);
  expect((await app.stripe.paymentIntents.retrieve(plain.id)).metadata).toEqual({ [RECOVERED]: expect.any(String) });
  expect((await app.stripe.paymentIntents.retrieve(before.id)).metadata).toEqual({ order: 'before' });
  const listed = (await app.stripe.charges.list({ limit: 100 })).data.map(({ id }) => id);
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed).toHaveLength(11);
  expect(eventsBefore).toBeGreaterThan(0);

  // Twice is once.
  expect(await recoverAll(from)).toMatchObject({ made: [], learned: [], unbooked: [] });
  expect(await books()).toEqual(booksWere);

  // The same request under its key of before the loss.
  const again = await pay({ metadata: { order: '1' } }, 'key-plain');
  const refundAgain = await app.stripe.refunds.create(
    { payment_intent: plain.id, amount: 1_200 },
    { idempotencyKey: 'key-refund' },
  );
  expect(again.id).toBe(plain.id);
  expect(refundsWere.map(([id]) => id)).toContain(refundAgain.id);
  await expect(pay({ amount: 5_001 }, 'key-plain')).rejects.toMatchObject({ type: 'StripeIdempotencyError' });
  expect(app.sandboxCharges()).toHaveLength(charges);
  await app.settleDown();
  expect(await books()).toEqual(booksWere);
});

it('a key whose table survived replays its reply, and carries on with the same payment', async () => {
  const { from, restore } = moment(FAMILY);
  const paid = await pay({}, 'key-survives');
  await app.settleDown();
  const charges = app.sandboxCharges().length;
  await restore();

  // The reply is stored: it is sent again, with or without the payment.
  expect((await pay({}, 'key-survives')).id).toBe(paid.id);
  expect(await recoverAll(from)).toMatchObject({ made: [paid.id] });
  await repairAll();
  expect((await pay({}, 'key-survives')).id).toBe(paid.id);
  expect(app.sandboxCharges()).toHaveLength(charges);
});

it('a key of which nothing but its item survived sends the same reference: one charge, also before the recovery', async () => {
  const { restore } = moment(FAMILY);
  const paid = await pay({}, 'key-no-reply');
  const charges = app.sandboxCharges().length;
  // The stream that stores the reply is lost, and the function that held the key is gone.
  await restore();
  const { read } = app.world.state;
  read.fanOut = read.ledger = app.world.table.stream().at(-1)!.sequence;
  for (const item of app.world.table.items('idempotency'))
    if (item.body === paid.id.slice(3))
      await app.world.table.commit({
        kind: 'update',
        table: 'idempotency',
        key: item,
        set: { leaseUntilMs: 0 },
        when: { is: 'present' },
      });

  expect((await pay({}, 'key-no-reply')).id).toBe(paid.id);
  expect(app.sandboxCharges()).toHaveLength(charges);
});

it('a payment whose journal survived is not booked a second time', async () => {
  const { from, restore } = moment(['payments']);
  const paid = await pay();
  await app.settleDown();
  const booksWere = await books();
  await restore();

  expect(await recoverAll(from)).toMatchObject({
    made: [],
    unbooked: [expect.stringContaining(`the journal has later entries of payment ${paid.id}`)],
  });
  await repairAll();
  expect(await books()).toEqual(booksWere);
  await expect(app.stripe.paymentIntents.retrieve(paid.id)).rejects.toMatchObject({ statusCode: 404 });
});

it('a charge without a payment is reported and not booked', async () => {
  const { table, clock, payments } = app.world;
  const from = new Date(clock.nowMs()).toISOString();
  const scope = scopeOf(table, app.merchant);
  const [of] = (await loadSettings(table, scope)).accounts as [ChannelAccount];
  const charge = (reference: string, changes: Partial<AuthorizeRequest> = {}) =>
    payments.channel('sandbox').authorize({
      reference: reference as ChannelReference,
      account: of,
      createdMs: clock.nowMs(),
      amount: 100n,
      currency: 'usd' as Currency,
      capture: true,
      instrument: { kind: 'test', token: 'pm_card_visa' },
      offSession: false,
      ...changes,
    });
  const body = newObjectKey(clock.nowMs(), payments.random);
  const references = [
    // Another merchant's, one that is no reference, one of a shard that no list reads, one made after its charge, one in no currency.
    channelReference('Stranger' as Scope, body, 1),
    'order77',
    channelReference(scope, `${body.slice(0, 7)}z${body.slice(8)}` as ObjectKey, 1),
    channelReference(scope, newObjectKey(clock.nowMs() + 3_600_000, payments.random), 1),
  ];
  for (const reference of references) expect((await charge(reference)).kind).toBe('captured');
  const strange = channelReference(scope, newObjectKey(clock.nowMs(), payments.random), 1);
  expect((await charge(strange, { currency: 'xxx' as Currency })).kind).toBe('captured');
  const before = app.itemCount('payments');

  const { made, learned, unbooked } = await recoverAll(from);
  expect([made, learned]).toEqual([[], []]);
  expect(new Set(unbooked.map((line) => line.split(':')[0]!))).toEqual(new Set([...references, strange]));
  expect(unbooked).toHaveLength(5);
  expect(app.itemCount('payments')).toBe(before);
});

it('what was in flight comes back in flight, and ends as any payment does', async () => {
  await app.settleDown();
  const { from, restore } = moment();
  const asked = await pay({ payment_method: 'pm_card_threeDSecureRequired', return_url: 'https://shop.example/back' });
  const waiting = await pay({ payment_method: 'pm_card_sandbox_pendingThenSucceeds' });
  expect([asked.status, waiting.status]).toEqual(['requires_action', 'processing']);
  await restore();

  expect((await recoverAll(from)).made).toEqual([asked.id, waiting.id]);
  await repairAll();
  const again = await app.stripe.paymentIntents.retrieve(asked.id);
  expect(again.next_action?.redirect_to_url?.url).toBe(asked.next_action!.redirect_to_url!.url);
  expect((await app.stripe.paymentIntents.retrieve(waiting.id)).status).toBe('processing');

  await app.finishChallenge(again.next_action!.redirect_to_url!.url!, true);
  await app.settleDown();
  await app.world.janitor(app.world.clock.nowMs() + 5 * 60_000);
  await app.settleDown();
  for (const { id } of [asked, waiting])
    expect((await app.stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
  const announced = (await app.stripe.events.list({ type: 'payment_intent.succeeded', limit: 100 })).data;
  for (const { id } of [asked, waiting])
    expect(announced.filter((event) => (event.data.object as Stripe.PaymentIntent).id === id)).toHaveLength(1);
});

it('captures in several steps come back with their keys: one that is sent again captures nothing', async () => {
  await app.settleDown();
  const { from, restore } = moment();
  const held = await pay({
    amount: 9_000,
    capture_method: 'manual',
    payment_method_options: { card: { request_multicapture: 'if_available' } },
  });
  const first = { amount_to_capture: 1_000, final_capture: false } as const;
  await app.stripe.paymentIntents.capture(held.id, first, { idempotencyKey: 'key-capture' });
  await app.stripe.paymentIntents.capture(held.id, { amount_to_capture: 2_000, final_capture: false });
  await app.settleDown();
  const booksWere = await books();
  await restore();
  expect((await recoverAll(from)).made).toEqual([held.id]);
  await repairAll();

  const again = await app.stripe.paymentIntents.capture(held.id, first, { idempotencyKey: 'key-capture' });
  expect([again.status, again.amount_received, again.amount_capturable]).toEqual(['requires_capture', 3_000, 6_000]);
  await app.settleDown();
  expect(await books()).toEqual(booksWere);
});

it('a saved card pays after the restore of the vault', async () => {
  const customer = await app.stripe.customers.create({ email: 'saved@example.com' });
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' };
  const method = await app.stripe.paymentMethods.create({ type: 'card', card });
  await app.stripe.paymentMethods.attach(method.id, { customer: customer.id });
  await app.settleDown();
  const { restore } = moment([...FAMILY, 'vault', 'merchants', 'channels']);
  await pay();
  await app.settleDown();
  const items = app.world.table.items('vault');
  for (const item of items)
    await app.world.table.commit({ kind: 'delete', table: 'vault', key: item, when: { is: 'present' } });
  await restore();

  const paid = await pay({ customer: customer.id, payment_method: method.id, off_session: true });
  expect([items.length > 0, paid.status]).toEqual([true, 'succeeded']);
});
