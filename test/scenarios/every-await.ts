/**
 * Breaks an operation at each of its awaits, and what may follow a break. The contract of `everyAwait`:
 *
 * 1. A point is a call of the table, the channel, the bank or the file store, once before and once after it takes effect.
 * 2. At a point, the operation `dies` (it does nothing more) or `fails` (the call fails or its answer is lost, and the operation goes on).
 * 3. Each run starts from a fork of `from`. Runs that leave the same state behind are one: equal states have equal futures.
 * 4. `then` receives each state once, also the state of the operation that does not break. It may change the simulation.
 * 5. An operation with fewer than `atLeast` points fails the test, because then the test breaks nothing.
 * 6. A failure of `then` names the point.
 */
import { expect } from 'vitest';
import { persisted } from '../world/persisted.ts';
import type { Answer, Fault, Simulation } from '../world/simulation.ts';

/** Longer than the lease of an idempotency key. */
export const LEASE_OVER_MS = 41_000;

export interface Breakable {
  readonly from: Simulation;
  readonly operation: (sim: Simulation) => Promise<unknown>;
  readonly atLeast: number;
  /** Both ways, without this. */
  readonly hows?: readonly Fault['how'][];
}

export async function everyAwait(
  { from, operation, atLeast, hows = ['dies', 'fails'] }: Breakable,
  then: (sim: Simulation, where: string) => Promise<void>,
): Promise<void> {
  const seen = new Set<string>();
  for (const how of hows) {
    let n = 1;
    for (let broke = true; broke; n++) {
      const sim = from.fork();
      broke = (await sim.broken({ n, how }, () => operation(sim))) >= n;
      const left = `${sim.world.clock.nowMs()} ${persisted(sim)}`;
      if (seen.has(left)) continue;
      seen.add(left);
      const where = broke ? `${how} at await ${n}` : 'unbroken';
      await named(where, () => then(sim, where));
    }
    // The last run does not break.
    expect(n - 2, `points where the operation ${how}`).toBeGreaterThanOrEqual(atLeast);
  }
}

async function named(where: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  }
}

/** Sends a request again as the SDK does: at once, and after the lease. Returns the answer that is final. */
export async function untilAnswered<T extends Answer | undefined>(
  sim: Simulation,
  request: () => Promise<T>,
  again: readonly number[] = [409, 429, 500],
): Promise<T> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const answer = await request();
    if (answer === undefined || !again.includes(answer.status)) return answer;
    sim.move(LEASE_OVER_MS);
  }
  throw new Error('the request never gets an answer');
}

/**
 * Delivers everything twice and runs the janitor for four minutes: every settling time, lease and recheck is over. Where the channel answers no
 * queries, what was sent again waits for its callback besides.
 */
export async function comeToRest(sim: Simulation): Promise<void> {
  await sim.deliverCallbacks({ times: 2 });
  await sim.world.runQueues();
  const minutes = sim.channel.state.requests.size > 0 ? 8 : 4;
  for (let minute = 0; minute < minutes; minute++) {
    sim.move(61_000);
    await sim.janitor();
    await sim.deliverCallbacks();
    await sim.world.runQueues();
  }
}

/** What happens after a break; the answer to the request that is sent again. */
type History = (sim: Simulation, again: () => Promise<Answer | undefined>) => Promise<Answer | undefined>;

const HISTORIES: Readonly<Record<string, History>> = {
  'sent again at once': async (sim, again) => {
    const answer = await untilAnswered(sim, again);
    await comeToRest(sim);
    return answer;
  },
  'callbacks first, twice and reversed, then sent again': async (sim, again) => {
    await sim.world.runQueues();
    await sim.deliverCallbacks({ times: 2, reversed: true });
    await sim.world.runQueues();
    sim.move(LEASE_OVER_MS);
    const answer = await untilAnswered(sim, again);
    await comeToRest(sim);
    return answer;
  },
  'the janitor, then sent again': async (sim, again) => {
    await comeToRest(sim);
    const answer = await untilAnswered(sim, again);
    await comeToRest(sim);
    return answer;
  },
  'the janitor alone': async (sim) => {
    await comeToRest(sim);
    return undefined;
  },
};

export interface Ended {
  readonly sim: Simulation;
  /** Of the request that was sent again. */
  readonly answer: Answer | undefined;
  /** False where only the janitor runs: then the operation may never have begun. */
  readonly sentAgain: boolean;
}

/** Plays each history from the same state. A failure of `then` names the history. */
export async function everyHistory(
  left: Simulation,
  request: (sim: Simulation) => Promise<Answer | undefined>,
  then: (ended: Ended) => Promise<void>,
): Promise<void> {
  for (const [name, history] of Object.entries(HISTORIES)) {
    const sim = left.fork();
    await named(name, async () => {
      const answer = await history(sim, () => request(sim));
      await then({ sim, answer, sentAgain: name !== 'the janitor alone' });
    });
  }
}
