/** What took effect in the tables while something ran: cheaper to ask for than what is in them. */
import type { Write } from '../../functions/table/table.ts';
import type { MemoryTable } from './memory-table.ts';

export async function written<T>(
  table: MemoryTable,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly writes: readonly Write[] }> {
  const writes: Write[] = [];
  table.onCall = (call) => void (call.when === 'after' && writes.push(...call.writes));
  try {
    return { result: await run(), writes };
  } finally {
    table.onCall = undefined;
  }
}
