/**
 * Set up before every file that draws cases (property, contract, exhaustive): a change is judged by the same cases as the one before it, so that what
 * fails is what was changed. `SLUICE_SEED=random` (or the number that a failure printed) and `SLUICE_RUNS` go hunting for others.
 */
import fc from 'fast-check';
import { vi } from 'vitest';

const USUAL_SEED = 20_261_125;
const { SLUICE_SEED: seed = String(USUAL_SEED), SLUICE_RUNS: runs } = process.env;
if (seed !== 'random' && !Number.isInteger(Number(seed)))
  throw new Error(`SLUICE_SEED=${seed} is neither a number nor random`);
if (runs !== undefined && !(Number(runs) > 0)) throw new Error(`SLUICE_RUNS=${runs} is not a number of cases`);

fc.configureGlobal({ ...(seed !== 'random' && { seed: Number(seed) }), ...(runs && { numRuns: Number(runs) }) });
if (runs) vi.setConfig({ testTimeout: 3 * 3_600_000 });

/** How many cases of a property that is drawn more or less often than the usual hundred times. */
export const numRuns = (usual: number): { readonly numRuns: number } => ({ numRuns: runs ? Number(runs) : usual });

/** Where two long texts part, short enough to be read; undefined when they do not. */
export function firstDifference(before: string, after: string): string | undefined {
  if (before === after) return undefined;
  const at = [...before].findIndex((character, index) => character !== after[index]);
  const around = (text: string): string => text.slice(Math.max(0, at - 200), at + 100);
  return `${around(before)}\n≠\n${around(after)}`;
}
