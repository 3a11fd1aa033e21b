/** What the rule starts: the latest business date that is due and not settled, of every scope that has any business. */
import { ExecutionAlreadyExists, type SFNClient } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it } from 'vitest';
import { dueMs } from '../../../functions/kernel/calendar.ts';
import { settingsReader } from '../../../functions/merchants/store.ts';
import { closePeriod } from '../../../functions/settlement/close-period.ts';
import { dueSettlements, latestDue } from '../../../functions/settlement/due.ts';
import { executionName, settlementStarter } from '../../../functions/settlement/start.ts';
import { runStep, type SettlementInput } from '../../../functions/settlement/step.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';
import { scopeOf } from '../../world/world.ts';

/** Friday, 15 January 2027, at noon, UTC; the Monday after it is a holiday of the Fed. */
const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate();
  await sim.request('POST', '/v1/payment_intents', pay, 'friday');
  await sim.world.runQueues();
});

const settings = () => settingsReader(sim.world.table, sim.world.clock);
async function due(asOf: string): Promise<readonly SettlementInput[]> {
  const found: SettlementInput[] = [];
  const failed = (error: Error): never => {
    throw error;
  };
  for await (const { input } of dueSettlements(sim.world.table, settings(), Date.parse(asOf), failed))
    found.push(input);
  return found;
}

/** The steps of the machine, one after the other; each looks again where the machine would have waited. */
async function carryOut(input: SettlementInput): Promise<void> {
  let state: Parameters<typeof runStep>[2] = { ...input, status: 'waiting' };
  for (const step of ['seal', 'settle', 'report', 'pay', 'pay'] as const)
    state = await runStep(sim.world.settlement, step, state);
  await sim.world.runQueues();
}

describe('what is due', () => {
  it('a day is due at its end when its payout is due at once (T+0)', async () => {
    const [before] = await due('2027-01-15T23:59:59Z');
    const after = await due('2027-01-16T00:00:00Z');

    expect(before?.date).toBe('2027-01-14');
    expect(after).toEqual([
      { scope: after[0]!.scope, date: '2027-01-15', throughMs: Date.UTC(2027, 0, 16) - 1, force: false, asDue: true },
    ]);
  });

  it('T+2 of a Friday is Wednesday when Monday is a holiday; the weekend is settled with it', async () => {
    const made = await sim.world.merchant({ delayDays: 2 });
    const merchant = await settings()(scopeOf(sim.world.table, made));

    expect(new Date(dueMs('2027-01-15' as never, merchant)).toISOString()).toBe('2027-01-20T00:00:00.000Z');
    expect(latestDue(merchant, Date.parse('2027-01-19T23:59:59Z'))).toBe('2027-01-14');
    expect(latestDue(merchant, Date.parse('2027-01-20T00:00:00Z'))).toBe('2027-01-18');
  });

  it('a scope without a journal entry is left alone', async () => {
    await sim.world.merchant();

    expect(await due('2027-01-16T00:05:00Z')).toHaveLength(1);
  });

  it('what was settled is not due again, and the next day is', async () => {
    sim.move(24 * 3_600_000);
    const [friday] = await due('2027-01-16T12:00:00Z');
    await carryOut(friday!);

    expect(await due('2027-01-16T12:05:00Z')).toEqual([]);
    expect((await due('2027-01-17T00:05:00Z')).map(({ date }) => date)).toEqual(['2027-01-16']);
  });

  it('what was sealed and then broke off is due until it is settled', async () => {
    sim.move(24 * 3_600_000);
    const [friday] = await due('2027-01-16T12:00:00Z');
    expect(await closePeriod(sim.world.settlement, friday!)).toMatchObject({ status: 'sealed' });

    expect((await due('2027-01-16T12:05:00Z')).map(({ date }) => date)).toEqual(['2027-01-15']);
    await carryOut(friday!);
    expect(await due('2027-01-16T12:10:00Z')).toEqual([]);
  });
});

describe('starting', () => {
  const input = { scope: 'AcmeTest', date: '2027-01-15', throughMs: 0, force: false } as unknown as SettlementInput;
  const starter = (send: () => Promise<object>) => settlementStarter({ send } as unknown as SFNClient, 'arn:machine');

  it('the rule starts a day once; a run by hand has a name of its own', async () => {
    expect(executionName(input)).toBe('AcmeTest-2027-01-15');
    expect(executionName(input, 1_800_000_000_000)).toBe('AcmeTest-2027-01-15-1800000000000');
    expect(await starter(async () => ({ executionArn: 'arn:execution' }))(input, 'name')).toBe('arn:execution');
    const exists = new ExecutionAlreadyExists({ $metadata: {}, message: 'exists' });
    expect(await starter(() => Promise.reject(exists))(input, 'name')).toBeUndefined();
  });

  it('any other failure to start is thrown: the rule tries again in five minutes', async () => {
    await expect(starter(() => Promise.reject(new Error('throttled')))(input, 'name')).rejects.toThrow('throttled');
  });
});
