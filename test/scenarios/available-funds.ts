/** Available funds in the in-process product: a settlement that carries everything forward instead of paying it out. */

import type { Clock } from '../../functions/kernel/clock.ts';
import type { Scope } from '../../functions/kernel/ids.ts';
import { runStep, type SettlementState } from '../../functions/settlement/step.ts';
import type { App } from '../world/app.ts';
import type { World, WorldTable } from '../world/world.ts';

/** Settles everything up to now without a payout; only the settlement's clock is moved. */
export async function makeAvailable<T extends WorldTable>(world: World<T>, scope: Scope): Promise<void> {
  await world.runQueues();
  const { settings } = world.settlement;
  const deps = {
    ...world.settlement,
    clock: { ...world.clock, nowMs: () => world.clock.nowMs() + 6_000 },
    settings: async (of: Scope) => ({ ...(await settings(of)), minimumPayout: 10n ** 12n, minimumPayouts: {} }),
  };
  let state: SettlementState = {
    scope,
    date: '2027-01-15',
    // Commits of one millisecond follow one another by one.
    throughMs: world.clock.nowMs() + 10,
    force: true,
    status: 'waiting',
  };
  for (const step of ['seal', 'settle', 'report'] as const) state = await runStep(deps, step, state);
  await world.runQueues();
  await timePasses(world.clock, state.throughMs);
}

/** Waits until a clock that runs by itself is past the time: what is made before is of the closed period. A simulation's clock stands still. */
async function timePasses(clock: Pick<Clock, 'nowMs'>, throughMs: number): Promise<void> {
  for (let before = Number.NaN; clock.nowMs() <= throughMs && clock.nowMs() !== before; ) {
    before = clock.nowMs();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Settles everything up to now, and waits until the sandbox's bank has paid it out: what the state machine does with the same steps. */
export async function settle(app: Pick<App, 'world' | 'settleDown'>, scope: Scope): Promise<void> {
  const { world } = app;
  await app.settleDown();
  const deps = { ...world.settlement, clock: { ...world.clock, nowMs: () => world.clock.nowMs() + 6_000 } };
  const throughMs = world.clock.nowMs() + 10;
  let state: SettlementState = { scope, date: '2027-01-14', throughMs, force: true, status: 'waiting' };
  for (const step of ['seal', 'settle', 'report'] as const) state = await runStep(deps, step, state);
  await timePasses(world.clock, throughMs);
  for (let look = 0; look < 50 && state.status !== 'done'; look++) {
    state = await runStep(deps, 'pay', state);
    await app.settleDown();
    if (state.status !== 'done') await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (state.status !== 'done') throw new Error('the bank never answered');
}
