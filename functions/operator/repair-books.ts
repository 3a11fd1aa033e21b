/**
 * Writing the journal again from the objects it is about, after their stream was lost or a table was restored: the same entries under
 * the same keys that the stream would have posted (I4), through the same post. What is there stays as it is.
 */

import type { JournalEntry } from '../ledger/entry.ts';
import { entryKey } from '../ledger/keys.ts';
import { type PostDeps, postEntries } from '../ledger/post.ts';
import type { Change } from '../stream/kinds.ts';
import { everyEntryOf, type Image } from '../stream/posting.ts';
import { missingAmong } from '../table/missing-items.ts';

/** Objects whose entries are posted side by side; those of one object in their order. */
const PARALLEL = 8;

/**
 * Posts the entries behind the images that the journal has not; with `dryRun` posts nothing. Returns how many were missing. Safe to run
 * beside the stream and twice.
 */
export async function repairBooks(deps: PostDeps, images: readonly Image[], dryRun: boolean): Promise<number> {
  const wanted = images.flatMap((image) => everyEntryOf(image).map((entry) => ({ image: image.new, entry })));
  const missing = await missingAmong(deps.table, wanted, ({ image, entry }) => ({
    table: 'ledger',
    key: entryKey(image.scope, entry),
  }));
  if (dryRun) return missing.length;
  const byObject = new Map<Change['new'], JournalEntry[]>();
  for (const { image, entry } of missing) byObject.set(image, [...(byObject.get(image) ?? []), entry]);
  const objects = [...byObject];
  for (let from = 0; from < objects.length; from += PARALLEL)
    await Promise.all(
      objects.slice(from, from + PARALLEL).map(([image, entries]) => postEntries(deps, image, entries)),
    );
  return missing.length;
}
