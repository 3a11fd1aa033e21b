/** What a restored moment cuts through, and what must not be charged or booked a second time because of it. */
import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CardChannel } from '../../functions/channels/port/card.ts';
import type { Listed } from '../../functions/channels/port/listing.ts';
import { fromBase62, timeText } from '../../functions/kernel/ids.ts';
import { recoverStep } from '../../functions/operator/recovery.ts';
import type { PaymentsDeps } from '../../functions/payments/deps.ts';
import type { Item } from '../../functions/table/table.ts';
import { sessionContradictions } from '../audit/checkout.ts';
import { automatic, FAMILY, type Lost, type Recovering, recoveringOf } from '../scenarios/restore-and-recover.ts';
import { type App, startApp } from '../world/app.ts';
import type { Simulation } from '../world/simulation.ts';

let app: App;
let { moment, recoverAll, repairAll, books, money, pay } = {} as Recovering;
beforeEach(async () => {
  app = await startApp();
  ({ moment, recoverAll, repairAll, books, money, pay } = recoveringOf(app));
});
afterEach(async () => {
  vi.useRealTimers();
  await app.stop();
});

const later = (ms: number): void => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + ms);
};
const DAY_MS = 86_400_000;
const hold = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) => pay({ capture_method: 'manual', ...more });
const MULTICAPTURE = { payment_method_options: { card: { request_multicapture: 'if_available' } } } as const;
const INCREMENTS = { payment_method_options: { card: { request_incremental_authorization: 'if_available' } } } as const;

/** Loses all since the moment, brings it back, and expects the books that there were. */
async function comesBack({ from, restore }: Lost): ReturnType<Recovering['recoverAll']> {
  await app.settleDown();
  const booksWere = await books();
  await restore();
  const recovered = await recoverAll(from);
  await repairAll();
  await app.settleDown();
  expect(await books()).toEqual(booksWere);
  return recovered;
}

describe('a checkout session that was paid after the moment', () => {
  const open = (more: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
    app.stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'https://shop.example/done',
      line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: 'Tea' } } }],
      ...more,
    });
  const complete = (id: string, card = 'pm_card_visa', idempotencyKey?: string) =>
    app.stripe.rawRequest(
      'POST',
      `/v1/test_helpers/checkout/sessions/${id}/complete`,
      { payment_method: card, return_url: 'https://shop.example/back' },
      idempotencyKey === undefined ? {} : { idempotencyKey },
    ) as unknown as Promise<Stripe.Checkout.Session>;
  const standing = async (id: string) => {
    const { status, payment_status: paid, payment_intent: intent } = await app.stripe.checkout.sessions.retrieve(id);
    return [status, paid, intent];
  };
  const contradictions = () => sessionContradictions({ world: app.world } as unknown as Simulation);

  it('is complete again, and cannot be paid a second time', async () => {
    const { id } = await open();
    await app.settleDown();
    const lost = moment();
    await complete(id, 'pm_card_visa', 'key-session');
    await app.settleDown();
    const was = await standing(id);
    const charges = app.sandboxCharges().length;

    const { made, unbooked } = await comesBack(lost);

    expect([made, unbooked]).toEqual([[was[2]], []]);
    expect(was).toEqual(['complete', 'paid', expect.stringMatching(/^pi_/)]);
    expect(await standing(id)).toEqual(was);
    expect(contradictions()).toEqual([]);
    await expect(complete(id)).rejects.toMatchObject({ message: expect.stringContaining('status of `complete`') });
    expect((await complete(id, 'pm_card_visa', 'key-session')).id).toBe(id);
    expect(app.sandboxCharges()).toHaveLength(charges);
  });

  it('with a card that the payer typed is complete again, too', async () => {
    const { id } = await open();
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' };
    const typed = await app.stripe.paymentMethods.create({ type: 'card', card });
    await app.settleDown();
    const lost = moment();
    await complete(id, typed.id);
    const was = await standing(id);

    await comesBack(lost);

    expect(await standing(id)).toEqual(was);
  });

  it('matches its payment: declined, held, held and voided, captured, or waiting', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++)
      ids.push((await open(n > 0 && n < 4 ? { payment_intent_data: { capture_method: 'manual' } } : {})).id);
    const [declined, held, voided, captured, waiting] = ids as [string, string, string, string, string];
    const tried = (await open()).id;
    await complete(tried, 'pm_card_visa_chargeDeclined').catch(() => undefined);
    await app.settleDown();
    const lost = moment();
    await complete(declined, 'pm_card_visa_chargeDeclined').catch(() => undefined);
    for (const id of [held, voided, captured]) await complete(id);
    for (const id of [waiting, tried]) await complete(id, 'pm_card_sandbox_pendingThenSucceeds');
    const intentOf = async (id: string) => String((await app.stripe.checkout.sessions.retrieve(id)).payment_intent);
    await app.stripe.paymentIntents.cancel(await intentOf(voided));
    await app.stripe.paymentIntents.capture(await intentOf(captured));
    const was = await Promise.all([...ids, tried].map(standing));
    await app.world.runQueues();
    await lost.restore();

    expect((await recoverAll(lost.from)).unbooked).toEqual([]);
    await repairAll();

    expect(await Promise.all([...ids, tried].map(standing))).toEqual(was);
    expect(was.map(([status]) => status)).toEqual(['open', 'complete', 'complete', 'complete', 'open', 'open']);
    expect(contradictions()).toEqual([]);
    await app.settleDown();
    expect([(await standing(waiting))[0], (await standing(tried))[0]]).toEqual(['complete', 'complete']);
    await expect(complete(declined)).resolves.toMatchObject({ status: 'complete' });
  });
});

