/** Writing down what the stream says: each entry once, whatever is delivered again, reordered or late. */
import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { commitNamed, LOST, retryRaces } from '../table/commit.ts';
import { isLateMove } from '../table/record.ts';
import { all, any, atLeast, below, missing, type Table, type Write } from '../table/table.ts';
import { accounts } from './accounts.ts';
import { credited, type JournalEntry } from './entry.ts';
import { balanceKey, periodKey } from './keys.ts';
import { latePut } from './late-entries.ts';
import { closedThrough, isOpenAt, journalPut } from './store.ts';

/** What is not late has been posted this long after its commit: closes leave so much of the present open, and so do checkpoints. */
export const POSTED_MS = 15 * 60_000;

/**
 * An entry written later than this after its commit becomes a late entry, for a close of its period may be under way (in test mode a day
 * may be closed before it is over, with five seconds left open: settlement/close-period.ts), and a checkpoint may have been made. What is not late
 * is always seen by its own close; being on the list costs a write and nothing else.
 */
export const lateAfterMs = (livemode: boolean): number => (livemode ? 10 * 60_000 : 3_000);

export interface PostDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/** Posts entries of one object in their order; those that are there stay as they are. */
export async function postEntries(
  deps: PostDeps,
  about: { readonly scope: Scope; readonly livemode: boolean },
  entries: readonly JournalEntry[],
): Promise<void> {
  for (const entry of entries) await postEntry(deps, about, entry);
}

async function postEntry(
  deps: PostDeps,
  about: { readonly scope: Scope; readonly livemode: boolean },
  entry: JournalEntry,
): Promise<void> {
  const { scope, livemode } = about;
  let failing: string | undefined;
  return retryRaces(
    async () => {
      const closedMs = await closedThrough(deps.table, scope);
      const isLate = deps.clock.nowMs() - entry.committedMs > lateAfterMs(livemode) || closedMs >= entry.committedMs;
      const balance = availableUpdate(scope, entry);
      const needsPeriod = !isLate && (balance !== undefined || mayBeMissed(livemode, entry));
      const conflict = await commitNamed(deps.table, {
        entry: journalPut(scope, entry),
        late: isLate ? latePut(scope, entry) : undefined,
        balance,
        period: needsPeriod ? stillOpen(scope, entry) : undefined,
      });
      // A conflict on the entry: it was posted before. On any other write: the period was closed meanwhile, so it is posted as late.
      if (!conflict || conflict.on === 'entry') return undefined;
      failing = conflict.on;
      return LOST;
    },
    // The change goes to the retry queue.
    () => {
      throw new Error(
        `${entry.type} of ${entry.body} cannot be posted: the condition of its ${failing} write does not hold`,
      );
    },
  );
}

/**
 * What an entry of the stream moves in `available` changes the balance in the same transaction: a refund or payout that failed gives
 * back, a dispute takes, also what is not there (I8: only what a merchant wills may not make it negative).
 */
function availableUpdate(scope: Scope, entry: JournalEntry): Write | undefined {
  const amount = credited(entry, accounts.available);
  if (amount === 0n) return undefined;
  const key = balanceKey(scope, entry.currency);
  return {
    kind: 'update',
    table: 'ledger',
    key,
    add: { available: amount, v: 1 },
    when: any(missing('available'), all(atLeast('available', -LIMIT), below('available', LIMIT))),
  };
}

/** The writes of an entry that its record's own transaction posts, with what it moves in `available`. Another commit posts it as late. */
export const postedWith = (scope: Scope, entry: JournalEntry) => ({
  entry: journalPut(scope, entry),
  balance: availableUpdate(scope, entry),
  period: stillOpen(scope, entry),
});

/** Minor units beyond which a balance is a bug. */
const LIMIT = 10n ** 17n;

/**
 * Whether a close may read the journal between our look at the period and our write, and not wait for the entry. A close waits for the
 * captures of payments that it reads by key; late ones are in an index, which follows. A close of a day that is over leaves more time than
 * a function has.
 */
const mayBeMissed = (livemode: boolean, { type, body, committedMs }: JournalEntry): boolean =>
  !livemode && (type !== 'captured' || isLateMove(body, committedMs));

const stillOpen = (scope: Scope, entry: JournalEntry): Write => ({
  kind: 'check',
  table: 'ledger',
  key: periodKey(scope),
  when: isOpenAt(entry.committedMs),
});
