/**
 * Writing again what the fan-out writes, after the stream was lost: events, the list of charges, search tokens, reviews, replies, the
 * janitor's notes; each under the key that the stream would have used, if it is missing. No webhook is sent: merchants request
 * deliveries of old events (`POST /v1/events/{id}/retry`). Risk's counters are not restored, because they matter for two hours only.
 */

import { storeReply } from '../api/idempotency.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RandomText } from '../kernel/ids.ts';
import { notedSince, type SearchFields } from '../merchants/search-fields.ts';
import { notesOf, storedOf, unresolvedIn } from '../notifications/fan-out.ts';
import { EVENT_RETENTION_MS, type EventCommit, eventKey, putEvents } from '../notifications/store.ts';
import { isCharged } from '../payments/announced.ts';
import { type Attempt, chargedMs, hasCharge, isOrder } from '../payments/attempt.ts';
import type { Payment } from '../payments/payment.ts';
import type { Review } from '../risk/port/message.ts';
import { putReview } from '../risk/reviews/review.ts';
import { putToken } from '../search/index/tokens.ts';
import { lastTypesOf, newTokens } from '../stream/events.ts';
import { recheckItem, recheckMinute } from '../stream/kind/recheck.ts';
import type { Change } from '../stream/kinds.ts';
import { kindOf } from '../stream/kinds.ts';
import type { Image } from '../stream/posting.ts';
import { tryCommit } from '../table/commit.ts';
import { missingAmong } from '../table/missing-items.ts';
import type { Table, Write } from '../table/table.ts';

export interface RepairDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
}

/** How many of each were not there; `open`: objects that the janitor is (again) to look at. */
export interface Restored {
  readonly events: number;
  readonly tokens: number;
  readonly reviews: number;
  readonly open: number;
}

const PARALLEL = 16;
type Put = Extract<Write, { kind: 'put' }>;

/** Writes what the images' projections lack; with `dryRun` nothing. Safe to run beside the stream and twice. */
export async function repairProjections(
  deps: RepairDeps,
  images: readonly Image[],
  { dryRun, searchFields }: { readonly dryRun: boolean; readonly searchFields: SearchFields | undefined },
): Promise<Restored> {
  const { table } = deps;
  const nowMs = deps.clock.nowMs();
  const whole = images.map(({ kind, new: image }) => ({ kind, new: image }) as Change);
  const commits = whole.flatMap((change) => lastEvents(change, nowMs));
  const lists = await Promise.all(whole.map((change) => unlistedCharges(table, change)));
  const events = await missing(table, [...commits, ...lists.flat()].map(putEvents));
  const tokens = await missing(
    table,
    whole.flatMap((change) => tokenPuts(change, searchFields)),
  );
  const reviews = await missing(table, whole.flatMap(reviewsOf).map(putReview));
  const soon = recheckMinute(nowMs);
  const notes = notesOf(whole, soon, unresolvedIn(whole));
  const open = notes.reduce((sum, [, objects]) => sum + objects.length, 0);
  if (!dryRun) {
    await commitAll(table, [
      ...events,
      ...tokens,
      ...reviews,
      ...whole.flatMap(replyWrites),
      ...notes.map(([minute, objects]) => recheckItem(minute, deps.random(14), objects)),
    ]);
  }
  return { events: events.length, tokens: tokens.length, reviews: reviews.length, open };
}

const reviewsOf = (change: Change): readonly Review[] =>
  kindOf(change).features?.(change.old, change.new).reviews ?? [];

/** The events of the object's last commit that follow from the object and would still exist. */
function lastEvents(change: Change, nowMs: number): readonly EventCommit[] {
  const types = lastTypesOf(change);
  const isRetained = isCharged(types) || change.new.committedMs > nowMs - EVENT_RETENTION_MS;
  return types.length > 0 && isRetained ? [{ types, change }] : [];
}

/**
 * Charges that an earlier commit made and no event lists: the list of charges is made of those events. Under which version that commit
 * stood is forgotten, so one stands for it under its time, with the payment as it is now.
 */
async function unlistedCharges(table: Table, { kind, new: image }: Change): Promise<readonly EventCommit[]> {
  if (kind !== 'payment') return [];
  const payment = image;
  const earlier = payment.attempts.filter(
    (attempt) => hasCharge(attempt) && wasAnnounced(attempt) && chargedMs(attempt) !== payment.committedMs,
  );
  const listed = await Promise.all(earlier.map((attempt) => listedAs(table, payment, attempt)));
  return listed.flat();
}

const wasAnnounced = ({ settledMs, pendingMs }: Attempt): boolean => settledMs !== undefined || pendingMs !== undefined;

/** The event that listed the charge first, as far as the payment shows it. */
function firstAnnounced({ direct }: Payment, attempt: Attempt): string {
  const { status, pendingMs, surplus } = attempt;
  if (status === 'closed' || (surplus && pendingMs === undefined)) return 'charge.updated';
  // A charge by itself, and that of an order, may have been announced as pending; any other that has changed since was declined.
  if (pendingMs !== undefined) return direct || isOrder(attempt) ? 'charge.pending' : 'charge.failed';
  return status === 'failed' ? 'charge.failed' : 'charge.succeeded';
}

async function listedAs(table: Table, payment: Payment, attempt: Attempt): Promise<readonly EventCommit[]> {
  const types = [firstAnnounced(payment, attempt)];
  const commit: EventCommit = {
    types,
    change: { kind: 'payment', new: { ...payment, committedMs: chargedMs(attempt), version: 0 } },
  };
  const { pk, sk } = eventKey(commit);
  const prefix = sk.slice(0, -2);
  const { items } = await table.query('events', { pk, from: prefix, to: `${prefix}~`, limit: 1 });
  return items.length > 0 ? [] : [commit];
}

/** Each token once: metadata of the payment and of its charge may say the same. */
function tokenPuts(change: Change, searchFields: SearchFields | undefined): readonly Put[] {
  const noted = newTokens(change).filter(([path]) => notedSince(searchFields, path) !== undefined);
  const puts = noted.map((token) => putToken(change.kind, change.new, token) as Put);
  return [...new Map(puts.map((put) => [put.item.pk, put])).values()];
}

function replyWrites(change: Change): readonly Write[] {
  const reply = kindOf(change).reply?.(change.new);
  return reply ? [storeReply(reply.keyHash, storedOf(reply))] : [];
}

const missing = (table: Table, puts: readonly Write[]): Promise<readonly Write[]> =>
  missingAmong(table, puts, (put) => ({
    table: put.table,
    key: { pk: (put as Put).item.pk, sk: (put as Put).item.sk },
  }));

async function commitAll(table: Table, writes: readonly Write[]): Promise<void> {
  for (let from = 0; from < writes.length; from += PARALLEL)
    await Promise.all(writes.slice(from, from + PARALLEL).map((write) => tryCommit(table, write)));
}