describe('a key of before the loss', () => {
  type Try = () => Promise<{ readonly id: string }>;
  /** The same request before and after: the same object, and nothing at the channel or in the books. */
  async function sameAgain(request: Try): Promise<void> {
    const lost = moment();
    const { id } = await request();
    await app.settleDown();
    const charges = app.sandboxCharges().length;
    await comesBack(lost);
    const booksWere = await books();

    expect((await request()).id).toBe(id);

    await app.settleDown();
    expect(app.sandboxCharges()).toHaveLength(charges);
    expect(await books()).toEqual(booksWere);
  }
  const under = { idempotencyKey: 'key' };

  it('of a capture, an increment or a cancel of a hold that is two days old does nothing again', async () => {
    later(0);
    const holds = [
      await hold({ amount: 9_000, ...MULTICAPTURE }),
      await hold({ ...INCREMENTS }),
      await hold(),
    ] as const;
    await app.settleDown();
    later(2 * DAY_MS);
    const [parts, more, canceled] = holds;
    const { paymentIntents } = app.stripe;

    await sameAgain(() => paymentIntents.capture(parts.id, { amount_to_capture: 100, final_capture: false }, under));
    expect((await paymentIntents.retrieve(parts.id)).amount_received).toBe(100);
    await sameAgain(() =>
      paymentIntents.incrementAuthorization(more.id, { amount: 6_000 }, { idempotencyKey: 'more' }),
    );
    await sameAgain(() => paymentIntents.cancel(canceled.id, {}, { idempotencyKey: 'cancel' }));
  });

  it('that was used two days before for another request does not charge again', async () => {
    later(0);
    await pay({ amount: 300 }, 'key');
    await app.settleDown();
    later(2 * DAY_MS);

    await sameAgain(() => pay({}, 'key'));
  });

  it('of a charge without an intent, or of a page’s confirm, does not charge again', async () => {
    await sameAgain(() => app.stripe.charges.create({ amount: 450, currency: 'usd', source: 'tok_visa' }, under));
    const intent = await app.stripe.paymentIntents.create({ amount: 900, currency: 'usd', ...automatic });
    await app.settleDown();
    const page = app.client({ key: app.merchant.test.publishableKey });
    const confirm = { client_secret: intent.client_secret!, payment_method: 'pm_card_visa' };
    await sameAgain(() => page.paymentIntents.confirm(intent.id, confirm, { idempotencyKey: 'page' }));
  });
});

