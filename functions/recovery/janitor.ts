/**
 * The janitor finds objects that a crash or a lost response left open. The fan-out notes open payments and refunds under the minute
 * in which to look (`watch#<minute>`); here each minute is visited once, oldest first, and what stays open is noted for later.
 */
import { lookAtSession } from '../checkout/ending.ts';
import { resolveRemoval } from '../customers/operations/removal.ts';
import { type Body, type Scope, timeOf } from '../kernel/ids.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type BankDeps, followPayout } from '../settlement/pay.ts';
import {
  type Look,
  MINUTE_MS,
  parseWatched,
  type Watched,
  type WatchedKind,
  watchItem,
  watchMinute,
} from '../stream/kind/recheck.ts';
import { pagesOf } from '../table/bulk.ts';
import { tryCommit } from '../table/commit.ts';
import { any, below, missing, type Table } from '../table/table.ts';
import { resolveDispute, resolvePayment, resolveRefund, resolveSetup } from './resolve.ts';

/** An open payment is looked at again after its age so far, but at least every hour. */
const LONGEST_WAIT_MINUTES = 60;
/** Open longer than this: a person should know. */
const OVERDUE_MS = 3_600_000;
/** Minutes visited in one run; the next run goes on from the cursor. */
const MINUTES_PER_RUN = 240;
/** No look begins later: the function has a minute, and two questions to a channel that does not answer take 24 s. */
const RUN_MS = 30_000;
/** Payments looked at side by side: one channel that does not answer must not make the others wait. */
const PARALLEL = 16;
const REFS_PER_NOTE = 300;

/** What the janitor asks: channels, and the bank. */
export type JanitorDeps = PaymentsDeps & BankDeps;

export interface JanitorResult {
  readonly looked: number;
  readonly open: number;
  /** Open for more than an hour. */
  readonly overdue: readonly Watched[];
  /** Looks that broke off; each is taken again like any other that left something open. */
  readonly failures: readonly { readonly watched: Watched; readonly error: Error }[];
  /** Payments whose channel still has money that is not theirs, after an attempt to return it. */
  readonly unreturned: readonly Watched[];
}

const CURSOR = { pk: 'watch', sk: 'cursor' };

/**
 * Visits every minute that is over at `asOfMs`, from the cursor on, until its time is up. Safe to run twice or in parallel: looking
 * changes nothing by itself. What one payment or channel does holds up no other.
 */
export async function runJanitor(deps: JanitorDeps, asOfMs: number): Promise<JanitorResult> {
  const deadlineMs = deps.clock.nowMs() + RUN_MS;
  const last = Math.floor(asOfMs / MINUTE_MS) - 1;
  const first = await cursor(deps.table, last);
  const visits: Visit[] = [];
  for (let minute = first; minute <= Math.min(last, first + MINUTES_PER_RUN); minute++) {
    if (deps.clock.nowMs() > deadlineMs) break;
    visits.push(await visit(deps, minute, asOfMs, deadlineMs));
    // A look ahead of time (`asOfMs` later than now) leaves the minutes that are not over for when they are.
    if ((minute + 1) * MINUTE_MS <= deps.clock.nowMs()) await advance(deps.table, minute + 1);
  }
  const open = visits.flatMap((one) => one.open);
  return {
    looked: visits.reduce((sum, { looked }) => sum + looked, 0),
    open: open.length,
    overdue: open.filter(({ sinceMs }) => asOfMs - sinceMs > OVERDUE_MS).map(({ watched }) => watched),
    failures: visits.flatMap(({ failures }) => failures),
    unreturned: visits.flatMap(({ unreturned }) => unreturned),
  };
}

/** The first minute that was not visited yet; where none ever was, as far back as watch items live. */
async function cursor(table: Table, last: number): Promise<number> {
  const item = await table.get('idempotency', CURSOR);
  return item ? Number(item.minute) : last - MINUTES_PER_RUN;
}

