/** A stack that holds data of version 0.1: every object is read, its journal is complete, and every operation goes on from it. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditAll } from '../../bin/local/operator.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import { carryOutAudit } from '../../functions/operator/auditor.ts';
import { type RepairStep, repair } from '../../functions/operator/repair.ts';
import { changeOf } from '../../functions/stream/change.ts';
import { type Change, kindOf } from '../../functions/stream/kinds.ts';
import { everyEntryOf } from '../../functions/stream/posting.ts';
import { recordsOf } from '../audit/records.ts';
import { settle } from '../scenarios/available-funds.ts';
import { type App, startApp } from '../world/app.ts';
import { storedBy01 } from '../world/release-01.ts';
import { thrown } from '../world/sdk-errors.ts';
import { scopeOf } from '../world/world.ts';

let app: App;
let stripe: Stripe;
let scope: Scope;
beforeAll(async () => {
  app = await startApp(storedBy01());
  stripe = app.stripe;
  scope = scopeOf(app.world.table, app.merchant);
});
afterAll(() => app.stop());

/** What is stored, as this release reads it. */
const changes = (): readonly Change[] =>
  app.world.table.items('payments').flatMap((item) => {
    const change = changeOf(undefined, item);
    return change ? [change] : [];
  });

/** What repair finds missing among the objects of these days. */
async function missing(dryRun: boolean): Promise<Record<string, unknown>> {
  const { table, clock, payments } = app.world;
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const request = { from: day(clock.nowMs() - 86_400_000), to: day(clock.nowMs()), dryRun };
  const settings = await payments.settings(scope);
  const sums = new Map<string, number>();
  let step: RepairStep | undefined;
  do {
    const cursor = step?.cursor;
    step = await repair({ table, clock, random: payments.random }, scope, settings, {
      ...request,
      ...(cursor !== undefined && { cursor }),
    });
    const { audit: _, cursor: __, ...counts } = step;
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
  } while (step.cursor !== undefined);
  return { ...Object.fromEntries(sums), audit: step.audit };
}

/** Differences that the audit finds between records, journal, balances and batches. */
async function differences(): Promise<readonly string[]> {
  const { table, payments, settlement } = app.world;
  const { files, settings, bank } = settlement;
  const clock = { ...app.world.clock, nowMs: () => app.world.clock.nowMs() + 60_000 };
  const deps = { table, clock, files, settings, bank, channel: payments.channel };
  const auditor = async <T>(command: string, args: object = {}): Promise<T> =>
    (await carryOutAudit(deps, { ...args, command })) as T;
  const audits = await auditAll(auditor, { merchant: app.merchant.merchant, settling: 0 });
  const found = audits.flatMap(({ differences: all }) => all);
  // The sandbox of 0.1 kept no record of its disputes, and learned some payments only through this test's callbacks.
  return found.filter((line) => !/^(missing_at_channel|channel_state_differs) /.test(line));
}

const intents = (status: string): readonly string[] =>
  recordsOf(app.world)
    .payments.filter(
      ({ status: is, direct, pending, session, refusedOperation }) =>
        is === status && !direct && !pending && !session && !refusedOperation,
    )
    .map(({ body }) => `pi_${body}`);

