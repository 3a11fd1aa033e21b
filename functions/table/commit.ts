/** Commits that report a conflict by the name of its write, commits that may lose, and the bounded retry of lost races. */
import { Conflict, type Item, type Table, type Write } from './table.ts';

type Committer = Pick<Table, 'commit'>;

/** The writes of a transaction by name, in this order. A name may hold one write, several, or none. */
export type NamedWrites<Name extends string> = {
  readonly [name in Name]?: Write | readonly Write[] | undefined;
};

/** Another write came first. `on` is the name of the first write whose condition fails; `old` is the item as it stands. */
export interface NamedConflict<Name extends string> {
  readonly on: Name;
  readonly old: Item | undefined;
}

/** Commits the writes in one transaction. Returns the conflict, or undefined when everything is written. */
export async function commitNamed<Name extends string>(
  table: Committer,
  writes: NamedWrites<Name>,
): Promise<NamedConflict<Name> | undefined> {
  const named = (Object.entries(writes) as [Name, Write | readonly Write[] | undefined][]).flatMap(([name, given]) =>
    [given ?? []].flat().map((write: Write) => ({ name, write })),
  );
  const [first, ...others] = named;
  if (!first) throw new Error('a transaction has at least one write');
  try {
    await table.commit(first.write, ...others.map(({ write }) => write));
    return undefined;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    return { on: named[error.index]!.name, old: error.old };
  }
}

/** Commits the writes in one transaction. Returns whether they are written; false means that another write came first. */
export async function tryCommit(table: Committer, ...writes: readonly [Write, ...Write[]]): Promise<boolean> {
  try {
    await table.commit(...writes);
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}

/**
 * Attempts at one change before its caller gives up. Each lost attempt means that another writer succeeded, and one object has few
 * writers at a time. More losses than this point to a defect.
 */
export const RACES = 8;

/** An attempt returns this when another write came first, after it has read the new state. */
export const LOST = Symbol('lost');

/**
 * Runs `attempt` until it does not lose, at most `RACES` times. `left` is the number of attempts that may follow. `giveUp` decides the
 * result after the last one; API operations throw `lock_timeout` there.
 */
export async function retryRaces<T>(
  attempt: (left: number) => Promise<T | typeof LOST>,
  giveUp: () => T | Promise<T>,
): Promise<T> {
  for (let left = RACES - 1; left >= 0; left--) {
    const result = await attempt(left);
    if (result !== LOST) return result;
  }
  return giveUp();
}
