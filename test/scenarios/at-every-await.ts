/** One operation, and other work at each of its awaits. */
import type { Simulation } from '../world/simulation.ts';

/** Carries `operation` out once for each of its awaits, with `meanwhile` happening there as a whole. Returns how many there are. */
export async function atEveryAwait<T>(
  begin: Simulation,
  operation: (sim: Simulation) => Promise<T>,
  meanwhile: (sim: Simulation) => Promise<unknown>,
  assess: (sim: Simulation, result: T, where: string) => Promise<void>,
): Promise<number> {
  for (let n = 1; ; n++) {
    const sim = begin.fork();
    let passed = 0;
    sim.onPoint = async (label) => {
      passed += 1;
      if (passed !== n) return;
      sim.onPoint = undefined;
      await meanwhile(sim);
      last = label;
    };
    let last = '';
    const result = await operation(sim);
    sim.onPoint = undefined;
    if (passed < n) return n - 1;
    await assess(sim, result, `await ${n}: ${last}`);
  }
}
