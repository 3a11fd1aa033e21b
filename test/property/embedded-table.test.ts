/** The embedded table against the in-memory table of the tests: every answer, image, item and count of units is the same. */
import { fc } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { type MemoryTable, memoryTable } from '../world/memory-table.ts';
import { embeddedTable } from '../world/store-table.ts';
import { type Command, carryOut, commands } from '../world/table-commands.ts';

/** The in-memory table counts whole items for an index, and a key twice that is asked for twice. DynamoDB does neither. */
const hasOtherReadUnits = ({ kind }: Command): boolean => kind === 'links' || kind === 'getMany';

async function compare(list: readonly Command[], ours: MemoryTable, theirs: MemoryTable): Promise<void> {
  for (const command of list) {
    expect([command, await carryOut(ours, command)]).toEqual([command, await carryOut(theirs, command)]);
    if (hasOtherReadUnits(command)) ours.consumed.readUnits = theirs.consumed.readUnits;
    expect([command, ours.consumed]).toEqual([command, theirs.consumed]);
  }
  expect(ours.items('payments')).toEqual(theirs.items('payments'));
  expect(ours.stream()).toEqual(theirs.stream());
  expect(ours.stream(2)).toEqual(theirs.stream(2));
  expect(ours.history).toEqual(theirs.history);
}

it('random commands: answers, errors, items, streams, history and units are those of the in-memory table', async () => {
  await fc.assert(
    fc.asyncProperty(commands, commands, async (first, second) => {
      const [ours, theirs] = [embeddedTable(), memoryTable()];
      await compare(first, ours, theirs);
      await compare(second, ours.clone(), theirs.clone());
    }),
  );
});
