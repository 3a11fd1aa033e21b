/** A settlement from its cut-off to the bank, when steps fail, executions break off and overlap, and banks take their time (I9, I10). */
import { describe, expect, it } from 'vitest';
import { CACHE_MS } from '../../../functions/kernel/remembered.ts';
import { changeSettings } from '../../../functions/operator/settings.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { PAID } from '../../simulators/bank.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
/** 10,000 less 2.9 % and 30. */
const NET = 9_680n;

async function paid(count = 1, sim?: Simulation): Promise<Simulation> {
  const made = sim ?? (await simulate());
  for (let n = 0; n < count; n++)
    await made.request('POST', '/v1/payment_intents', pay, `${made.world.clock.nowMs()} ${n}`);
  await made.world.runQueues();
  made.move(1_000);
  return made;
}

/** The operator enters another bank account. */
async function changeBank(sim: Simulation): Promise<void> {
  const { table, payments } = sim.world;
  await changeSettings({ table, clock: sim.world.clock, random: payments.random }, sim.scope, { bankLast4: '4321' });
  sim.move(CACHE_MS + 1);
}

const payouts = (sim: Simulation): readonly string[] =>
  sim.world.table
    .items('payments')
    .filter(({ kind }) => kind === 'payout')
    .map(({ status }) => String(status))
    .sort();
const ordered = (sim: Simulation): readonly bigint[] => [...sim.bank.orders.values()].map(({ order }) => order.amount);
const reports = (sim: Simulation): number =>
  [...sim.world.files.keys()].filter((key) => key.startsWith('reports/')).length;
const state = (sim: Simulation, changes: Partial<SettlementState> = {}): SettlementState => ({
  scope: sim.scope,
  date: '2027-01-15',
  throughMs: sim.world.clock.nowMs(),
  force: true,
  status: 'waiting',
  ...changes,
});

