/** The in-memory table that the crash tests trust, and the embedded one, against the emulator that the stack runs on. */
import { it } from 'vitest';
import { compareWith, OURS } from '../world/compare-tables.ts';
import { deployed } from '../world/deployed.ts';
import { countsUnits } from '../world/deployed-stack.ts';

it.each(OURS)(
  'the %s table answers random commands as the emulator does, write units included where it counts them exactly',
  async (_, make) => {
    await compareWith(deployed().endpoint, make, { runs: 60, seed: 20261124, units: await countsUnits() });
  },
  120_000,
);
