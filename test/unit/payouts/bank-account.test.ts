/** What becomes of a bank account that a payout failed at, and of a payout that the bank sends back after it was paid. */
import { describe, expect, it } from 'vitest';
import type { PayoutOutcome } from '../../../functions/channels/port/port.ts';
import { CACHE_MS } from '../../../functions/kernel/remembered.ts';
import { changeSettings } from '../../../functions/operator/settings.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

/** 10,000 less 2.9 % and 30. */
const NET = 9_680n;
const CLOSED = { kind: 'failed', code: 'account_closed' } as const;

async function sell(sim: Simulation): Promise<void> {
  const params = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  await sim.request('POST', '/v1/payment_intents', params, String(sim.world.clock.nowMs()));
  await sim.world.runQueues();
  sim.move(1_000);
}

async function day(sim: Simulation): Promise<void> {
  await sell(sim);
  await sim.settle();
  await sim.world.runQueues();
}

/** A day whose execution asks the bank once and does not wait for it. */
async function dayAskedOnce(sim: Simulation): Promise<void> {
  await sell(sim);
  const throughMs = sim.world.clock.nowMs();
  let state: SettlementState = { scope: sim.scope, date: '2027-01-15', throughMs, force: true, status: 'waiting' };
  sim.move(6_000);
  for (const step of ['seal', 'settle', 'report', 'pay'] as const)
    state = await runStep(sim.world.settlement, step, state);
  await sim.world.runQueues();
}

const payouts = (sim: Simulation) =>
  recordsOf(sim.world)
    .payouts.toSorted((a, b) => a.createdMs - b.createdMs)
    .map(({ status, amount }) => `${status} ${amount}`);
const ordered = (sim: Simulation): number => sim.bank.orders.size;
const available = (sim: Simulation): unknown =>
  sim.world.table.items('ledger').find(({ pk, sk }) => pk.endsWith('#b') && sk === 'usd')?.available;
const bankOf = async (sim: Simulation): Promise<string> =>
  (await sim.world.payments.settings(sim.scope)).bankAccount.id;
async function setBank(sim: Simulation, bankLast4: string): Promise<void> {
  await changeSettings(sim.world.payments, sim.scope, { bankLast4 });
  sim.move(CACHE_MS + 1);
}

interface Told {
  readonly type: string;
  readonly data: { readonly object: Record<string, unknown>; readonly previous_attributes?: unknown };
}
async function eventsOf(sim: Simulation, ...types: readonly string[]): Promise<readonly Told[]> {
  const { body } = await sim.request('GET', '/v1/events?limit=100');
  return (body.data as readonly Told[]).filter(({ type }) => types.includes(type)).toReversed();
}
const hear = (sim: Simulation, outcome: PayoutOutcome, changes = {}, amount?: bigint) => {
  const { reference } = recordsOf(sim.world).payouts[0]!;
  return sim.takeOne({ about: 'payout', reference, outcome, ...(amount !== undefined && { amount }) }, changes);
};

describe('a payout that fails at the bank', () => {
  it.each(['account_closed', 'no_account', 'could_not_process', 'insufficient_funds', 'account_frozen'])(
    '(%s) disables the bank account, with the event; later settlements carry the money forward',
    async (code) => {
      const sim = await simulate();
      sim.bank.answer = { kind: 'failed', code };
      await day(sim);
      const bank = await bankOf(sim);
      await day(sim);
      await day(sim);

      expect(payouts(sim)).toEqual([`failed ${NET}`]);
      expect(ordered(sim)).toBe(1);
      expect(available(sim)).toBe(3n * NET);
      const updated = await eventsOf(sim, 'account.external_account.updated');
      expect(updated.map(({ data }) => data)).toMatchObject([
        {
          object: {
            object: 'bank_account',
            id: bank,
            account: (await sim.world.payments.settings(sim.scope)).merchant,
            last4: '6789',
            status: 'errored',
            currency: 'usd',
          },
          previous_attributes: { status: 'new' },
        },
      ]);
      expect(await audit(sim)).toEqual([]);
    },
  );

  it.each(['4321', '6789'])('is paid again once the operator enters the account %s', async (last4) => {
    const sim = await simulate();
    sim.bank.answer = CLOSED;
    await day(sim);
    const before = await bankOf(sim);
    sim.bank.answer = PAID;

    await setBank(sim, last4);
    await day(sim);

    expect(await bankOf(sim)).not.toBe(before);
    expect(payouts(sim)).toEqual([`failed ${NET}`, `paid ${2n * NET}`]);
    expect(await audit(sim)).toEqual([]);
  });

  it('an order that the bank did not take says nothing about the account', async () => {
    const sim = await simulate();
    sim.bank.answer = { kind: 'failed', code: 'could_not_process', refused: true };
    await day(sim);
    sim.bank.answer = PAID;
    await day(sim);

    expect(payouts(sim)).toEqual([`failed ${NET}`, `paid ${2n * NET}`]);
    expect(await eventsOf(sim, 'account.external_account.updated')).toEqual([]);
  });

  it('a payout that is asked for is refused while the account is disabled', async () => {
    const sim = await simulate();
    sim.bank.answer = CLOSED;
    await day(sim);
    const ask = (key: string) => sim.request('POST', '/v1/payouts', { amount: '1000', currency: 'usd' }, key);

    expect(await ask('one')).toMatchObject({ status: 400, body: { error: { code: 'payouts_not_allowed' } } });
    await setBank(sim, '4321');

    expect((await ask('two')).status).toBe(200);
    expect(await audit(sim)).toEqual([]);
  });

  it('an account that is disabled while a payout is being made gets none', async () => {
    const sim = await simulate();
    sim.bank.answer = { kind: 'pending' };
    await dayAskedOnce(sim);
    const [first] = recordsOf(sim.world).payouts;
    // The failure is reported between the settlement's read and its commit.
    sim.bank.answer = PAID;
    let heard = false;
    const { onCall } = sim.world.table;
    sim.world.table.onCall = async (call) => {
      if (
        !heard &&
        call.when === 'before' &&
        call.writes.some(({ table, kind }) => table === 'payments' && kind === 'check')
      ) {
        heard = true;
        sim.bank.decide(CLOSED);
        await sim.takeOne({ about: 'payout', reference: first!.reference, outcome: CLOSED });
      }
      await onCall?.(call);
    };
    await dayAskedOnce(sim);

    expect(heard).toBe(true);
    expect(payouts(sim)).toEqual([`failed ${NET}`]);
    expect(available(sim)).toBe(2n * NET);
    expect(await audit(sim)).toEqual([]);
  });
});

