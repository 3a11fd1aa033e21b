/** Runs the same random commands on the in-memory table and on a real engine: every answer and every count of units must be the same. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { engineTable } from './engine-table.ts';
import { memoryTable } from './memory-table.ts';
import { carryOut, commands } from './table-commands.ts';

/** `units`: also compare write units, where the engine counts them as DynamoDB does. */
export async function compareWith(
  endpoint: string,
  options: { readonly runs: number; readonly seed: number; readonly units: boolean },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const engine = await engineTable(endpoint);
      const memory = memoryTable();
      try {
        for (const command of list) {
          const [ours, theirs] = [await carryOut(memory, command), await carryOut(engine.table, command)];
          expect(ours).toEqual(theirs);
          if (options.units && theirs === 'done')
            expect([command, memory.consumed.writeUnits]).toEqual([command, engine.table.consumed.writeUnits]);
          // A failed condition costs units that its answer does not tell.
          memory.consumed.writeUnits = engine.table.consumed.writeUnits;
        }
      } finally {
        await engine.drop();
      }
    }),
    { numRuns: options.runs, seed: options.seed },
  );
}
