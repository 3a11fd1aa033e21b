/** A settlement that a restore cuts through is made again under the bank reference of its period: the bank pays once (I10). */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { auditAll } from '../../bin/local/operator.ts';
import { carryOutAudit } from '../../functions/operator/auditor.ts';
import { runStep, type SettlementState } from '../../functions/settlement/step.ts';
import { type Recovering, recoveringOf } from '../scenarios/restore-and-recover.ts';
import { type App, scopeOfApp, startApp } from '../world/app.ts';

let app: App;
let { moment, recoverAll, repairAll, books, pay } = {} as Recovering;
beforeEach(async () => {
  app = await startApp();
  ({ moment, recoverAll, repairAll, books, pay } = recoveringOf(app));
});
afterEach(async () => {
  vi.useRealTimers();
  await app.stop();
});

const STEPS = ['seal', 'settle', 'report', 'pay'] as const;
type Step = (typeof STEPS)[number];

/** The day that ends at `throughMs`: as far as `last`, or until the bank has paid. */
async function settle(throughMs: number, last?: Step): Promise<SettlementState['status']> {
  await app.settleDown();
  const { world } = app;
  const deps = { ...world.settlement, clock: { ...world.clock, nowMs: () => world.clock.nowMs() + 10_000 } };
  let state: SettlementState = {
    scope: scopeOfApp(app),
    date: '2027-01-14',
    throughMs,
    force: true,
    status: 'waiting',
  };
  for (const step of STEPS) {
    state = await runStep(deps, step, state);
    if (step === last) return state.status;
  }
  for (let look = 0; look < 20 && state.status !== 'done'; look++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await app.settleDown();
    state = await runStep(deps, 'pay', state);
  }
  return state.status;
}

const paidByBank = (): number => app.world.table.items('sandbox').filter(({ pk }) => pk.startsWith('o#')).length;
const payouts = async () => (await app.stripe.payouts.list()).data.map(({ status, amount }) => [status, amount]);

async function differences(): Promise<readonly string[]> {
  const { table, clock, payments, settlement } = app.world;
  const { files, bank } = settlement;
  const deps = { table, clock, files, bank, channel: payments.channel, settings: payments.settings };
  const auditor = async <T>(command: string, args: object = {}): Promise<T> =>
    (await carryOutAudit(deps, { ...args, command })) as T;
  return (await auditAll(auditor, { settling: 0 })).flatMap((audit) => audit.differences);
}

async function aDay(): Promise<number> {
  const paid = await pay();
  await app.stripe.refunds.create({ payment_intent: paid.id, amount: 100 });
  await pay({ payment_method: 'pm_card_createDispute', amount: 900 });
  await app.settleDown();
  return app.world.clock.nowMs() + 2_000;
}

it.each([undefined, ...STEPS])('a moment after the step %s: one payout, the same books', async (step) => {
  const throughMs = await aDay();
  if (step) await settle(throughMs, step);
  const { from, restore } = moment();
  expect(await settle(throughMs)).toBe('done');
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 3_000);
  const since = await pay();
  await app.settleDown();
  const [booksWere, payoutsWere] = [await books(), await payouts()];
  expect([paidByBank(), payoutsWere]).toEqual([1, [['paid', 3_169]]]);
  await restore();
  expect((await recoverAll(from)).made).toContain(since.id);
  await repairAll();

  expect(await settle(throughMs)).toBe('done');

  await app.settleDown();
  expect([paidByBank(), await payouts()]).toEqual([1, payoutsWere]);
  expect(await books()).toEqual(booksWere);
  expect(await differences()).toEqual([]);
});

it('of another amount than the bank paid, the payout waits for a person', async () => {
  const throughMs = await aDay();
  const { restore } = moment();
  expect(await settle(throughMs)).toBe('done');
  await restore();
  // A payment that the first settlement did not have.
  await pay({ amount: 700 });

  await settle(throughMs);

  await app.settleDown();
  expect(paidByBank()).toBe(1);
  expect(await payouts()).toEqual([['pending', expect.any(Number)]]);
});
