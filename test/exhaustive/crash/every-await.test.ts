/**
 * Every await of the operations that move money is a place to die, or to be unheard. For each of them, one after the other, the
 * operation breaks there, and then three histories follow: the merchant sends the request again; callbacks come first, twice and in
 * the wrong order; nobody does anything but the janitor. All must end in the same state, with the invariants holding.
 */
import { expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { CONFIRMATION_SCENARIOS } from '../../scenarios/crash-confirmations.ts';
import { HOLD_SCENARIOS } from '../../scenarios/crash-holds.ts';
import { CHARGE_SCENARIOS } from '../../scenarios/crash-legacy-charges.ts';
import { type Ids, SCENARIOS, type Scenario } from '../../scenarios/crash-operations.ts';
import {
  type Answer,
  type EndState,
  endState,
  type Fault,
  persisted,
  type Simulation,
  simulate,
} from '../../world/simulation.ts';

const LEASE_OVER_MS = 41_000;

type Told = Pick<Answer, 'status' | 'body'> | undefined;
/** What happens after the operation broke off; returns what whoever sent it again was told. */
type History = (sim: Simulation, again: () => Promise<Told>) => Promise<Told>;

const rest = async (sim: Simulation): Promise<void> => {
  await sim.deliverCallbacks({ times: 2 });
  await sim.world.runQueues();
  // Long enough for every settling time, lease and watch to be over.
  for (let minute = 0; minute < 4; minute++) {
    sim.move(61_000);
    await sim.janitor();
    await sim.deliverCallbacks();
    await sim.world.runQueues();
  }
};

const sendAgain = async (sim: Simulation, again: () => Promise<Told>): Promise<Told> => {
  for (let attempt = 0; attempt < 4; attempt++) {
    const answer = await again();
    if (answer === undefined || ![409, 429, 500].includes(answer.status)) return answer;
    sim.move(LEASE_OVER_MS);
  }
  throw new Error('the request never gets an answer');
};

const HISTORIES: Readonly<Record<string, History>> = {
  'sent again at once': async (sim, again) => {
    const told = await sendAgain(sim, again);
    await rest(sim);
    return told;
  },
  'callbacks first, twice and reversed, then sent again': async (sim, again) => {
    await sim.world.runQueues();
    await sim.deliverCallbacks({ times: 2, reversed: true });
    await sim.world.runQueues();
    sim.move(LEASE_OVER_MS);
    const told = await sendAgain(sim, again);
    await rest(sim);
    return told;
  },
  'the janitor, then sent again': async (sim, again) => {
    await rest(sim);
    const told = await sendAgain(sim, again);
    await rest(sim);
    return told;
  },
  'the janitor alone': async (sim) => {
    await rest(sim);
    return undefined;
  },
};

/** Every history from here on ends in one state, and all invariants (docs/invariants.md) hold there. */
async function assertOneEnd(scenario: Scenario, broken: Simulation, ids: Ids, where: string): Promise<void> {
  let reference: EndState | undefined;
  for (const [name, history] of Object.entries(HISTORIES)) {
    if (scenario.needsAgain && name === 'the janitor alone') continue;
    const sim = broken.fork();
    const told = await history(sim, () => scenario.operation(sim, ids));

    if (told) {
      expect(scenario.answers ?? [200], `${where}, ${name}`).toContain(told.status);
      const { status, body } = told;
      expect(await scenario.operation(sim, ids), `${where}, ${name}`).toMatchObject({ status, body });
    }
    expect(await audit(sim), `${where}, ${name}`).toEqual([]);
    expect(sim.world.failures, `${where}, ${name}`).toEqual([]);
    const end = endState(sim);
    expect(scenario.ends, `${where}, ${name}`).toContain(end.payments.join(';'));
    if (scenario.payouts) {
      const payouts = recordsOf(sim.world).payouts.map(({ status, amount }) => `${status} ${amount}`);
      expect(scenario.payouts, `${where}, ${name}`).toContain(payouts.toSorted().join());
    }
    // Who never tries again may be left with an operation that never began.
    if (name !== 'the janitor alone' && !scenario.raced) expect(end, `${where}, ${name}`).toEqual(reference ?? end);
    reference ??= end;
  }
}

it.each(
  [...SCENARIOS, ...HOLD_SCENARIOS, ...CHARGE_SCENARIOS, ...CONFIRMATION_SCENARIOS].map(
    (scenario) => [scenario.name, scenario] as const,
  ),
)('%s: ends in one state whatever comes after it dies, or is unheard, at every await', async (_name, scenario) => {
  const before = await simulate();
  const ids = await scenario.before(before);
  const points = new Map<Fault['how'], number>();
  // What was left behind is all that a history starts from: places that leave the same behind are one.
  const seen = new Set<string>();
  for (const how of ['dies', 'unheard'] as const) {
    for (let n = 1; ; n++) {
      const sim = before.fork();
      const passed = await sim.broken({ n, how }, () => scenario.operation(sim, ids));
      if (passed < n) break;
      points.set(how, n);
      const left = persisted(sim);
      if (!seen.has(left)) await assertOneEnd(scenario, sim, ids, `${how} at await ${n}`);
      seen.add(left);
    }
  }
  expect(points.get('dies')).toBeGreaterThan(6);
  expect(points.get('unheard')).toBeGreaterThanOrEqual(points.get('dies')!);
});
