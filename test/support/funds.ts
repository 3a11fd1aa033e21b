/** Available funds in the in-process product: a settlement that carries everything forward instead of paying it out. */
import { runStep, type SettlementState } from '../../functions/settlement/step.ts';
import type { Scope } from '../../functions/shared/ids.ts';
import type { World, WorldTable } from './world.ts';

/** Settles everything up to now without a payout; the time in between is only told to the settlement. */
export async function makeAvailable<T extends WorldTable>(world: World<T>, scope: Scope): Promise<void> {
  await world.runQueues();
  const { settings } = world.settlement;
  const deps = {
    ...world.settlement,
    clock: { ...world.clock, nowMs: () => world.clock.nowMs() + 6_000 },
    settings: async (of: Scope) => ({ ...(await settings(of)), minimumPayout: 10n ** 12n }),
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
}
