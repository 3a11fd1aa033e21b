/** Writes that several consumers may want to make: one of them does. */
import { Conflict, type Table, type Write } from '../table/table.ts';

/** Whether this write was made; false when somebody else changed the item first. */
export async function wins(table: Table, write: Write): Promise<boolean> {
  try {
    await table.commit(write);
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}
