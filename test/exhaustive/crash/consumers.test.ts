/** The stream's consumers die, or are unheard, at every await; the batch comes again, in part and as a whole. */
import { describe, expect, it } from 'vitest';
import { type FanOutDeps, fanOutImages, fanOutMessage } from '../../../functions/notifications/fan-out.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { postAll, postMessage } from '../../../functions/stream/consume.ts';
import { audit } from '../../audit/audit.ts';
import { type Fault, persisted, type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

/** A payment and a refund whose records nobody has consumed yet. */
async function busyDay(): Promise<Simulation> {
  const sim = await simulate();
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'one');
  sim.move(1_000);
  await sim.request('POST', '/v1/payment_intents', { ...pay, capture_method: 'manual' }, 'two');
  sim.move(1_000);
  await sim.request('POST', '/v1/refunds', { payment_intent: String(body.id), amount: '4000' }, 'three');
  return sim;
}

const stored = (sim: Simulation, ...tables: readonly string[]) =>
  JSON.stringify(
    Object.fromEntries(Object.entries(sim.world.table.dump()).filter(([name]) => tables.includes(name))),
    (_, value: unknown) =>
      typeof value === 'bigint'
        ? String(value)
        : value instanceof Uint8Array
          ? Buffer.from(value).toString('hex')
          : value,
  );

/** The replies that are kept; the janitor's notes may be made twice, and are not compared. */
const replies = (sim: Simulation): string =>
  JSON.stringify(
    sim.world.table
      .items('idempotency')
      .flatMap(({ pk, reply }) =>
        pk.startsWith('watch') ? [] : [[pk, Buffer.from(reply as Uint8Array).toString('hex')]],
      ),
  );

/** Whether nothing before left the same behind: equal states have equal futures. */
function newStates(): (sim: Simulation) => boolean {
  const seen = new Set<string>();
  return (sim) => seen.size < seen.add(persisted(sim)).size;
}

/** Enumerates every await of `consume`; `again` is the redelivery. */
async function enumerate(
  how: Fault['how'],
  consume: (sim: Simulation) => Promise<unknown>,
  state: (sim: Simulation) => string,
): Promise<number> {
  const day = await busyDay();
  const reference = day.fork();
  await consume(reference);
  const isNew = newStates();
  for (let n = 1; ; n++) {
    const sim = day.fork();
    const passed = await sim.broken({ n, how }, () => consume(sim));
    if (passed < n) return n;
    if (!isNew(sim)) continue;
    await consume(sim);
    await consume(sim);
    expect(state(sim), `await ${n}`).toBe(state(reference));
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  }
}

describe.each(['dies', 'unheard'] as const)('a consumer that %s', (how) => {
  it('ledger: posts each entry once', async () => {
    const consume = async (sim: Simulation): Promise<void> => {
      const deps = { table: sim.world.table, clock: sim.world.clock };
      for (const message of await postAll(deps, sim.world.table.stream(), () => {})) await postMessage(deps, message);
    };
    expect(await enumerate(how, consume, (sim) => stored(sim, 'ledger'))).toBeGreaterThan(10);
  });

  it('fan-out: writes each event once and stores each reply', async () => {
    const consume = async (sim: Simulation): Promise<void> => {
      const { table, clock } = sim.world;
      const deps: FanOutDeps = {
        table,
        clock,
        random: (count) => 'x'.repeat(count),
        deliveries: async () => {},
        features: async () => {},
        settings: async () => ({}),
        unseen: () => {},
        failed: () => {},
        alarm: () => {},
      };
      for (const message of await fanOutImages(deps, table.stream())) await fanOutMessage(deps, message);
    };
    expect(await enumerate(how, consume, (sim) => stored(sim, 'events') + replies(sim))).toBeGreaterThan(15);
  });

  it('settlement: pays out once, and its books balance', async () => {
    const day = await busyDay();
    await day.world.runQueues();
    const state: SettlementState = {
      scope: day.scope,
      date: '2027-01-15',
      throughMs: day.world.clock.nowMs(),
      force: true,
      status: 'waiting',
    };
    day.move(10_000);
    /** What Step Functions does: each step again until it succeeds. */
    const execute = async (sim: Simulation, first: SettlementState): Promise<SettlementState> => {
      let state = first;
      for (const step of ['seal', 'settle', 'report', 'pay', 'pay'] as const) {
        for (let attempt = 0; ; attempt++) {
          try {
            state = await runStep(sim.world.settlement, step, state);
            break;
          } catch (error) {
            if (attempt === 2) throw error;
          }
        }
      }
      await sim.world.runQueues();
      return state;
    };
    const isNew = newStates();
    for (let n = 1; ; n++) {
      const sim = day.fork();
      const passed = await sim.broken({ n, how }, () => execute(sim, state));
      if (passed < n) {
        expect(n).toBeGreaterThan(20);
        return;
      }
      if (!isNew(sim)) continue;
      await sim.world.runQueues();
      const end = await execute(sim, state);
      await sim.world.runQueues();
      const payouts = sim.world.table.items('payments').filter((item) => item.kind === 'payout');
      expect(
        payouts.map((item) => item.status),
        `await ${n}`,
      ).toEqual(['paid']);
      expect(end.status).toBe('done');
      expect(await audit(sim), `await ${n}`).toEqual([]);
    }
  });
});
