/** From what happened to journal entries: pure functions of a commit's old and new image, so that a redelivery makes the same entries. */
import { entryId, type JournalEntry } from '../ledger/entry.ts';
import { type Change, kindOf } from './kinds.ts';

/**
 * The entries that one commit makes: those of its image that those of the image before have not. A refund's request and a payout's creation
 * are posted in their own transactions, not here.
 */
export function entriesOf(change: Change): readonly JournalEntry[] {
  const { entries } = kindOf(change);
  const made = entries?.(change.new) ?? [];
  if (!entries || !change.old || made.length === 0) return made;
  const before = new Set(entries(change.old).map(entryId));
  return made.filter((entry) => !before.has(entryId(entry)));
}

/** The entries that were posted with the object itself, in the transaction that made it; none for most. */
export const entriesBornWith = (change: Pick<Change, 'kind' | 'new'>): readonly JournalEntry[] =>
  kindOf(change).entriesBornWith?.(change.new) ?? [];

/** An object as it stands, with nothing before it. */
export type Image = Omit<Change, 'old'>;

/** Every entry that the object has made: with it, and by its later commits. */
export function everyEntryOf({ kind, new: image }: Image): readonly JournalEntry[] {
  const whole = { kind, new: image } as Change;
  return [...entriesBornWith(whole), ...entriesOf(whole)];
}
