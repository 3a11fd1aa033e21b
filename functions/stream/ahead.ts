/** Commits that the stream's consumers may not have taken yet: their entries and events are derived here, as the consumers will (I17). */
import type { Caller } from '../api/operation.ts';
import { entryKey } from '../ledger/keys.ts';
import type { StoredEntry } from '../ledger/store.ts';
import { type AheadDeps, newestPayments } from '../payments/ahead.ts';
import { firstImage } from '../payments/first-image.ts';
import type { Payment } from '../payments/payment.ts';
import { notedImages, scanWindowMs } from '../table/just-written.ts';
import { changesOf } from './change.ts';
import { type Change, kindOf } from './kinds.ts';
import { everyEntryOf } from './posting.ts';

type Reader = Pick<Caller, 'scope' | 'settings'>;

/**
 * The commits that were noted, with the image before where their events show it, and the last commits of the newest payments. In no order; a
 * commit may come twice. `to`: as for `paymentsAhead`.
 */
export async function changesAhead(deps: AheadDeps, caller: Reader, to?: string): Promise<readonly Change[]> {
  const { table, clock } = deps;
  // One after the other: a commit that is replaced in between was noted before that.
  const newest = await newestPayments(deps, caller, to, { unrestored: true });
  const noted = await notedImages(table, caller.scope, caller.settings.shards, clock.nowMs());
  // A note that this version cannot read, such as one of a newer version, is left to the stream.
  const { changes } = changesOf(noted, () => {});
  const sinceMs = clock.nowMs() - scanWindowMs;
  return [...changes, ...newest.flatMap((payment) => commitsIn(payment, sinceMs))];
}

/** The entries of these commits and of the earlier ones of the same objects, each once. Most are in the journal. */
export async function entriesAhead(deps: AheadDeps, caller: Reader, to?: string): Promise<readonly StoredEntry[]> {
  const changes = await changesAhead(deps, caller, to);
  const entries = changes
    .filter((change) => kindOf(change).entries)
    .flatMap(everyEntryOf)
    .map((entry) => ({ key: entryKey(caller.scope, entry), entry }));
  return [...new Map(entries.map((one) => [`${one.key.pk} ${one.key.sk}`, one])).values()];
}

/** The last commit of the payment, and its first where a later one shows it and the stream may not have reached it. */
function commitsIn(payment: Payment, sinceMs: number): readonly Change[] {
  const first = payment.version > 1 && payment.createdMs > sinceMs ? firstImage(payment) : undefined;
  const images = first ? [payment, first] : [payment];
  return images.map((image) => ({ kind: 'payment', new: image }));
}
