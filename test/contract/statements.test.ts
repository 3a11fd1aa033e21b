/** The sandbox's own statement, fetched over HTTP and booked: what it kept and paid agrees with the records, whatever happened on the day. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../functions/merchants/store.ts';
import { balancesOf } from '../audit/facts.ts';
import { recordsOf } from '../audit/records.ts';
import { type App, startApp } from '../world/app.ts';
import { scopeOf } from '../world/world.ts';

let app: App;
let stripe: Stripe;
beforeAll(async () => {
  app = await startApp();
  stripe = app.client();
});
afterAll(() => app.stop());

const DAY_MS = 86_400_000;

/** Moves the clock to six in the morning of the next day (UTC), which no test ends. The day. */
function nextMorning(): string {
  const nowMs = app.world.clock.nowMs();
  app.later(DAY_MS - (nowMs % DAY_MS) + DAY_MS / 4);
  return new Date(app.world.clock.nowMs()).toISOString().slice(0, 10);
}

async function ofAccount() {
  const { accounts } = await loadSettings(app.world.table, scopeOf(app.world.table, app.merchant));
  return { merchant: app.merchant.merchant, mode: 'test', ...accounts[0]! };
}

/** Fetches the statement of the day and books it. */
async function book(date: string): Promise<Record<string, unknown>> {
  const of = await ofAccount();
  const stored = await app.world.treasury({ command: 'fetch-statement', ...of, date });
  return app.world.treasury({ command: 'book-statement', ...of, ...stored });
}

const books = (): Record<string, bigint> =>
  Object.fromEntries(
    [...balancesOf(recordsOf(app.world).journal.map(({ entry }) => entry))].filter(([name]) =>
      /assets:|expense:|suspense|fx:/.test(name),
    ),
  );
const pay = (amount: number, payment_method = 'pm_card_visa', more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount,
    currency: 'usd',
    confirm: true,
    payment_method,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    ...more,
  });

describe('the statement of a day of the sandbox', () => {
  it('is booked: nothing is left of what the sandbox owed, but for what it still holds in dispute', async () => {
    const date = nextMorning();
    const paid = await pay(10_000);
    await pay(2_050, 'pm_card_mastercard', { currency: 'eur' });
    await pay(1_999, 'pm_card_chargeDeclined').catch(() => {});
    const held = await pay(6_000, 'pm_card_visa', { capture_method: 'manual' });
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 4_000 });
    const canceled = await pay(700, 'pm_card_visa', { capture_method: 'manual' });
    await stripe.paymentIntents.cancel(canceled.id);
    await stripe.refunds.create({ payment_intent: paid.id, amount: 1_500 });
    const disputed = await pay(3_000, 'pm_card_createDispute');
    await app.settleDown();
    await stripe.disputes.update((await stripe.disputes.list({ payment_intent: disputed.id })).data[0]!.id, {
      evidence: { uncategorized_text: 'winning_evidence' },
    });
    await pay(5_000, 'pm_card_createDisputeProductNotReceived');
    await app.settleDown();
    app.later(DAY_MS);
    await app.settleDown();

    const booked = await book(date);

    expect(booked).toMatchObject({ status: 'booked', lines: { suspended: 0, known: 0 } });
    // Fees of 1.45 % of 22000 and of 2050. The sandbox rounds each line half up, which is one minor unit more.
    expect(books()).toEqual({
      'eur assets:bank': 2_020n,
      'eur expense:channel_cost': 30n,
      'usd assets:bank': 22_000n - 1_500n - 5_000n - 3_000n - 320n,
      'usd assets:dispute_recv:sandbox': 5_000n,
      'usd expense:channel_cost': 319n,
      'usd expense:dispute_cost': 3_000n,
      'usd expense:recon_rounding': 1n,
    });
    expect(await book(date)).toEqual(booked);
  });

  it('that is not over has its lines so far; the whole one brings the others', async () => {
    const date = nextMorning();
    const before = books();
    await pay(1_000);
    await app.settleDown();
    expect(await book(date)).toMatchObject({ lines: { total: 1, booked: 1 } });
    await pay(2_000);
    await app.settleDown();
    app.later(DAY_MS);

    expect(await book(date)).toMatchObject({ lines: { total: 3, booked: 2, known: 1 } });
    expect(books()['usd assets:bank']).toBe(before['usd assets:bank']! + 3_000n - 15n - 29n);
    expect(books()['usd assets:channel:sandbox']).toBeUndefined();
  });

  it('is refused for a day that is none, an account of another merchant, and a channel without statements', async () => {
    const of = await ofAccount();
    const ask = (changes: object) =>
      app.world.treasury({ command: 'fetch-statement', ...of, date: '2027-01-01', ...changes });
    await expect(ask({ date: '2027-02-31' })).rejects.toThrow(/^statement: the sandbox gave no statement: .*malformed/);
    await expect(ask({ account: 'sbaX' })).rejects.toThrow(/account: sandbox\/sbaX is no account of this merchant/);
    await expect(ask({ channel: 'nobank' })).rejects.toThrow(/statements of nobank are not fetched/);
    await expect(ask({ channel: '../x' })).rejects.toThrow(/channel: letters, digits/);
    await expect(ask({ merchant: 'acct_1' })).rejects.toThrow(/merchant: acct_1 has no test mode/);
    await expect(
      app.world.treasury({ command: 'book-statement', ...of, channel: 'x', sha256: 'a'.repeat(64), parts: 1 }),
    ).rejects.toThrow(/channel: x has no statements/);
    await expect(
      app.world.treasury({ command: 'book-statement', ...of, sha256: 'a'.repeat(64), parts: 1 }),
    ).rejects.toThrow(/statement: part 1 .* is not stored/);
  });
});
