/** Requests to the channel of a simulation that do not arrive, or whose answers do not. */
import { expect } from 'vitest';
import type { VoidAnswers } from '../simulators/unqueried.ts';
import { type Simulation, simulate } from '../world/simulation.ts';
import { clientOf } from './wallet-payments.ts';

type Name = 'authorize' | 'void' | 'refund' | 'capture' | 'close';

const HOUR_MS = 3_600_000;
const LOST = { kind: 'unknown', reason: 'lost' } as const;

/** The next requests of this kind do not arrive, or their answers do not. */
export function lose(sim: Simulation, name: Name, what: 'request' | 'answer', times = 1): void {
  const client = clientOf(sim) as unknown as Record<Name, (request: unknown) => Promise<unknown>>;
  const send = client[name];
  let left = times;
  client[name] = async (request) => {
    if (left-- <= 0) return send(request);
    if (what === 'answer') await send(request);
    return LOST;
  };
}

/** A payment of 10,000 whose request or answer was lost, at a channel without queries. */
export async function lostPayment(
  voids: VoidAnswers,
  what: 'request' | 'answer',
  params: Record<string, string> = {},
): Promise<{ readonly sim: Simulation; readonly intent: string }> {
  const sim = await simulate(1, voids);
  lose(sim, 'authorize', what);
  const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true', ...params };
  const { body } = await sim.request('POST', '/v1/payment_intents', pay);
  if (body.status !== 'processing') throw new Error(`the payment is not lost but ${body.status}`);
  await sim.world.runQueues();
  return { sim, intent: String(body.id) };
}

/** The janitor runs every half an hour, and no callback arrives. Returns how often something was open for too long. */
export async function hours(sim: Simulation, count: number): Promise<number> {
  let overdue = 0;
  for (let half = 0; half < count * 2; half++) {
    sim.move(HOUR_MS / 2);
    const result = await sim.world.janitor(sim.world.clock.nowMs());
    expect(result.failures).toEqual([]);
    overdue += result.overdue.length;
    await sim.world.runQueues();
  }
  return overdue;
}
