/** What falls due when, and that nothing due is left behind: not by a holiday, not by an execution that failed. */
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { dueMs, parseDate } from '../../../functions/settlement/calendar.ts';
import { dueSettlements, latestDue } from '../../../functions/settlement/due.ts';
import { executionName } from '../../../functions/settlement/start.ts';
import type { Scope } from '../../../functions/shared/ids.ts';
import { type Simulation, simulate } from '../../support/simulation.ts';

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

  it('falls due for whoever waits longest too: 30 banking days', () => {
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

  it('starts everybody else’s day when one merchant’s settings cannot be read', async () => {
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
