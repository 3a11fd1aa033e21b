/** The state in which every scenario of test/exhaustive/crash has to end, whatever broke. */
import { expect } from 'vitest';
import { audit } from '../audit/audit.ts';
import { recordsOf } from '../audit/records.ts';
import { type EndState, endState, type Simulation } from '../world/simulation.ts';
import type { Ids, Scenario } from './crash-operations.ts';
import { everyHistory } from './every-await.ts';

/** Every history from here on ends in one state, and all invariants (docs/invariants.md) hold there. */
export async function assertOneEnd(scenario: Scenario, broken: Simulation, ids: Ids): Promise<void> {
  const { operation, needsAgain, raced, answers = [200], ends } = scenario;
  let reference: EndState | undefined;
  await everyHistory(
    broken,
    (sim) => operation(sim, ids),
    async ({ sim, answer, sentAgain }) => {
      if (needsAgain && !sentAgain) return;
      if (answer) {
        expect(answers).toContain(answer.status);
        const { status, body } = answer;
        expect(await operation(sim, ids)).toMatchObject({ status, body });
      }
      expect(await audit(sim)).toEqual([]);
      expect(sim.world.failures).toEqual([]);
      const end = endState(sim);
      expect(ends).toContain(end.payments.join(';'));
      if (scenario.payouts) {
        const payouts = recordsOf(sim.world).payouts.map(({ status, amount }) => `${status} ${amount}`);
        expect(scenario.payouts).toContain(payouts.toSorted().join());
      }
      // An operation that is not sent again may never have begun.
      if (sentAgain && !raced) expect(end).toEqual(reference ?? end);
      reference ??= end;
    },
  );
}
