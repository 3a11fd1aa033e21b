/** What falls due when, and that nothing due is left behind: not by a holiday, not by an execution that failed. */
import { describe, expect, it } from 'vitest';
import { dueMs, parseDate } from '../../../functions/kernel/calendar.ts';
import { type Scope, timeText } from '../../../functions/kernel/ids.ts';
import type { FeeTerms } from '../../../functions/kernel/money.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { dueSettlements, latestDue } from '../../../functions/settlement/due.ts';
import { executionName } from '../../../functions/settlement/start.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { pack, unpack } from '../../../functions/table/pack.ts';
import { absent } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HOUR_MS = 3_600_000;
const terms = (changes: Partial<Settings> = {}): Settings =>
  ({ timeZone: 'UTC', payoutDelayDays: 2, defaultCurrency: 'usd', ...changes }) as Settings;
const day = (text: string) => parseDate(text)!;
const at = (text: string): number => Date.parse(text);

describe('a business date', () => {
  it('of a Thursday falls due on Monday at T+2, in the merchant’s own midnight', () => {
    expect(dueMs(day('2026-11-19'), terms())).toBe(at('2026-11-23T00:00:00Z'));
    expect(dueMs(day('2026-11-19'), terms({ timeZone: 'America/New_York' }))).toBe(at('2026-11-23T05:00:00Z'));
  });

  it('falls due when it is over at T+0', () => {
    expect(dueMs(day('2026-11-19'), terms({ payoutDelayDays: 0 }))).toBe(at('2026-11-20T00:00:00Z'));
    expect(latestDue(terms({ payoutDelayDays: 0 }), at('2026-11-20T00:00:00Z'))).toBe('2026-11-19');
    expect(latestDue(terms({ payoutDelayDays: 0 }), at('2026-11-19T23:59:59.999Z'))).toBe('2026-11-18');
  });

  it('falls due at the longest delay too: 30 banking days', () => {
    expect(latestDue(terms({ payoutDelayDays: 30 }), at('2026-12-31T12:00:00Z'))).toBe('2026-11-17');
  });
});

async function due(sim: Simulation, asOfMs: number, settingsOf?: (scope: Scope) => Promise<Settings>) {
  const found: string[] = [];
  const failures: string[] = [];
  const settings = settingsOf ?? ((scope: Scope) => loadSettings(sim.world.table, scope));
  for await (const { input, run } of dueSettlements(sim.world.table, settings, asOfMs, (error) =>
    failures.push(error.message),
  ))
    found.push(executionName(input, run));
  return { found, failures };
}

describe('the rule', () => {
  const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  const MIDNIGHT = at('2027-01-16T00:00:00Z');

  it('starts a day once it is over, under a name of its own, and under another after an hour in which nothing was sealed', async () => {
    const sim = await simulate();
    expect((await due(sim, MIDNIGHT)).found).toEqual([]);
    await sim.request('POST', '/v1/payment_intents', pay, 'one');
    await sim.world.runQueues();

    expect((await due(sim, MIDNIGHT)).found).toEqual([`${sim.scope}-2027-01-15`]);
    expect((await due(sim, MIDNIGHT + HOUR_MS - 1)).found).toEqual([`${sim.scope}-2027-01-15`]);
    expect((await due(sim, MIDNIGHT + HOUR_MS)).found).toEqual([`${sim.scope}-2027-01-15-1`]);
  });

  it('starts nothing for a day that is sealed and settled, and goes on with one that is sealed only', async () => {
    const sim = await simulate();
    await sim.request('POST', '/v1/payment_intents', pay, 'one');
    await sim.world.runQueues();
    sim.move(MIDNIGHT + HOUR_MS - sim.world.clock.nowMs());
    const unsettled = async (): Promise<void> => {
      sim.world.table.onCall = ({ writes }) => {
        if (writes.some((write) => write.kind === 'put' && write.item.pk.endsWith('#batch'))) throw new Error('down');
      };
      await expect(sim.settle(MIDNIGHT - 1)).rejects.toThrow('down');
      sim.world.table.onCall = undefined;
    };
    await unsettled();
    expect((await due(sim, MIDNIGHT + HOUR_MS)).found).toEqual([`${sim.scope}-2027-01-15-1`]);

    await sim.settle(MIDNIGHT - 1);

    expect((await due(sim, MIDNIGHT + HOUR_MS)).found).toEqual([]);
  });

  it('starts the day of all other merchants when the settings of one cannot be read', async () => {
    const sim = await simulate();
    await sim.request('POST', '/v1/payment_intents', pay, 'one');
    await sim.world.runQueues();
    await sim.world.merchant();

    const { found, failures } = await due(sim, MIDNIGHT, async (scope) => {
      if (scope !== sim.scope) throw new Error('unreadable');
      return loadSettings(sim.world.table, scope);
    });

    expect(found).toEqual([`${sim.scope}-2027-01-15`]);
    expect(failures).toEqual(['unreadable']);
  });
});

