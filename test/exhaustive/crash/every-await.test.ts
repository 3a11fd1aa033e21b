/**
 * Every await of the operations that move money is a place to die, or to get no answer. For each of them, one after the other, the
 * operation breaks there, and then three histories follow: the merchant sends the request again; callbacks come first, twice and in
 * the wrong order; only the janitor works. All must end in the same state, with the invariants holding.
 */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { CONFIRMATION_SCENARIOS } from '../../scenarios/crash-confirmations.ts';
import { HOLD_SCENARIOS } from '../../scenarios/crash-holds.ts';
import { CHARGE_SCENARIOS } from '../../scenarios/crash-legacy-charges.ts';
import { type Ids, SCENARIOS, type Scenario } from '../../scenarios/crash-operations.ts';
import { WALLET_SCENARIOS } from '../../scenarios/crash-wallets.ts';
import { everyAwait, everyHistory } from '../../scenarios/every-await.ts';
import { type EndState, endState, type Simulation, simulate } from '../../world/simulation.ts';

/** Every history from here on ends in one state, and all invariants (docs/invariants.md) hold there. */
async function assertOneEnd(scenario: Scenario, broken: Simulation, ids: Ids): Promise<void> {
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

it.each(
  [...SCENARIOS, ...HOLD_SCENARIOS, ...CHARGE_SCENARIOS, ...CONFIRMATION_SCENARIOS, ...WALLET_SCENARIOS].map(
    (scenario) => [scenario.name, scenario] as const,
  ),
)('%s: ends in one state whatever comes after it dies, or gets no answer, at every await', async (_name, scenario) => {
  const from = await simulate();
  const ids = await scenario.before(from);
  await everyAwait({ from, operation: (sim) => scenario.operation(sim, ids), atLeast: 7 }, (broken) =>
    assertOneEnd(scenario, broken, ids),
  );
});