describe('a payout that the bank sends back after it was paid', () => {
  const RETURNED = { kind: 'failed', code: 'account_closed', traceId: 'T1' } as const;

  it('is booked as returned, once, however often the bank reports it: the money is available again', async () => {
    const sim = await simulate();
    await day(sim);
    expect(available(sim)).toBe(0n);
    sim.bank.sendBack(recordsOf(sim.world).payouts[0]!.reference, 'account_closed');

    const heard = [
      await hear(sim, RETURNED),
      await hear(sim, RETURNED),
      await hear(sim, PAID),
      await hear(sim, RETURNED),
    ];
    await sim.world.runQueues();

    expect(heard.map(({ applied }) => applied)).toEqual(['applied', 'known', 'known', 'known']);
    expect(payouts(sim)).toEqual([`failed ${NET}`]);
    expect(available(sim)).toBe(NET);
    const types = ['payout.created', 'payout.paid', 'payout.failed', 'account.external_account.updated'];
    expect((await eventsOf(sim, ...types)).map(({ type }) => type)).toEqual(types);
    const { body } = await sim.request('GET', '/v1/balance_transactions?type=payout_failure');
    expect((body.data as { amount: number }[]).map(({ amount }) => amount)).toEqual([Number(NET)]);
    expect(await audit(sim)).toEqual([]);
  });

  it('is booked as paid and returned also when the return is reported first', async () => {
    const sim = await simulate();
    sim.bank.answer = { kind: 'pending' };
    await dayAskedOnce(sim);
    sim.bank.decide(RETURNED);

    const heard = [await hear(sim, RETURNED), await hear(sim, PAID)];
    await sim.world.runQueues();

    expect(heard.map(({ applied }) => applied)).toEqual(['applied', 'known']);
    expect(payouts(sim)).toEqual([`failed ${NET}`]);
    expect(available(sim)).toBe(NET);
    const entries = recordsOf(sim.world).journal.map(({ entry }) => entry.type);
    expect(entries.filter((type) => type.startsWith('payout_')).sort()).toEqual([
      'payout_created',
      'payout_paid',
      'payout_returned',
    ]);
    expect(await audit(sim)).toEqual([]);
  });

  it('without a callback is found by the next settlement, within ten days', async () => {
    const sim = await simulate();
    await day(sim);
    sim.bank.sendBack(recordsOf(sim.world).payouts[0]!.reference, 'account_closed');
    sim.move(9 * 24 * 3_600_000);

    await day(sim);

    // The second day's payout was made before the bank was asked about the first.
    expect(payouts(sim)).toEqual([`failed ${NET}`, `paid ${NET}`]);
    expect(available(sim)).toBe(NET);
    expect(await audit(sim)).toEqual([]);
  });

  it('reported for another account, another mode or another reference changes nothing', async () => {
    const sim = await simulate();
    await day(sim);

    const strange = [
      await hear(sim, RETURNED, { account: 'acc2' }),
      await hear(sim, RETURNED, { livemode: true }),
      await sim.takeOne({ about: 'payout', reference: 'x'.repeat(30), outcome: RETURNED }),
      await sim.takeOne({ about: 'payout', reference: 'x', outcome: RETURNED }),
    ];

    expect(strange.map(({ applied }) => applied)).toEqual(['foreign', 'foreign', 'foreign', 'foreign']);
    expect(payouts(sim)).toEqual([`paid ${NET}`]);
  });

  it('of another amount than was ordered contradicts what is booked: it changes nothing', async () => {
    const sim = await simulate();
    await day(sim);
    const { amount } = recordsOf(sim.world).payouts[0]!;

    expect((await hear(sim, RETURNED, {}, amount + 1n)).applied).toBe('weaker');
    expect(payouts(sim)).toEqual([`paid ${NET}`]);
    expect((await hear(sim, RETURNED, {}, amount)).applied).toBe('applied');
    expect(payouts(sim)).toEqual([`failed ${NET}`]);
  });

  it('that failed at once and is reported as paid contradicts the books: it changes nothing', async () => {
    const sim = await simulate();
    sim.bank.answer = CLOSED;
    await day(sim);

    expect((await hear(sim, PAID)).applied).toBe('weaker');
    expect(payouts(sim)).toEqual([`failed ${NET}`]);
  });
});