describe('an execution', () => {
  it('that is held up by a table that is down for two minutes carries on by itself', async () => {
    const sim = await paid();
    const upMs = sim.world.clock.nowMs() + 120_000;
    sim.world.table.onCall = ({ writes }) => {
      if (writes.some(({ table }) => table === 'ledger') && sim.world.clock.nowMs() < upMs) throw new Error('down');
    };

    const end = await sim.settle();

    expect(end.status).toBe('done');
    expect(ordered(sim)).toEqual([NET]);
  });

  it('waits for an entry that is on its way ever longer, and within its events for a week', async () => {
    const sim = await simulate();
    await sim.request('POST', '/v1/payment_intents', pay, 'one');
    sim.move(6_000);
    const waits: number[] = [];
    let current = state(sim, { throughMs: sim.world.clock.nowMs() - 5_001 });
    for (let look = 0; look < 12; look++) {
      current = await runStep(sim.world.settlement, 'seal', current);
      waits.push(current.waitSeconds!);
    }

    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  it('asks a bank that takes days, a payout that is a week old at most every hour', async () => {
    const sim = await paid();
    sim.bank.answer = { kind: 'pending' };
    let current = state(sim);
    sim.move(6_000);
    for (const step of ['seal', 'settle', 'report', 'pay'] as const)
      current = await runStep(sim.world.settlement, step, current);
    expect(current).toMatchObject({ status: 'paying', waitSeconds: 2 });
    sim.move(7 * 24 * 3_600_000);
    current = await runStep(sim.world.settlement, 'pay', current);
    expect(current).toMatchObject({ status: 'paying', waitSeconds: 3_600 });

    sim.bank.decide(PAID);
    current = await runStep(sim.world.settlement, 'pay', current);

    expect(current.status).toBe('done');
    expect(payouts(sim)).toEqual(['paid']);
  });
});

describe('a payout', () => {
  it('that its own execution never ordered is ordered by the next one', async () => {
    const sim = await paid();
    let current = state(sim);
    sim.move(6_000);
    for (const step of ['seal', 'settle', 'report'] as const)
      current = await runStep(sim.world.settlement, step, current);
    expect(payouts(sim)).toEqual(['pending']);

    await paid(1, sim);
    await sim.settle();
    await sim.world.runQueues();

    expect(payouts(sim)).toEqual(['paid', 'paid']);
    expect(ordered(sim)).toEqual([NET, NET]);
    expect(await audit(sim)).toEqual([]);
  });

  it('that the bank sends back is in available again, and goes out with the next batch', async () => {
    const sim = await paid();
    sim.bank.answer = { kind: 'failed', code: 'account_closed' };
    await sim.settle();
    await sim.world.runQueues();
    expect(payouts(sim)).toEqual(['failed']);
    sim.bank.answer = PAID;
    await changeBank(sim);

    await paid(1, sim);
    await sim.settle();
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual([NET, 2n * NET]);
    expect(await audit(sim)).toEqual([]);
  });

  it('whose order has no answer is queried and ordered once', async () => {
    const sim = await paid();
    sim.onBank = async (name, _reference, when) => {
      if (name !== 'pay' || when !== 'after') return;
      sim.onBank = undefined;
      throw new Error('no answer');
    };

    await sim.settle();
    await sim.world.runQueues();

    expect(payouts(sim)).toEqual(['paid']);
    expect(ordered(sim)).toEqual([NET]);
  });
});

describe('two executions', () => {
  it('for one day, step by step side by side, settle once', async () => {
    const sim = await paid(2);
    const first = state(sim);
    sim.move(6_000);
    let both = [first, { ...first }];
    for (const step of ['seal', 'settle', 'report', 'pay'] as const)
      both = await Promise.all(both.map((one) => runStep(sim.world.settlement, step, one)));
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual([2n * NET]);
    expect(payouts(sim)).toEqual(['paid']);
    expect(await audit(sim)).toEqual([]);
  });

  it('for two days: the second seals while the first has not reported, and both reports are written', async () => {
    const sim = await paid();
    let first = state(sim);
    sim.move(6_000);
    for (const step of ['seal', 'settle'] as const) first = await runStep(sim.world.settlement, step, first);
    await paid(1, sim);
    let second = state(sim);
    sim.move(6_000);
    for (const step of ['seal', 'settle'] as const) second = await runStep(sim.world.settlement, step, second);

    for (const step of ['report', 'pay'] as const) {
      first = await runStep(sim.world.settlement, step, first);
      second = await runStep(sim.world.settlement, step, second);
    }
    await sim.world.runQueues();

    expect(first.payouts).toHaveLength(1);
    expect(second.payouts).toHaveLength(1);
    expect(reports(sim)).toBe(4);
    expect(payouts(sim)).toEqual(['paid', 'paid']);
  });

  it('the earlier one seals and settles just before the later one would seal: nothing is settled twice', async () => {
    const sim = await paid();
    let first = state(sim);
    await paid(1, sim);
    const second = state(sim);
    sim.move(6_000);
    sim.world.table.onCall = async ({ writes, when }) => {
      if (when !== 'before' || !writes.some((write) => write.kind === 'put' && write.item.sk === '#period')) return;
      sim.world.table.onCall = undefined;
      for (const step of ['seal', 'settle'] as const) first = await runStep(sim.world.settlement, step, first);
    };

    expect((await runStep(sim.world.settlement, 'seal', second)).status).toBe('waiting');
    await sim.settle();
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual([NET, NET]);
    expect(await audit(sim)).toEqual([]);
  });

  it('the later one finds the earlier one’s period sealed and not settled: it settles that first, then its own', async () => {
    const sim = await paid();
    const first = state(sim);
    sim.move(6_000);
    await runStep(sim.world.settlement, 'seal', first);
    await paid(1, sim);

    const end = await sim.settle();
    await sim.world.runQueues();

    expect(end.payouts).toHaveLength(2);
    expect(ordered(sim)).toEqual([NET, NET]);
    expect(reports(sim)).toBe(4);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a net below the least payout', () => {
  it.each([
    [9_680n, [9_680n]],
    [9_681n, []],
  ])('of 96.80, with a least payout of %s', async (minimumPayout, paidOut) => {
    const sim = await simulate();
    await sim.agree({ minimumPayouts: { usd: minimumPayout } });
    await paid(1, sim);
    await sim.settle();
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual(paidOut);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a net that the bank cannot move exactly', () => {
  it('is paid out up to the currency’s payout step; the rest goes out with a later batch', async () => {
    const sim = await simulate();
    await sim.agree({ fees: { feeBps: 290, fixed: 0n, fixedIn: { huf: 0n }, reserveBps: 0, version: 2 } });
    const inHuf = { ...pay, amount: '20015', currency: 'huf' };
    const available = (): unknown =>
      sim.world.table.items('ledger').find(({ pk, sk }) => pk.endsWith('#b') && sk === 'huf')?.available;
    // 20,015 less 2.9 %, 580.435: 19,435 each.
    for (const [key, paidOut, carried] of [
      ['one', [19_400n], 35n],
      ['two', [19_400n, 19_400n], 70n],
      ['three', [19_400n, 19_400n, 19_500n], 5n],
    ] as const) {
      await sim.request('POST', '/v1/payment_intents', inHuf, key);
      await sim.world.runQueues();
      sim.move(1_000);
      await sim.settle();
      await sim.world.runQueues();

      expect(ordered(sim)).toEqual(paidOut);
      expect(available()).toBe(carried);
    }
    expect(payouts(sim)).toEqual(['paid', 'paid', 'paid']);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a negative net', () => {
  it('is carried forward, and the next batch pays the rest', async () => {
    const sim = await paid();
    await sim.settle();
    const { body } = await sim.request('POST', '/v1/payment_intents', { ...pay, amount: '1000' }, 'small');
    await sim.request('POST', '/v1/refunds', { payment_intent: String(body.id) }, 'back');
    await sim.world.runQueues();
    sim.move(1_000);
    await sim.settle();
    await sim.world.runQueues();
    const carried = sim.world.table.items('ledger').find(({ pk, sk }) => pk.endsWith('#b') && sk === 'usd');
    // The fee of a payment that was given back whole: 2.9 % of 1,000 and 30.
    expect(carried?.available).toBe(-59n);

    await paid(1, sim);
    await sim.settle();
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual([NET, NET - 59n]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a batch', () => {
  it('and a refund that takes from available at the same moment: each counts with what the other left', async () => {
    const sim = await paid();
    sim.bank.answer = { kind: 'failed', code: 'account_closed' };
    await sim.settle();
    await sim.world.runQueues();
    const [first] = recordsOf(sim.world).payments;
    await changeBank(sim);
    await paid(1, sim);
    sim.bank.answer = PAID;
    sim.world.table.onCall = async ({ writes, when }) => {
      if (when !== 'before' || !writes.some((write) => write.kind === 'put' && write.item.pk.endsWith('#batch')))
        return;
      sim.world.table.onCall = undefined;
      const params = { payment_intent: `pi_${first!.body}`, amount: '4000' };
      expect((await sim.request('POST', '/v1/refunds', params, 'at once')).status).toBe(200);
    };

    await sim.settle();
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual([NET, 2n * NET - 4_000n]);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a seal', () => {
  it('and a payment captured in its very last millisecond, and in the next', async () => {
    const sim = await simulate();
    const throughMs = sim.world.clock.nowMs() + 1;
    await sim.request('POST', '/v1/payment_intents', pay, 'in');
    sim.move(1);
    await sim.request('POST', '/v1/payment_intents', pay, 'out');
    await sim.settle(throughMs);
    await sim.world.runQueues();

    expect(ordered(sim)).toEqual([NET]);
    expect(endState(sim).payments).toHaveLength(2);
    expect(await audit(sim)).toEqual([]);
  });

  it('leaves a refund of a sealed payment to available, and one of an open payment to the open period', async () => {
    const sim = await paid();
    sim.bank.answer = { kind: 'failed', code: 'account_closed' };
    await sim.settle();
    await sim.world.runQueues();
    const sealed = sim.world.table.items('payments').find(({ kind }) => kind === 'payment')!;
    const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'open');

    await sim.request('POST', '/v1/refunds', { payment_intent: `pi_${sealed.sk}`, amount: '4000' }, 'a');
    await sim.request('POST', '/v1/refunds', { payment_intent: String(body.id), amount: '3000' }, 'b');
    await sim.world.runQueues();

    const requested = endState(sim).entries.filter((text) => text.startsWith('refund_requested'));
    expect(requested).toEqual([
      'refund_requested debit liab:merchant:available 4000 credit liab:refund_clearing:sandbox 4000',
      'refund_requested debit liab:merchant:pending 3000 credit liab:refund_clearing:sandbox 3000',
    ]);
    expect(await audit(sim)).toEqual([]);
  });
});