describe('a moment between two commits', () => {
  /** The moment right after the next commit of a record of this kind. */
  function afterNext(kind: string): () => Lost {
    const table = app.world.table as { commit: (...writes: never[]) => Promise<void> };
    const { commit } = table;
    let lost: Lost | undefined;
    table.commit = async (...writes) => {
      await commit.apply(table, writes);
      const items = (writes as readonly { readonly item?: Item }[]).map(({ item }) => item?.kind);
      if (items.includes(kind)) lost ??= moment();
    };
    return () => {
      table.commit = commit;
      return lost!;
    };
  }

  it.each(['create', 'capture', 'cancel', 'refund'] as const)('of a %s: it ends as it had, once', async (operation) => {
    const [held, paid] = [await hold(), await pay()];
    await app.settleDown();
    const under = { idempotencyKey: 'key' };
    const request = {
      create: () => pay({}, 'key'),
      capture: () => app.stripe.paymentIntents.capture(held.id, {}, under),
      cancel: () => app.stripe.paymentIntents.cancel(held.id, {}, under),
      refund: () => app.stripe.refunds.create({ payment_intent: paid.id, amount: 70 }, under),
    }[operation];
    const cut = afterNext(operation === 'refund' ? 'refund' : 'payment');
    const { id } = await request();
    const lost = cut();
    await app.settleDown();
    const was = await Promise.all([held.id, paid.id].map(money));
    const charges = app.sandboxCharges().length;
    later(60_000);
    await comesBack(lost);

    expect((await request()).id).toBe(id);

    expect(await Promise.all([held.id, paid.id].map(money))).toEqual(was);
    expect(app.sandboxCharges()).toHaveLength(charges);
  });
});

it('captures, refunds and disputes that a newer journal has already are not booked a second time', async () => {
  const [held, refunded, disputed] = [await hold(), await pay(), await pay()];
  await app.settleDown();
  const { from, restore } = moment(['payments']);
  await app.stripe.paymentIntents.capture(held.id);
  const refund = await app.stripe.refunds.create({ payment_intent: refunded.id, amount: 600 });
  await app.stripe.rawRequest('POST', `/v1/test_helpers/charges/${disputed.latest_charge}/dispute`, {});
  await app.settleDown();
  const booksWere = await books();
  await restore();

  const { made, learned, unbooked } = await recoverAll(from);

  expect([made, learned]).toEqual([[], []]);
  expect(unbooked.map((line) => /later entries of \w+ (\w+)/.exec(line)![1]!).sort()).toEqual(
    [held.id, refund.id, disputed.id].sort(),
  );
  await repairAll();
  expect(await books()).toEqual(booksWere);
});

it('a charge whose channel’s clock is ten minutes late or early is recovered', async () => {
  const lost = moment();
  const [early, late] = [await pay(), await pay()];
  await app.settleDown();
  for (const [{ id }, ms] of [
    [early, -600_000],
    [late, 600_000],
  ] as const)
    for (const { w: _, ...item } of app.world.table.items('sandbox')) {
      if (!item.pk.startsWith('l#') || !item.sk.includes(id.slice(3))) continue;
      const at = fromBase62(item.sk.slice(0, 7)) + ms;
      const moved = {
        ...item,
        pk: item.pk.replace(/\d+$/, String(Math.floor(at / DAY_MS))),
        sk: `${timeText(at)}${item.sk.slice(7)}`,
      };
      await app.world.table.commit({ kind: 'delete', table: 'sandbox', key: item, when: { is: 'present' } });
      await app.world.table.commit({ kind: 'put', table: 'sandbox', item: moved, when: { is: 'absent' } });
    }

  expect((await comesBack(lost)).made).toEqual([early.id, late.id]);
});

it('a line that cannot be recovered is left to a person, and keeps nothing back of the others', async () => {
  const { from, restore } = moment([...FAMILY, 'idempotency']);
  const disputed = await pay({ payment_method: 'pm_card_createDispute' });
  const paid = await pay();
  await app.settleDown();
  await restore();
  const { payments } = app.world;
  const inAnotherCurrency = (one: Listed): Listed =>
    one.about !== 'charge'
      ? one
      : { ...one, disputes: one.disputes.map((each) => ({ ...each, dispute: { ...each.dispute, currency: 'eur' } })) };
  const channel: PaymentsDeps['channel'] = (name) => {
    const own = payments.channel(name) as CardChannel;
    const list: NonNullable<CardChannel['listing']>['list'] = async (request) => {
      const page = await own.listing!.list(request);
      return page && { ...page, listed: page.listed.map(inAnotherCurrency) };
    };
    return { ...own, listing: { ...own.listing!, list } };
  };
  const command = { command: 'recover', merchant: app.merchant.merchant, mode: 'test', from };

  const step = await recoverStep({ ...payments, channel }, command);

  expect(step).toMatchObject({
    made: [paid.id],
    unbooked: [expect.stringMatching(new RegExp(`${disputed.id.slice(3)}1: dispute .* is over 5000 eur`))],
  });
});
