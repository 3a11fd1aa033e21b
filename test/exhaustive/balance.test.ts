/**
 * Whatever a merchant's customers, banks and settlements do: the balance transactions of a currency sum to its balance (available and
 * pending), at any cut, also while queues are full; each adds up in itself; and both directions of the list show the same.
 */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { loadSettings, writeSettings } from '../../functions/merchants/store.ts';
import { audit } from '../audit/audit.ts';
import { makeAvailable } from '../scenarios/available-funds.ts';
import { PAID } from '../simulators/bank.ts';
import { numRuns } from '../world/seed.ts';
import { type Simulation, simulate } from '../world/simulation.ts';

type Step =
  | { readonly do: 'pay'; readonly amount: number; readonly currency: string; readonly manual: boolean }
  | { readonly do: 'capture' | 'refund' | 'dispute' | 'win' | 'lose'; readonly which: number; readonly part: number }
  | { readonly do: 'pay out'; readonly amount: number; readonly currency: string }
  | { readonly do: 'cancel payout'; readonly which: number }
  | { readonly do: 'settle' | 'carry forward' | 'bank fails' | 'bank pays' | 'callbacks' | 'queues' | 'janitor' };

const currencies = fc.constantFrom('usd', 'eur', 'jpy');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      amount: fc.integer({ min: 100, max: 50_000 }),
      currency: currencies,
      manual: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('capture' as const, 'refund' as const, 'dispute' as const, 'win' as const, 'lose' as const),
      which: fc.nat(5),
      part: fc.integer({ min: 1, max: 100 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pay out' as const),
      amount: fc.integer({ min: 1, max: 20_000 }),
      currency: currencies,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel payout' as const), which: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...(['settle', 'carry forward', 'bank fails', 'bank pays', 'callbacks', 'queues', 'janitor'] as const),
      ),
    }),
  },
);

interface Listed {
  readonly id: string;
}
const ids = async (sim: Simulation, path: string): Promise<readonly string[]> => {
  const { body } = await sim.request('GET', path);
  return (body.data as readonly Listed[]).map(({ id }) => id);
};

async function take(sim: Simulation, drawn: Step, n: number): Promise<void> {
  const picked = async (path: string, which: number) => {
    const all = await ids(sim, path);
    return all[which % Math.max(1, all.length)];
  };
  const post = (path: string, params: Record<string, string> = {}) => sim.request('POST', path, params, `step ${n}`);
  switch (drawn.do) {
    case 'pay':
      await post('/v1/payment_intents', {
        amount: String(drawn.amount),
        currency: drawn.currency,
        payment_method: 'pm_card_visa',
        confirm: 'true',
        ...(drawn.manual && { capture_method: 'manual' }),
      });
      return;
    case 'capture': {
      const id = await picked('/v1/payment_intents', drawn.which);
      if (id) await post(`/v1/payment_intents/${id}/capture`);
      return;
    }
    case 'refund': {
      const id = await picked('/v1/payment_intents', drawn.which);
      if (id) await post('/v1/refunds', { payment_intent: id, amount: String(drawn.part * 10) });
      return;
    }
    case 'dispute': {
      const taken = [...sim.channel.charges].filter(([, charge]) => charge.captured > 0n);
      const chosen = taken[drawn.which % Math.max(1, taken.length)];
      if (chosen) sim.channel.openDispute(chosen[0] as ChannelReference, 'chargeback', chosen[1].captured);
      return;
    }
    case 'win':
    case 'lose': {
      const id = await picked('/v1/disputes', drawn.which);
      const evidence = drawn.do === 'win' ? 'winning_evidence' : 'losing_evidence';
      if (id) await post(`/v1/disputes/${id}`, { 'evidence[uncategorized_text]': evidence });
      return;
    }
    case 'pay out':
      await post('/v1/payouts', { amount: String(drawn.amount), currency: drawn.currency });
      return;
    case 'cancel payout': {
      const id = await picked('/v1/payouts', drawn.which);
      if (id) await post(`/v1/payouts/${id}/cancel`);
      return;
    }
    case 'settle':
      await sim.settle();
      return;
    case 'carry forward':
      await makeAvailable(sim.world, sim.scope);
      return;
    case 'bank fails':
      sim.bank.answer = { kind: 'failed', code: 'account_closed' };
      return;
    case 'bank pays':
      sim.bank.answer = PAID;
      return;
    case 'callbacks':
      await sim.deliverCallbacks();
      return;
    case 'queues':
      await sim.world.runQueues();
      return;
    case 'janitor':
      sim.move(61_000);
      await sim.janitor();
      return;
    default:
      return drawn satisfies never;
  }
}

interface Transaction {
  readonly id: string;
  readonly currency: string;
  readonly amount: number;
  readonly fee: number;
  readonly net: number;
  readonly fee_details: readonly { readonly amount: number }[];
}

async function assertSums(sim: Simulation): Promise<void> {
  const all: Transaction[] = [];
  for (let after = ''; ; after = `&starting_after=${all.at(-1)!.id}`) {
    const { body } = await sim.request('GET', `/v1/balance_transactions?limit=7${after}`);
    all.push(...(body.data as readonly Transaction[]));
    if (!body.has_more) break;
  }
  const sums = new Map<string, number>();
  for (const { currency, amount, fee, net, fee_details: details } of all) {
    expect(net).toBe(amount - fee);
    expect(details.reduce((sum, detail) => sum + detail.amount, 0)).toBe(fee);
    sums.set(currency, (sums.get(currency) ?? 0) + net);
  }
  const { body: balance } = await sim.request('GET', '/v1/balance');
  const held = new Map<string, number>();
  for (const kind of ['available', 'pending'] as const)
    for (const line of balance[kind] as readonly { currency: string; amount: number }[])
      held.set(line.currency, (held.get(line.currency) ?? 0) + line.amount);
  for (const currency of new Set([...sums.keys(), ...held.keys()]))
    expect([currency, sums.get(currency) ?? 0]).toEqual([currency, held.get(currency) ?? 0]);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);

  const oldest = all.at(-1);
  if (!oldest) return;
  const upwards = [oldest.id];
  for (;;) {
    const { body } = await sim.request('GET', `/v1/balance_transactions?limit=5&ending_before=${upwards.at(-1)}`);
    upwards.push(...(body.data as readonly Transaction[]).map(({ id }) => id).toReversed());
    if (!body.has_more) break;
  }
  expect(upwards.toReversed()).toEqual(all.map(({ id }) => id));
}

test.prop([fc.array(step, { minLength: 12, maxLength: 30 }), fc.boolean()], numRuns(30))(
  'balance transactions sum to the balance after every step of any journey',
  async (steps, holdsBack) => {
    const sim = await simulate();
    const settings = await loadSettings(sim.world.table, sim.scope);
    const fees = { ...settings.fees, reserveBps: holdsBack ? 500 : 0 };
    await sim.world.table.commit(writeSettings(sim.scope, { ...settings, version: settings.version + 1, fees }));
    sim.move(60_000);
    for (const [n, drawn] of steps.entries()) {
      sim.move(1_000);
      await take(sim, drawn, n);
      await assertSums(sim);
      if (n % 2 === 0) continue;
      await sim.deliverCallbacks();
      await sim.world.runQueues();
      await assertSums(sim);
    }
    sim.move(10_000);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    await assertSums(sim);
    expect((await audit(sim)).filter((what) => /^I[125] /.test(what))).toEqual([]);
  },
);
