/** Commits that report a conflict by the name of its write, commits that may lose, and the bounded retry of lost races. */
import type { Clock } from '../kernel/clock.ts';
import { notesOf, notesOfStored } from './just-written.ts';
import { Conflict, Contended, type Item, type Table, type Write } from './table.ts';

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

/**
 * Commits the writes in one transaction. Returns the conflict, or undefined when everything is written. `instead`: what is written after a
 * conflict in place of all of them, if anything.
 */
export async function commitNamed<Writes extends NamedWrites<keyof Writes & string>>(
  table: Committer,
  writes: Writes,
  instead?: (conflict: NamedConflict<keyof Writes & string>, writes: Writes) => Writes | undefined,
): Promise<NamedConflict<keyof Writes & string> | undefined> {
  const named = (Object.entries(writes) as [keyof Writes & string, Write | readonly Write[] | undefined][]).flatMap(
    ([name, given]) => [given ?? []].flat().map((write: Write) => ({ name, write })),
  );
  const [first, ...others] = named;
  if (!first) throw new Error('a transaction has at least one write');
  try {
    await table.commit(first.write, ...others.map(({ write }) => write));
    return undefined;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const conflict = { on: named[error.index]!.name, old: error.old };
    const others = instead?.(conflict, writes);
    return others ? commitNamed(table, others) : conflict;
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
 * The table for the functions that commit aggregates. What a commit replaces is noted before it, and what lists may miss of the commit when it has
 * returned. A note that fails must not fail the commit, which may move money, and must not hold it, or its reply, for longer than `patienceMs`:
 * `failed` takes the error.
 */
export function noting<T extends Table>(
  table: T,
  clock: Clock,
  failed: (error: unknown) => void,
  patienceMs = 1_000,
): T {
  const lost = (error: unknown): void => {
    // The first image was noted before, as it was then.
    if (!(error instanceof Conflict)) failed(error);
  };
  const note = (notes: readonly Write[]) =>
    Promise.all(notes.map((one) => within(table.commit(one), patienceMs).catch(lost)));
  const commit: Table['commit'] = async (...writes) => {
    const { replaced, written } = notesOf(writes, clock.nowMs());
    // Before the commit: while it is in the table, a list finds it there, and then in its note.
    await note(replaced);
    await table.commit(...writes);
    await note(written);
  };
  const get: Table['get'] = async (name, key) => {
    const item = await table.get(name, key);
    const notes = name === 'payments' ? notesOfStored(item, clock.nowMs()) : [];
    if (notes.length === 0) return item;
    await note(notes);
    // It may have changed while it was noted.
    return table.get(name, key);
  };
  return withMembers(table, { commit, again: withMembers<Table>(table, { commit, get }) });
}

const withMembers = <T extends Table>(table: T, members: Partial<Table>): T =>
  new Proxy(table, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof Table];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

/** Rejects where the work takes longer. It goes on, and what it says later is dropped. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
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

/** A change of a stored value, which other writers change too. */
export interface Change<T, Name extends string> {
  /** The value with the change; undefined when there is nothing (more) to write. */
  readonly apply: (current: T) => T | undefined;
  /** The transaction that makes `changed` of `current`. */
  readonly writes: (current: T, changed: T) => Promise<NamedWrites<Name>>;
  /** The value as it stands after a conflict. `left` is the number of attempts that may follow. */
  readonly newest: (conflict: NamedConflict<Name>, current: T, left: number) => Promise<T>;
  /** Whether another transaction is worth a try after one of which an item stayed busy. Absent: the error is the caller's. */
  readonly contended?: () => boolean;
}

/**
 * Commits a change of `value`; after a conflict, again from what was written first. Returns the value as it stands, and whether this call
 * changed it. `giveUp` as for `retryRaces`.
 */
export async function commitChange<T, Name extends string>(
  table: Committer,
  value: T,
  { apply, writes, newest, contended }: Change<T, Name>,
  giveUp: () => never,
): Promise<{ readonly value: T; readonly changed: boolean }> {
  let current = value;
  return retryRaces(async (left) => {
    const changed = apply(current);
    if (changed === undefined) return { value: current, changed: false };
    const named = await writes(current, changed);
    const conflict = await commitNamed<NamedWrites<Name>>(table, named).catch((error: unknown): typeof LOST => {
      if (error instanceof Contended && contended?.()) return LOST;
      throw error;
    });
    if (conflict === LOST) return LOST;
    if (!conflict) return { value: changed, changed: true };
    current = await newest(conflict, current, left);
    return LOST;
  }, giveUp);
}

/**
 * Commits one change after the other. `next` makes each of them out of the value as the one before left it, and undefined after the last.
 * Returns the value as it stands then. `giveUp` as for `retryRaces`.
 */
export async function commitChanges<T, Name extends string>(
  table: Committer,
  value: T,
  next: (current: T) => Promise<Change<T, Name> | undefined>,
  giveUp: () => never,
): Promise<T> {
  let current = value;
  for (let change = await next(current); change; change = await next(current))
    current = (await commitChange(table, current, change, giveUp)).value;
  return current;
}
