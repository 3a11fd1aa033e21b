/** Deletes security codes that were not used in their minutes (I16). The table's time to live is only the second line: it may take days. */
import { seconds } from '../kernel/clock.ts';
import { tryCommit } from '../table/commit.ts';
import { all, below, type ExpiringTable, type Key, present } from '../table/table.ts';

export interface ExpiredCodesDeps {
  readonly table: ExpiringTable;
}

/** Deleted at a time. */
const AT_ONCE = 25;

export interface Swept {
  readonly deleted: number;
  /** The codes that could not be deleted, by the name of the error. The next run finds them again. */
  readonly failures: readonly string[];
}

/**
 * Deletes every code whose time is over at `nowMs`. `openCard` refuses such a code from the same second on, so no payment misses it;
 * a code that still has time is never touched, whatever the scan saw.
 */
export async function deleteExpiredCodes({ table }: ExpiredCodesDeps, nowMs: number): Promise<Swept> {
  let deleted = 0;
  const failures: string[] = [];
  let after: Key | undefined;
  do {
    const page = await table.expiredKeys('cvc', seconds(nowMs), after);
    for (let from = 0; from < page.keys.length; from += AT_ONCE) {
      const outcomes = await Promise.allSettled(
        page.keys.slice(from, from + AT_ONCE).map((key) => deleteExpired(table, key, nowMs)),
      );
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') deleted += outcome.value ? 1 : 0;
        else failures.push(outcome.reason instanceof Error ? outcome.reason.name : 'unknown');
      }
    }
    after = page.after;
  } while (after !== undefined);
  return { deleted, failures };
}

/** Whether this call deleted the code; not so where a payment or the time to live came first. */
function deleteExpired(table: ExpiringTable, key: Key, nowMs: number): Promise<boolean> {
  const when = all(present, below('expiresAt', seconds(nowMs) + 1));
  return tryCommit(table, { kind: 'delete', table: 'cvc', key, when });
}
