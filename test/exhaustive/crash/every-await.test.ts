/**
 * Every await of the operations that move money is a place to die, or to get no answer. For each of them, one after the other, the
 * operation breaks there, and then three histories follow: the merchant sends the request again; callbacks come first, twice and in
 * the wrong order; only the janitor works. All must end in the same state, with the invariants holding.
 */
import { it } from 'vitest';
import { CONFIRMATION_SCENARIOS } from '../../scenarios/crash-confirmations.ts';
import { HOLD_SCENARIOS } from '../../scenarios/crash-holds.ts';
import { CHARGE_SCENARIOS } from '../../scenarios/crash-legacy-charges.ts';
import { SCENARIOS } from '../../scenarios/crash-operations.ts';
import { WALLET_SCENARIOS } from '../../scenarios/crash-wallets.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { assertOneEnd } from '../../scenarios/one-end.ts';
import { simulate } from '../../world/simulation.ts';

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
