/** The stream's consumers die, or their calls fail, at every await; the batch comes again, in part and as a whole. */
import { describe, expect, it } from 'vitest';
import { type FanOutDeps, fanOutImages, fanOutMessage } from '../../../functions/notifications/fan-out.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { postAll, postMessage } from '../../../functions/stream/consume.ts';
import { audit } from '../../audit/audit.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { type Fault, type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };

/** A payment and a refund whose records no consumer has read yet. */
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

/** The replies that are kept; notes for the janitor and for lists may be made twice, and are not compared. */
const replies = (sim: Simulation): string =>
  JSON.stringify(
    sim.world.table
      .items('idempotency')
      .flatMap(({ pk, reply }) =>
        reply === undefined ? [] : [[pk, Buffer.from(reply as Uint8Array).toString('hex')]],
      ),
  );

/** Breaks `consume` at every await; then the batch comes again, in part and as a whole. */
async function enumerate(
  how: Fault['how'],
  consume: (sim: Simulation) => Promise<unknown>,
  state: (sim: Simulation) => string,
  atLeast: number,
): Promise<void> {
  const from = await busyDay();
  const reference = from.fork();
  await consume(reference);
  await everyAwait({ from, operation: consume, hows: [how], atLeast }, async (sim) => {
    await consume(sim);
    await consume(sim);
    expect(state(sim)).toBe(state(reference));
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });
}

describe.each(['dies', 'fails'] as const)('a consumer that %s', (how) => {
  it('ledger: posts each entry once', async () => {
    const consume = async (sim: Simulation): Promise<void> => {
      const deps = { table: sim.world.table, clock: sim.world.clock };
      for (const message of await postAll(deps, sim.world.table.stream(), () => {})) await postMessage(deps, message);
    };
    await enumerate(how, consume, (sim) => stored(sim, 'ledger'), 10);
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
    await enumerate(how, consume, (sim) => stored(sim, 'events') + replies(sim), 15);
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
    await everyAwait({ from: day, operation: (sim) => execute(sim, state), hows: [how], atLeast: 20 }, async (sim) => {
      await sim.world.runQueues();
      const end = await execute(sim, state);
      await sim.world.runQueues();
      const payouts = sim.world.table.items('payments').filter((item) => item.kind === 'payout');
      expect(payouts.map((item) => item.status)).toEqual(['paid']);
      expect(end.status).toBe('done');
      expect(await audit(sim)).toEqual([]);
    });
  });
});
