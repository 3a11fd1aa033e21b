/**
 * The janitor finds objects that a crash or a lost response left open. The fan-out notes open payments and refunds under the minute
 * of their recheck (`watch#<minute>`). Here each minute is visited once, oldest first, and open objects are noted for later.
 */
import { recheckSession } from '../checkout/ending.ts';
import { resolveRemoval } from '../customers/operations/removal.ts';
import { type ObjectKey, type Scope, timeOf } from '../kernel/ids.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { type BankDeps, followPayout } from '../settlement/pay.ts';
import {
  MINUTE_MS,
  parseRecheck,
  type Recheck,
  type RecheckKind,
  type RecheckResult,
  recheckItem,
  recheckMinute,
} from '../stream/kind/recheck.ts';
import { pagesOf } from '../table/bulk.ts';
import { tryCommit } from '../table/commit.ts';
import { any, below, missing, type Table } from '../table/table.ts';
import { resolveDispute, resolveSetup } from './recheck.ts';
import { resolvePayment, resolveRefund } from './resolve.ts';

/** What no channel is asked about is rechecked at least this often, and so is a recheck that failed. */
const LONGEST_WAIT_MS = 3_600_000;
/** Open longer than this: a person should know. */
const OVERDUE_MS = 3_600_000;
/** Minutes visited in one run; the next run goes on from the cursor. */
const MINUTES_PER_RUN = 240;
/** No recheck begins later: the function has a minute, and two queries of a channel that does not respond take 24 s. */
const RUN_MS = 30_000;
/** Payments rechecked in parallel: one channel that does not respond must not delay the others. */
const PARALLEL = 16;
const REFS_PER_NOTE = 300;

/** What the janitor asks: channels, and the bank. */
export type JanitorDeps = PaymentsDeps & BankDeps;

export interface JanitorResult {
  readonly looked: number;
  readonly open: number;
  /** Open for more than an hour. */
  readonly overdue: readonly Recheck[];
  /** Rechecks that failed. Each is repeated, like any other that left an object open. */
  readonly failures: readonly { readonly due: Recheck; readonly error: Error }[];
  /** Payments whose channel still has money that is not theirs, after an attempt to return it. */
  readonly unreturned: readonly Recheck[];
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
  let stored = first;
  let over = first;
  for (let minute = first; minute <= Math.min(last, first + MINUTES_PER_RUN); minute++) {
    if (deps.clock.nowMs() > deadlineMs) break;
    const visited = await visit(deps, minute, asOfMs, deadlineMs);
    visits.push(visited);
    // A visit ahead of time (`asOfMs` later than now) leaves minutes that are not over for a later visit.
    if ((minute + 1) * MINUTE_MS <= deps.clock.nowMs()) over = minute + 1;
    // A minute in which nothing was due is not worth a write: where the run dies, the next one visits it again.
    if (!visited.isIdle && over > stored) {
      await advance(deps.table, over);
      stored = over;
    }
  }
  if (over > stored) await advance(deps.table, over);
  const open = visits.flatMap((one) => one.open);
  return {
    looked: visits.reduce((sum, { looked }) => sum + looked, 0),
    open: open.length,
    overdue: open.filter(({ sinceMs }) => asOfMs - sinceMs > OVERDUE_MS).map(({ due }) => due),
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
  readonly due: Recheck;
  readonly sinceMs: number;
  readonly byMs?: number | undefined;
  readonly longestWaitMs?: number;
}

interface Visit {
  /** Nothing was due. */
  readonly isIdle: boolean;
  readonly looked: number;
  readonly open: readonly Open[];
  readonly failures: JanitorResult['failures'];
  readonly unreturned: readonly Recheck[];
}

async function visit(deps: JanitorDeps, minute: number, asOfMs: number, deadlineMs: number): Promise<Visit> {
  const seen = await rechecksIn(deps.table, minute);
  const left = [...seen];
  const [open, waiting]: [Open[], Open[]] = [[], []];
  const failures: { due: Recheck; error: Error }[] = [];
  const unreturned: Recheck[] = [];
  const next = (): Recheck | undefined => (deps.clock.nowMs() > deadlineMs ? undefined : left.shift());
  const work = async (): Promise<void> => {
    for (let due = next(); due; due = next()) {
      try {
        const result = await recheck(deps, due, asOfMs);
        if (result.kind !== 'done' && result.unreturned) unreturned.push(due);
        if (result.kind !== 'done') (result.kind === 'open' ? open : waiting).push({ ...result, due });
      } catch (error) {
        failures.push({ due, error: error as Error });
        open.push({ due, sinceMs: timeOf(due.body) });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const unseen = left.map((due): Open => ({ due, sinceMs: asOfMs }));
  await noteAgain(deps, [...open, ...waiting, ...unseen], asOfMs);
  return { isIdle: seen.length === 0, looked: seen.length - unseen.length, open, failures, unreturned };
}

async function rechecksIn(table: Table, minute: number): Promise<readonly Recheck[]> {
  const seen = new Set<string>();
  for await (const page of pagesOf(table, 'idempotency', { pk: `watch#${minute}` }))
    for (const item of page) for (const text of item.refs as readonly string[]) seen.add(text);
  return [...seen].map(parseRecheck);
}

const recheck = (deps: JanitorDeps, { kind, scope, body }: Recheck, asOfMs: number): Promise<RecheckResult> =>
  RECHECKS[kind](deps, scope, body, asOfMs);

const RECHECKS: Readonly<
  Record<RecheckKind, (deps: JanitorDeps, scope: Scope, objectKey: ObjectKey, asOfMs: number) => Promise<RecheckResult>>
> = {
  p: resolvePayment,
  r: resolveRefund,
  d: resolveDispute,
  s: resolveSetup,
  k: recheckSession,
  c: resolveRemoval,
  o: recheckPayout,
};

/** A payout that a merchant asked for is ordered at the bank, and followed; banks take days, which is no failure. */
async function recheckPayout(deps: JanitorDeps, scope: Scope, objectKey: ObjectKey): Promise<RecheckResult> {
  const open = await followPayout(deps, scope, objectKey);
  if (!open) return { kind: 'done' };
  return { kind: open.status === 'in_transit' ? 'waiting' : 'open', sinceMs: open.createdMs };
}

/**
 * Rechecks an open object after as long as it has been open, at most as long as its channel says, and an order as soon as it has expired. A visit that is repeated
 * notes it twice.
 */
async function noteAgain(deps: JanitorDeps, open: readonly Open[], asOfMs: number): Promise<void> {
  const byMinute = new Map<number, Recheck[]>();
  for (const { due, sinceMs, byMs, longestWaitMs = LONGEST_WAIT_MS } of open) {
    const wait = Math.max(1, Math.floor(Math.min(longestWaitMs, asOfMs - sinceMs) / MINUTE_MS));
    const soonest = recheckMinute(asOfMs);
    const latest = byMs !== undefined && byMs > asOfMs ? Math.floor(byMs / MINUTE_MS) : Number.POSITIVE_INFINITY;
    const minute = Math.max(soonest, Math.min(soonest + wait - 1, latest));
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), due]);
  }
  for (const [minute, due] of byMinute) {
    for (let from = 0; from < due.length; from += REFS_PER_NOTE)
      await deps.table.commit(recheckItem(minute, deps.random(14), due.slice(from, from + REFS_PER_NOTE)));
  }
}