describe('what version 0.1 stored', () => {
  it('has every kind of object, in every state', () => {
    const { payments, refunds, disputes, payouts, setups } = recordsOf(app.world);
    const states = (of: readonly { readonly status: string }[]): readonly string[] =>
      [...new Set(of.map(({ status }) => status))].sort();

    expect([...new Set(changes().map(({ kind }) => kind))].sort()).toEqual([
      'checkout_session',
      'customer',
      'dispute',
      'method',
      'payment',
      'payout',
      'refund',
      'setup',
    ]);
    expect(states(payments)).toEqual([
      'canceled',
      'processing',
      'requires_action',
      'requires_capture',
      'requires_confirmation',
      'requires_payment_method',
      'succeeded',
    ]);
    expect(states(payments.flatMap(({ attempts }) => attempts))).toEqual([
      'authenticated',
      'authorized',
      'captured',
      'closed',
      'failed',
      'requires_action',
      'sent',
      'voided',
    ]);
    expect(new Set(payments.flatMap(({ pending }) => pending?.kind ?? []))).toEqual(
      new Set(['capture', 'increment', 'void']),
    );
    expect(states(refunds)).toEqual(['failed', 'pending', 'succeeded']);
    expect(states(disputes)).toEqual([
      'lost',
      'needs_response',
      'under_review',
      'warning_closed',
      'warning_needs_response',
      'won',
    ]);
    expect(states(payouts)).toEqual(['canceled', 'paid', 'pending']);
    expect(states(setups)).toEqual(['canceled', 'requires_action', 'requires_payment_method', 'succeeded']);
    const facts = {
      laterCaptures: payments.some(({ laterCaptures }) => laterCaptures),
      severalAttempts: payments.some(({ attempts }) => attempts.length > 1),
      released: payments.some(({ attempts }) => attempts.some(({ releasedMs }) => releasedMs)),
      increments: payments.some(({ attempts }) => attempts.some(({ increments }) => increments)),
      surplus: payments.some(({ attempts }) =>
        attempts.some(({ surplus, status }) => surplus && status === 'captured'),
      ),
      returned: payments.some(({ attempts }) => attempts.some(({ surplus, status }) => surplus && status === 'voided')),
      reserve: payments.some(({ capture }) => capture && capture.reserve > 0n),
      direct: payments.some(({ direct }) => direct),
      fromAvailable: refunds.some(({ fundedBy }) => fundedBy === 'available'),
    };
    expect(Object.entries(facts).filter(([, there]) => !there)).toEqual([]);
  });

  it('is rendered, each object by its kind', () => {
    const rendered = changes().map((change) => {
      const type = change.kind === 'payment' ? 'payment_intent.created' : `${change.kind}.updated`;
      return kindOf(change).object(change.new, type) as { readonly object: string };
    });

    expect(new Set(rendered.map(({ object }) => object))).toEqual(
      new Set([
        'payment_intent',
        'refund',
        'payout',
        'dispute',
        'customer',
        'payment_method',
        'setup_intent',
        'checkout.session',
      ]),
    );
  });

  it('has its journal: the entries of the records are those that 0.1 posted, and repair posts none', async () => {
    const posted = recordsOf(app.world).journal.filter(({ entry }) => !entry.type.endsWith('released'));
    const wanted = changes().flatMap((change) => everyEntryOf(change));

    expect(wanted).toHaveLength(posted.length);
    const found = await missing(true);
    // Version 0.1 announced nothing of unapplied money: three commits, and the charges of two of them that are not listed.
    expect(found).toMatchObject({ entries: 0, events: 5, tokens: 0, reviews: 0, unread: 0 });
    expect(found.audit).toMatchObject({ balanced: true, differences: [], orphans: [] });
    expect(await differences()).toEqual([]);
  });

  it('is listed and searched', async () => {
    const { payments } = recordsOf(app.world);
    const ids: string[] = [];
    for await (const { id } of stripe.paymentIntents.list({ limit: 100 })) ids.push(id);
    expect(ids.sort()).toEqual(
      payments
        .filter(({ direct }) => !direct)
        .map(({ body }) => `pi_${body}`)
        .sort(),
    );
    for (const list of [
      stripe.charges,
      stripe.refunds,
      stripe.disputes,
      stripe.payouts,
      stripe.events,
      stripe.customers,
    ])
      expect((await list.list({ limit: 100 })).data.length).toBeGreaterThan(0);
    const found = await stripe.paymentIntents.search({ query: "metadata['order']:'6735'" });
    expect(found.data.map(({ metadata }) => metadata.note)).toEqual(['saved card']);
  });

  it('has line items, whose prices and products are retrieved by their ids', async () => {
    const sessions = (await stripe.checkout.sessions.list({ expand: ['data.line_items'] })).data;
    const prices = sessions.flatMap(({ line_items: lines }) => lines?.data.flatMap(({ price }) => price ?? []) ?? []);

    expect(prices.length).toBeGreaterThanOrEqual(4);
    for (const { id, unit_amount: amount, product } of prices) {
      const price = await stripe.prices.retrieve(id, { expand: ['product'] });
      expect(price).toMatchObject({ id, active: false, unit_amount: amount, product: { id: product, active: false } });
      expect(await stripe.products.retrieve(product as string)).toMatchObject({ id: product, object: 'product' });
    }
  });

  it('answers a request that is sent again with the stored reply', async () => {
    const again = await stripe.paymentIntents.create(
      { amount: 2_500, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
      { idempotencyKey: 'last-1' },
    );

    expect(again).toMatchObject({ status: 'succeeded', amount: 2_500 });
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  });
});

describe('operations on what version 0.1 stored', () => {
  it('pay what waits for a payment method or a confirmation', async () => {
    const waiting = [...intents('requires_payment_method'), ...intents('requires_confirmation')];
    expect(waiting.length).toBeGreaterThan(3);
    for (const id of waiting) {
      const paid = await stripe.paymentIntents.confirm(id, {
        payment_method: 'pm_card_visa',
        return_url: 'https://shop.example/',
      });
      expect([id, paid.status]).toEqual([id, paid.capture_method === 'manual' ? 'requires_capture' : 'succeeded']);
    }
  });

  it('charge the saved card of a customer, by a typed number too', async () => {
    const [customer] = (await stripe.customers.list({ email: 'ada@shop.example' })).data;
    const { data: cards } = await stripe.paymentMethods.list({ customer: customer!.id });
    expect(cards.length).toBeGreaterThan(1);
    for (const { id } of cards) {
      const paid = await stripe.paymentIntents.create({
        amount: 1_000,
        currency: 'usd',
        customer: customer!.id,
        payment_method: id,
        off_session: true,
        confirm: true,
      });
      expect([id, paid.status]).toEqual([id, 'succeeded']);
    }
  });

  it('capture a hold, and cancel one', async () => {
    const [canceled, ...captured] = intents('requires_capture');
    expect(captured.length).toBeGreaterThan(2);
    expect((await stripe.paymentIntents.cancel(canceled!)).status).toMatch(/canceled|succeeded/);
    for (const id of captured)
      expect([id, (await stripe.paymentIntents.capture(id)).status]).toEqual([id, 'succeeded']);
  });

  it('resolve what was under way', async () => {
    await app.settleDown();
    for (const minute of [2, 4, 8, 16, 32]) {
      await app.world.janitor(app.world.clock.nowMs() + minute * 60_000);
      await app.settleDown();
    }
    const { payments, refunds } = recordsOf(app.world);

    expect(payments.filter(({ pending }) => pending)).toEqual([]);
    // The sandbox took no such money, and refuses to return it.
    const surplus = payments.flatMap(({ attempts }) =>
      attempts.filter((one) => one.surplus && one.status === 'captured'),
    );
    expect(surplus.map(({ failedReturns }) => failedReturns)).toEqual([[61]]);
    expect(refunds.filter(({ status }) => status === 'pending')).toEqual([]);
  });

  it('refund the rest of a payment', async () => {
    const { payments } = recordsOf(app.world);
    const paid = payments.filter(
      ({ status, disputes, refundCount }) => status === 'succeeded' && !disputes && refundCount > 0,
    );
    let refunds = 0;
    for (const { body, attempts } of paid) {
      const charge = await stripe.charges.retrieve(`ch_${body}${attempts.at(-1)!.ordinal}`).catch(() => undefined);
      if (!charge || charge.amount_captured === charge.amount_refunded) continue;
      const refund = await stripe.refunds.create({ charge: charge.id }).catch((error: Error) => error.message);
      expect([charge.id, refund]).toEqual([charge.id, expect.objectContaining({ object: 'refund' })]);
      refunds += 1;
    }
    expect(refunds).toBeGreaterThan(2);
  });

  it('answer a dispute, and refuse a refund of what is disputed', async () => {
    const open = recordsOf(app.world).disputes.filter(({ status }) => status === 'needs_response');
    const [answered, refused] = open.map(({ body }) => `du_${body}`);
    const { status } = await stripe.disputes.update(answered!, {
      evidence: { uncategorized_text: 'winning_evidence' },
      submit: true,
    });
    expect(status).toMatch(/under_review|won/);
    const { charge } = await stripe.disputes.retrieve(refused!);
    expect((await thrown(stripe.refunds.create({ charge: charge as string }))).code).toBe('charge_disputed');
  });

  it('settle and pay out the period, and leave books without a difference', async () => {
    await app.settleDown();
    await settle(app, scope);
    await app.settleDown();

    expect(app.world.failures).toEqual([]);
    expect(await missing(true)).toMatchObject({ entries: 0, unread: 0, audit: { balanced: true } });
    expect(await differences()).toEqual([]);
  });
});