async function advance(table: Table, minute: number): Promise<void> {
  const when = any(missing('minute'), below('minute', minute));
  // A conflict: another run was further already.
  await tryCommit(table, { kind: 'update', table: 'idempotency', key: CURSOR, set: { minute }, when });
}

/** Something that was left open, and since when. */
interface Open {
  readonly watched: Watched;
  readonly sinceMs: number;
}

interface Visit {
  readonly looked: number;
  readonly open: readonly Open[];
  readonly failures: JanitorResult['failures'];
  readonly unreturned: readonly Watched[];
}

async function visit(deps: JanitorDeps, minute: number, asOfMs: number, deadlineMs: number): Promise<Visit> {
  const seen = await watchedIn(deps.table, minute);
  const left = [...seen];
  const [open, waiting]: [Open[], Open[]] = [[], []];
  const failures: { watched: Watched; error: Error }[] = [];
  const unreturned: Watched[] = [];
  const next = (): Watched | undefined => (deps.clock.nowMs() > deadlineMs ? undefined : left.shift());
  const work = async (): Promise<void> => {
    for (let watched = next(); watched; watched = next()) {
      try {
        const look = await lookAt(deps, watched, asOfMs);
        if (look.kind !== 'done' && look.unreturned) unreturned.push(watched);
        if (look.kind !== 'done') (look.kind === 'open' ? open : waiting).push({ watched, sinceMs: look.sinceMs });
      } catch (error) {
        failures.push({ watched, error: error as Error });
        open.push({ watched, sinceMs: timeOf(watched.body) });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const unseen = left.map((watched): Open => ({ watched, sinceMs: asOfMs }));
  await noteAgain(deps, [...open, ...waiting, ...unseen], asOfMs);
  return { looked: seen.length - unseen.length, open, failures, unreturned };
}

async function watchedIn(table: Table, minute: number): Promise<readonly Watched[]> {
  const seen = new Set<string>();
  for await (const page of pagesOf(table, 'idempotency', { pk: `watch#${minute}` }))
    for (const item of page) for (const text of item.refs as readonly string[]) seen.add(text);
  return [...seen].map(parseWatched);
}

const lookAt = (deps: JanitorDeps, { kind, scope, body }: Watched, asOfMs: number): Promise<Look> =>
  LOOKS[kind](deps, scope, body, asOfMs);

const LOOKS: Readonly<
  Record<WatchedKind, (deps: JanitorDeps, scope: Scope, body: Body, asOfMs: number) => Promise<Look>>
> = {
  p: resolvePayment,
  r: resolveRefund,
  d: resolveDispute,
  s: resolveSetup,
  k: lookAtSession,
  c: resolveRemoval,
  o: lookAfterPayout,
};

/** A payout that a merchant asked for is ordered at the bank, and followed; banks take days, which is no failure. */
async function lookAfterPayout(deps: JanitorDeps, scope: Scope, body: Body): Promise<Look> {
  const open = await followPayout(deps, scope, body);
  if (!open) return { kind: 'done' };
  return { kind: open.status === 'in_transit' ? 'waiting' : 'open', sinceMs: open.createdMs };
}

/** Rechecks an open object after as long as it has been open, at most an hour. A visit that is repeated notes it twice. */
async function noteAgain(deps: JanitorDeps, open: readonly Open[], asOfMs: number): Promise<void> {
  const byMinute = new Map<number, Watched[]>();
  for (const { watched, sinceMs } of open) {
    const wait = Math.min(LONGEST_WAIT_MINUTES, Math.max(1, Math.floor((asOfMs - sinceMs) / MINUTE_MS)));
    const minute = watchMinute(asOfMs) + wait - 1;
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), watched]);
  }
  for (const [minute, watched] of byMinute) {
    for (let from = 0; from < watched.length; from += REFS_PER_NOTE)
      await deps.table.commit(watchItem(minute, deps.random(14), watched.slice(from, from + REFS_PER_NOTE)));
  }
}
