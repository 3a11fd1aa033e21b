/** The embedded table of the tests on random commands. What DynamoDB makes of the same commands is compared in test/integration. */
import { fc } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import type { Item } from '../../functions/table/table.ts';
import { type MemoryTable, memoryTable } from '../world/memory-table.ts';
import { type Command, carryOut, commands } from '../world/table-commands.ts';

const run = async (table: MemoryTable, list: readonly Command[]): Promise<readonly unknown[]> => {
  const answers = [];
  for (const command of list) answers.push(await carryOut(table, command));
  return answers;
};
const pastOf = (table: MemoryTable) => [table.items('payments'), table.stream(), table.history];
const nameOf = ({ pk, sk }: Item): string => `${pk} ${sk}`;

it('a copy answers as its original does, and neither sees what the other writes', async () => {
  await fc.assert(
    fc.asyncProperty(commands, commands, commands, async (first, second, third) => {
      const table = memoryTable();
      await run(table, first);
      const copy = table.clone();
      const before = pastOf(table);

      const answers = await run(copy, second);
      expect(pastOf(table)).toEqual(before);
      expect(await run(table, second)).toEqual(answers);
      expect(pastOf(copy)).toEqual(pastOf(table));
      const [after, consumed] = [pastOf(copy), { ...copy.consumed }];
      await run(table.clone(), third);
      await run(table, third);
      expect([pastOf(copy), copy.consumed]).toEqual([after, consumed]);
    }),
  );
});

it('the stream and the history, from any place on, lead to what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(commands, fc.nat(20), async (list, from) => {
      const table = memoryTable();
      await run(table, list);

      const records = table.stream();
      const folded = new Map<string, Item>();
      for (const { old, new: now } of records) {
        expect(old && folded.get(nameOf(old))).toEqual(old);
        if (now) folded.set(nameOf(now), now);
        else folded.delete(nameOf(old!));
      }
      expect([...folded.values()].sort(byName)).toEqual([...table.items('payments')].sort(byName));
      expect(table.stream(from)).toEqual(records.filter(({ sequence }) => sequence > from));
      const changes = table.history.flat().filter(({ write, old, now }) => write.kind !== 'check' && (old ?? now));
      expect(changes.map(({ old, now }) => [old, now])).toEqual(records.map(({ old, new: now }) => [old, now]));
    }),
  );
});

const byName = (a: Item, b: Item): number => (nameOf(a) < nameOf(b) ? -1 : 1);