describe('a currency with banking days of its own', () => {
  // Friday 30 April 2027 at T+2: USD on Tuesday 4 May, JPY behind Golden Week on Friday 7 May.
  const FRIDAY = at('2027-04-30T12:00:00Z');
  const pays = async (sim: Simulation, currency: string, key: string) => {
    const params = { amount: '10000', currency, payment_method: 'pm_card_visa', confirm: 'true' };
    await sim.request('POST', '/v1/payment_intents', params, key);
    await sim.world.runQueues();
    sim.move(1_000);
  };
  /** Runs what the rule starts, each step once. */
  const runRule = async (sim: Simulation, asOfMs: number): Promise<number> => {
    sim.move(asOfMs - sim.world.clock.nowMs());
    let started = 0;
    const settings = (scope: Scope) => loadSettings(sim.world.table, scope);
    const failed = (error: Error) => {
      throw error;
    };
    for await (const { input } of dueSettlements(sim.world.table, settings, asOfMs, failed)) {
      started += 1;
      let state: SettlementState = { ...input, status: 'waiting' };
      for (const step of ['seal', 'settle', 'report', 'pay'] as const)
        state = await runStep(sim.world.settlement, step, state);
    }
    await sim.world.runQueues();
    return started;
  };
  const paidOut = (sim: Simulation) =>
    recordsOf(sim.world)
      .payouts.map(({ currency, amount }) => `${currency} ${amount}`)
      .sort();

  async function friday(terms: Partial<FeeTerms> = {}): Promise<Simulation> {
    const sim = await simulate();
    const { fees } = await sim.world.payments.settings(sim.scope);
    await sim.agree({ payoutDelayDays: 2, fees: { ...fees, ...terms } });
    sim.move(FRIDAY - sim.world.clock.nowMs());
    await pays(sim, 'usd', 'one');
    await pays(sim, 'jpy', 'two');
    return sim;
  }

  it('is paid out on its own day, whatever the others do: its net stays pending, and its report is written', async () => {
    const sim = await friday();
    await runRule(sim, at('2027-05-03T23:00:00Z'));
    expect(paidOut(sim)).toEqual([]);

    expect(await runRule(sim, at('2027-05-04T00:00:00Z'))).toBe(1);
    expect(paidOut(sim)).toEqual(['usd 9680']);
    const { body } = await sim.request('GET', '/v1/balance');
    expect(body.pending).toContainEqual(expect.objectContaining({ currency: 'jpy', amount: 9_670 }));
    expect(await audit(sim)).toEqual([]);
    await runRule(sim, at('2027-05-06T23:00:00Z'));
    expect(paidOut(sim)).toEqual(['usd 9680']);

    expect(await runRule(sim, at('2027-05-07T00:00:00Z'))).toBe(1);
    expect(paidOut(sim)).toEqual(['jpy 9670', 'usd 9680']);
    expect([...sim.world.files.keys()].filter((key) => /^reports.*-jpy\.json$/.test(key))).toHaveLength(1);
    expect(sim.world.table.items('ledger').filter(({ sk }) => sk.startsWith('#deferred'))).toEqual([]);
    await runRule(sim, at('2027-05-07T02:05:00Z'));
    expect(paidOut(sim)).toEqual(['jpy 9670', 'usd 9680']);
    expect(await audit(sim)).toEqual([]);
  });

  it('shows its charges as pending until then, in lists and where they are expanded', async () => {
    const sim = await friday();
    const shown = async (): Promise<readonly unknown[]> => {
      const { body } = await sim.request('GET', '/v1/balance_transactions');
      const listed = body.data as { id: string; type: string; currency: string; status: string; source: string }[];
      return Promise.all(
        listed
          .filter(({ type }) => type === 'charge')
          .sort((a, b) => (a.currency < b.currency ? -1 : 1))
          .map(async ({ id, currency, status, source }) => {
            const alone = await sim.request('GET', `/v1/balance_transactions/${id}`);
            const expand = { 'expand[0]': 'balance_transaction' };
            const charge = await sim.request('POST', `/v1/charges/${source}`, expand);
            const expanded = charge.body.balance_transaction as { status: string };
            return [currency, status, alone.body.status, expanded.status].join(' ');
          }),
      );
    };
    await runRule(sim, at('2027-05-03T23:00:00Z'));
    expect(await shown()).toEqual(['jpy pending pending pending', 'usd pending pending pending']);
    await runRule(sim, at('2027-05-04T00:00:00Z'));
    expect(await shown()).toEqual(['jpy pending pending pending', 'usd available available available']);
    await runRule(sim, at('2027-05-07T00:00:00Z'));
    expect(await shown()).toEqual(['jpy available available available', 'usd available available available']);
  });

  it('is settled once, in its order, when later days come before it is due', async () => {
    const sim = await friday();
    await runRule(sim, at('2027-05-04T00:00:00Z'));
    await pays(sim, 'usd', 'three');
    await pays(sim, 'jpy', 'four');
    await runRule(sim, at('2027-05-06T00:00:00Z'));
    expect(paidOut(sim)).toEqual(['usd 9680', 'usd 9680']);

    // Tuesday 4 May in JPY is due on Friday 7 May as well.
    await runRule(sim, at('2027-05-07T00:00:00Z'));
    await runRule(sim, at('2027-05-07T01:00:00Z'));

    expect(paidOut(sim).filter((payout) => payout.startsWith('jpy'))).toEqual(['jpy 9670', 'jpy 9670']);
    expect(await audit(sim)).toEqual([]);
  });

  it('releases no reserve that a function of 0.1 held back of a later period meanwhile', async () => {
    const sim = await friday({ reserveBps: 1_000, reserveDays: 30 });
    await runRule(sim, at('2027-05-04T00:00:00Z'));
    // What 0.1 writes, as far as holds are made of it: a batch without `withheld`, and the balance.
    const throughMs = at('2027-05-04T00:00:00Z') - 1;
    const { scope } = sim;
    const batch = { scope, currency: 'jpy', throughMs, reserve: 500n };
    const item = { pk: `${scope}#batch`, sk: `${timeText(throughMs)}#jpy`, doc: pack(batch) };
    const balance = { pk: `${scope}#b`, sk: 'jpy', available: 0n, reserve: 500n, v: 1n };
    for (const one of [item, balance])
      await sim.world.table.commit({ kind: 'put', table: 'ledger', item: one, when: absent });

    await runRule(sim, at('2027-05-07T00:00:00Z'));

    const holds = sim.world.table.items('ledger').find(({ pk, sk }) => pk === `${scope}#reserve` && sk === 'jpy');
    expect(unpack(holds?.doc as Uint8Array)).toEqual({ '2027-05-31': 1_000n, '2027-06-03': 500n });
  });

  it('that is put off survives a settlement that breaks off at any step', async () => {
    for (const until of ['settle', 'report'] as const) {
      const sim = await friday();
      await runRule(sim, at('2027-05-04T00:00:00Z'));
      const later = at('2027-05-07T00:00:00Z');
      sim.move(later - sim.world.clock.nowMs());
      const input = { scope: sim.scope, date: '2027-05-05', throughMs: at('2027-05-01T00:00:00Z') - 1, force: false };
      let state: SettlementState = { ...input, asDue: true, status: 'waiting' };
      for (const step of ['seal', 'settle', 'report'] as const) {
        state = await runStep(sim.world.settlement, step, state);
        if (step === until) break;
      }
      await runRule(sim, later + HOUR_MS);
      await sim.settle();
      await sim.world.runQueues();

      expect(paidOut(sim)).toEqual(['jpy 9670', 'usd 9680']);
      expect([...sim.world.files.keys()].filter((key) => /^reports.*-jpy\.json$/.test(key))).toHaveLength(1);
      expect(await audit(sim)).toEqual([]);
    }
  });

  it('is paid out on its own day also when no business date falls due then in any other', async () => {
    // Wednesday 10 February 2027: USD is due on Friday 12. JPY, closed on Thursday, is due on Monday 15, when the Fed is closed.
    const sim = await simulate();
    await sim.agree({ payoutDelayDays: 2 });
    sim.move(at('2027-02-10T12:00:00Z') - sim.world.clock.nowMs());
    await pays(sim, 'usd', 'one');
    await pays(sim, 'jpy', 'two');
    await runRule(sim, at('2027-02-12T00:00:00Z'));
    expect(paidOut(sim)).toEqual(['usd 9680']);

    expect(await runRule(sim, at('2027-02-15T00:00:00Z'))).toBe(1);
    expect(paidOut(sim)).toEqual(['jpy 9670', 'usd 9680']);
    expect(await audit(sim)).toEqual([]);
  });

  it('a settlement that the operator starts in test mode waits for no banking day', async () => {
    const sim = await friday();
    await sim.settle();
    await sim.world.runQueues();

    expect(paidOut(sim)).toEqual(['jpy 9670', 'usd 9680']);
  });

  it('is reported once its calendar has ended', async () => {
    const sim = await simulate();
    await pays(sim, 'cny', 'one');
    await sim.settle();
    const ended: string[] = [];
    const settings = (scope: Scope) => loadSettings(sim.world.table, scope);
    for await (const _ of dueSettlements(
      sim.world.table,
      settings,
      at('2027-01-17T00:00:00Z'),
      () => {},
      (currency) => ended.push(currency),
    ));
    for await (const _ of dueSettlements(
      sim.world.table,
      settings,
      at('2026-12-30T00:00:00Z'),
      () => {},
      (currency) => ended.push(`${currency} too early`),
    ));

    expect(ended).toEqual(['cny']);
  });
});
