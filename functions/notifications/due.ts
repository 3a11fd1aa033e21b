/**
 * When a failed delivery is tried again: a note under the minute in which it falls due, and a job that visits each minute once, oldest
 * first. The backlog waits here and not on the queue, which hides a message for 12 hours at most and 120,000 of them in all.
 */

import type { Clock } from '../kernel/clock.ts';
import { BASE62 } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import type { SendAll } from '../table/queue.ts';
import { absent, equal, type Key, missing, type Table, type Write } from '../table/table.ts';
import type { DeliveryMessage } from './messages.ts';

const MINUTE_MS = 60_000;
/** A minute's notes are spread over so many partitions: an outage of many endpoints fills one minute. */
const SHARDS = 4;
/** Notes live this long, for a job that was down to find them. */
const RETENTION_SECONDS = 7 * 24 * 3600;
/** Where no minute was ever visited: no note is made for sooner than minutes after the first delivery. */
const FIRST_MINUTES = 10;
/** The function has a minute. */
const RUN_MS = 40_000;
const PAGE = 500;

const partition = (minute: number, shard: number): string => `due#${minute}#${shard}`;

/** Notes that the message is to be sent at `atMs`, or in the minute after it; noting it twice is noting it once. */
export function noteDue(message: DeliveryMessage, atMs: number): Write {
  const { scope, endpoint, events } = message;
  const minute = Math.ceil(atMs / MINUTE_MS);
  // Of the random part of the commit's key.
  const shard = BASE62.indexOf(events.sk.charAt(20)) % SHARDS;
  return {
    kind: 'put',
    table: 'events',
    item: {
      pk: partition(minute, shard),
      sk: `${scope}${endpoint}${events.sk}#${events.pk.slice(-3)}`,
      message: JSON.stringify(message),
      expiresAt: minute * 60 + RETENTION_SECONDS,
    },
    when: absent,
  };
}

export interface DueDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly deliveries: SendAll;
}

interface Cursor {
  readonly minute: number;
  readonly shard: number;
  readonly after?: string;
  /** Absent before the first run. */
  readonly version?: number;
}

const CURSOR_KEY: Key = { pk: 'due', sk: 'cursor' };

/**
 * Puts every delivery that is due at `asOfMs` on the queue, from where the last run stopped. A run that dies is repeated from its last page, and a
 * delivery that is put on the queue twice is attempted once.
 */
export async function sendDue(deps: DueDeps, asOfMs: number): Promise<{ readonly sent: number }> {
  const deadlineMs = deps.clock.nowMs() + RUN_MS;
  const last = Math.floor(asOfMs / MINUTE_MS);
  let at = await cursor(deps.table, last);
  let passed: Cursor | undefined;
  let sent = 0;
  while (at.minute <= last && deps.clock.nowMs() < deadlineMs) {
    const page = await deps.table.query('events', {
      pk: partition(at.minute, at.shard),
      limit: PAGE,
      ...(at.after !== undefined && { after: at.after }),
    });
    await deps.deliveries(page.items.map(({ message }) => message as string));
    sent += page.items.length;
    const next = behind(at, page.after);
    // A look ahead of time leaves the minutes that are not over for when they are.
    const isOver = next.minute * MINUTE_MS <= deps.clock.nowMs() + MINUTE_MS;
    // An empty page is not worth a write: where the run dies, the next one reads it again.
    const isWritten = isOver && page.items.length > 0;
    const moved = isWritten ? await advance(deps.table, next) : next;
    if (!moved) return { sent };
    at = moved;
    if (isOver) passed = isWritten ? undefined : at;
  }
  if (passed) await advance(deps.table, passed);
  return { sent };
}

function behind({ minute, shard, version }: Cursor, after: string | undefined): Cursor {
  const withVersion = version === undefined ? {} : { version };
  if (after !== undefined) return { minute, shard, after, ...withVersion };
  return shard + 1 < SHARDS
    ? { minute, shard: shard + 1, ...withVersion }
    : { minute: minute + 1, shard: 0, ...withVersion };
}

async function cursor(table: Table, last: number): Promise<Cursor> {
  const item = await table.get('events', CURSOR_KEY);
  if (!item) return { minute: last - FIRST_MINUTES, shard: 0 };
  return {
    minute: Number(item.minute),
    shard: Number(item.shard),
    version: Number(item.v),
    ...(item.after !== undefined && { after: item.after as string }),
  };
}

/** The cursor where it now stands, or undefined when another run has moved it meanwhile: that one goes on. */
async function advance(table: Table, { version, ...place }: Cursor): Promise<Cursor | undefined> {
  const v = (version ?? 0) + 1;
  const item = { ...CURSOR_KEY, ...place, v };
  const when = version === undefined ? missing('v') : equal('v', version);
  const isOurs = await tryCommit(table, { kind: 'put', table: 'events', item, when });
  return isOurs ? { ...place, version: v } : undefined;
}
