/** Payouts that a merchant asks for, through the SDK; the sandbox's bank pays them over HTTP. */
import Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeAvailable } from '../scenarios/available-funds.ts';
import { contractApp } from '../world/contract-app.ts';
import { scopeOf } from '../world/world.ts';

let stripe: Stripe;
const app = await contractApp();
// A merchant per test, with 96.80 in available.
beforeEach(async () => {
  const made = await app.newMerchant();
  stripe = app.client({ key: made.test.secretKey });
  await stripe.paymentIntents.create({
    amount: 10_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
  });
  await app.settleDown();
  await makeAvailable(app.world, scopeOf(app.world.table, made));
  // The period that was sealed ends in some milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 20));
});

const ask = (more: Partial<Stripe.PayoutCreateParams> = {}, options?: Stripe.RequestOptions) =>
  stripe.payouts.create({ amount: 4_000, currency: 'usd', ...more }, options);
const available = async () => (await stripe.balance.retrieve()).available[0]!.amount;
const events = async (type: string) => {
  await app.settleDown();
  return (await stripe.events.list({ type, limit: 100 })).data.reverse();
};
/** The janitor's looks of the next minutes. */
async function paidOut(id: string): Promise<Stripe.Payout> {
  for (let look = 1; look <= 40; look++) {
    await app.settleDown();
    await app.world.janitor(app.world.clock.nowMs() + look * 120_000);
    await app.settleDown();
    const payout = await stripe.payouts.retrieve(id);
    if (payout.status !== 'pending' && payout.status !== 'in_transit') return payout;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the bank never answered');
}

describe('create', () => {
  it('takes the money from available, shows the requested values, and is paid', async () => {
    const payout = await ask({
      description: 'Rent',
      statement_descriptor: 'ACME RENT',
      metadata: { month: '7' },
      method: 'standard',
      source_type: 'card',
    });

    expect(payout).toMatchObject({
      object: 'payout',
      amount: 4_000,
      currency: 'usd',
      status: 'pending',
      automatic: false,
      description: 'Rent',
      statement_descriptor: 'ACME RENT',
      metadata: { month: '7' },
      method: 'standard',
      type: 'bank_account',
      source_type: 'card',
      reconciliation_status: 'not_applicable',
      failure_balance_transaction: null,
    });
    expect(await available()).toBe(5_680);
    expect(await stripe.balanceTransactions.retrieve(payout.balance_transaction as string)).toMatchObject({
      type: 'payout',
      reporting_category: 'payout',
      amount: -4_000,
      net: -4_000,
      status: 'available',
      source: payout.id,
    });
    expect(await paidOut(payout.id)).toMatchObject({ status: 'paid', trace_id: { status: 'supported' } });
    const told = await events('payout.*');
    expect(told.map(({ type }) => type)).toEqual([
      'payout.created',
      ...told.slice(1, -1).map(() => 'payout.updated'),
      'payout.paid',
    ]);
    expect(told.at(-2)!.data.previous_attributes).toMatchObject({ trace_id: null });
    expect(told[0]!.request!.id).toMatch(/^req_/);
  });

  it('is made once under one key', async () => {
    const first = await ask({}, { idempotencyKey: 'once' });
    const again = await ask({}, { idempotencyKey: 'once' });

    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(await available()).toBe(5_680);
  });

  it('expands its balance transaction', async () => {
    const payout = await ask({ expand: ['balance_transaction'] });

    expect(payout.balance_transaction).toMatchObject({ object: 'balance_transaction', amount: -4_000 });
  });

  it('of more than is available is refused (balance_insufficient)', async () => {
    await expect(ask({ amount: 9_681 })).rejects.toMatchObject({ statusCode: 400, code: 'balance_insufficient' });
    await expect(ask({ currency: 'eur' })).rejects.toMatchObject({ code: 'balance_insufficient' });
    await expect(ask({ amount: 9_681 })).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(await available()).toBe(9_680);
    expect((await ask({ amount: 9_680 })).amount).toBe(9_680);
  });

  it('of less than the least payout of its currency is refused (amount_too_small)', async () => {
    await expect(ask({ amount: 99 })).rejects.toMatchObject({ code: 'amount_too_small', param: 'amount' });
    expect((await ask({ amount: 100 })).amount).toBe(100);
  });

  it.each([
    [{ amount: 0 }, 'amount'],
    [{ amount: 1_001, currency: 'kwd' }, 'amount'],
    [{ currency: 'zzz' }, 'currency'],
    [{ method: 'instant' }, 'method'],
    [{ source_type: 'fpx' }, 'source_type'],
    [{ payout_method: 'fa_1' }, 'payout_method'],
    [{ statement_descriptor: 'x'.repeat(23) }, 'statement_descriptor'],
    [{ destination: 'ba_nobody' }, 'destination'],
  ] as const)('refuses %j', async (more, param) => {
    await expect(ask(more)).rejects.toMatchObject({ statusCode: 400, param });
    expect(await available()).toBe(9_680);
  });

  it('takes the merchant’s own bank account for its destination', async () => {
    const { destination } = await ask();

    expect(await ask({ destination: destination as string })).toMatchObject({ destination });
  });
});

describe('cancel', () => {
  it('gives the money back, and says by which balance transaction', async () => {
    const { id } = await ask();
    const payout = await stripe.payouts.cancel(id);

    expect(payout).toMatchObject({ id, status: 'canceled', failure_code: null });
    const told = await events('payout.*');
    expect(told.map(({ type }) => type)).toEqual(['payout.created', 'payout.updated', 'payout.canceled']);
    expect(told[1]!.data.previous_attributes).toEqual({ status: 'pending', failure_balance_transaction: null });
    expect(told[2]!.data.previous_attributes).toBeUndefined();
    expect(await available()).toBe(9_680);
    const expanded = await stripe.payouts.retrieve(id, { expand: ['failure_balance_transaction'] });
    expect(expanded.failure_balance_transaction).toMatchObject({ type: 'payout_cancel', amount: 4_000 });
  });

  it('is refused once it is canceled, ordered or paid', async () => {
    const { id } = await ask();
    await stripe.payouts.cancel(id);
    await expect(stripe.payouts.cancel(id)).rejects.toThrow('status of canceled');
    const paid = await ask();
    await paidOut(paid.id);

    await expect(stripe.payouts.cancel(paid.id)).rejects.toMatchObject({ statusCode: 400 });
    await expect(stripe.payouts.cancel('po_nothing')).rejects.toMatchObject({ statusCode: 404 });
    expect(await available()).toBe(5_680);
  });
});

describe('update', () => {
  it('changes metadata, at any time, and announces what changed', async () => {
    const { id } = await ask({ metadata: { month: '7', by: 'a' } });
    await stripe.payouts.cancel(id);
    const payout = await stripe.payouts.update(id, { metadata: { by: '', paid: 'no' } });

    expect(payout.metadata).toEqual({ month: '7', paid: 'no' });
    const told = await events('payout.updated');
    expect(told.at(-1)!.data.previous_attributes).toEqual({ metadata: { by: 'a', paid: null } });
    await stripe.payouts.update(id, { metadata: { paid: 'no' } });
    expect(await events('payout.updated')).toHaveLength(told.length);
    // The entry that gave the money back keeps its name.
    const { failure_balance_transaction: back } = await stripe.payouts.retrieve(id);
    expect((await stripe.balanceTransactions.retrieve(back as string)).type).toBe('payout_cancel');
  });

  it('refuses anything else', async () => {
    const { id } = await ask();

    await expect(stripe.payouts.update(id, { amount: 1 } as never)).rejects.toMatchObject({
      code: 'parameter_unknown',
    });
    await expect(stripe.payouts.update('po_nothing', {})).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('list', () => {
  it('filters by status, destination, arrival_date and created', async () => {
    const first = await ask();
    const second = await ask();
    await stripe.payouts.cancel(second.id);
    const ids = async (params: Stripe.PayoutListParams) => (await stripe.payouts.list(params)).data.map(({ id }) => id);

    expect(await ids({})).toEqual([second.id, first.id]);
    expect(await ids({ status: 'canceled' })).toEqual([second.id]);
    expect(await ids({ status: 'pending' })).toEqual([first.id]);
    expect(await ids({ destination: first.destination as string })).toHaveLength(2);
    expect(await ids({ destination: 'ba_other' })).toEqual([]);
    expect(await ids({ arrival_date: first.arrival_date })).toHaveLength(2);
    expect(await ids({ arrival_date: { lt: first.arrival_date } })).toEqual([]);
    expect(await ids({ created: { gte: first.created }, ending_before: first.id })).toEqual([second.id]);
  });

  it('has no report for what no settlement paid out', async () => {
    const { id } = await ask();

    await expect(stripe.rawRequest('GET', `/v1/payouts/${id}/report`)).rejects.toMatchObject({ statusCode: 404 });
  });
});

it('is not there for another merchant', async () => {
  const { id } = await ask();
  const stranger = app.client({ key: (await app.newMerchant()).test.secretKey });

  for (const call of ['retrieve', 'update', 'cancel'] as const)
    await expect(stranger.payouts[call](id, {})).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
  expect((await stranger.payouts.list()).data).toEqual([]);
  expect((await stripe.payouts.retrieve(id)).status).toBe('pending');
});

it('leaves no failure behind', () => {
  expect(app.world.failures).toEqual([]);
});
