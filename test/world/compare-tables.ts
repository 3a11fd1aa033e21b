/** Runs the same random commands on a table of ours and on a real engine: every answer and every count of units must be the same. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { engineTable } from './engine-table.ts';
import { type MemoryTable, memoryTable } from './memory-table.ts';
import { embeddedTable } from './store-table.ts';
import { carryOut, commands } from './table-commands.ts';

/** The tables that the engines are compared with. */
export const OURS: readonly (readonly [name: string, make: () => MemoryTable])[] = [
  ['in-memory', memoryTable],
  ['embedded', embeddedTable],
];

/** `units`: also compare write units, where the engine counts them as DynamoDB does. */
export async function compareWith(
  endpoint: string,
  make: () => MemoryTable,
  options: { readonly runs: number; readonly seed: number; readonly units: boolean },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const engine = await engineTable(endpoint);
      const ours = make();
      try {
        for (const command of list) {
          const [answer, theirs] = [await carryOut(ours, command), await carryOut(engine.table, command)];
          expect(answer).toEqual(theirs);
          if (options.units && theirs === 'done')
            expect([command, ours.consumed.writeUnits]).toEqual([command, engine.table.consumed.writeUnits]);
          // A failed condition costs units that its answer does not tell.
          ours.consumed.writeUnits = engine.table.consumed.writeUnits;
        }
      } finally {
        await engine.drop();
      }
    }),
    { numRuns: options.runs, seed: options.seed },
  );
}
