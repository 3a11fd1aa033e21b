/**
 * The audit of a merchant's account at a channel: what the channel lists against what is recorded, both ways, one window of time after the
 * other (ADR 0022). Only the ports of channel and bank are used. What changed at either side within the settling time is no difference: an
 * answer, a callback or the janitor may still bring it.
 */
import type { Listed, Listing } from '../channels/port/listing.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import { type ChannelAuditDeps, listedPairs, listingsOf, recordedPairs, recordsBetween } from './channel-pairs.ts';
import { type Audited, differenceIn } from './channel-values.ts';
import { CommandError } from './command-error.ts';

/** The janitor looks at what is open at least every hour: after two, what is not known here is a difference. */
export const SETTLING_MS = 2 * 3_600_000;

const HOUR_MS = 3_600_000;
/** A request is recorded here and there at slightly different times. */
const CLOCKS_MS = 60_000;
/**
 * The widest window, and the narrowest, which is read however much is in it. The list is read from before a window to behind it: a narrower one would
 * list the same changes over and over.
 */
const WIDEST_MS = 32 * 24 * HOUR_MS;
const NARROWEST_MS = CLOCKS_MS;
/** Listed changes, or records, of one window; with more of them the window is made narrower. */
export const WINDOW_LIMIT = 1_000;
/** The list ends earlier than the channel says, so that nothing is looked for that it has just dropped. */
const MARGIN_MS = 24 * HOUR_MS;

/** Where the comparison goes on: the first instant that is not compared yet, and how much time to take at once. */
export interface Place {
  readonly fromMs: number;
  readonly widthMs: number;
}

export const placeText = ({ fromMs, widthMs }: Place): string => `${fromMs}:${widthMs}`;

/** @throws CommandError for a text that is none */
export function parsePlace(text: string): Place {
  const match = /^(\d{1,14}):(\d{1,14})$/.exec(text);
  if (!match) throw new CommandError(`cursor: ${text} is none`);
  return { fromMs: Number(match[1]), widthMs: Number(match[2]) };
}

export interface WindowAudit {
  /** Charges, refunds and payouts that the channel listed. */
  readonly listed: number;
  readonly differences: readonly string[];
  /** Where the next window begins; undefined after the last. */
  readonly next: Place | undefined;
}

/** Compares one window of the time for which the channel lists, and says where the next one begins. */
export async function auditChannel(
  deps: ChannelAuditDeps,
  of: Audited,
  place: Place | undefined,
): Promise<WindowAudit> {
  const { listing } = deps.channel(of.account.channel);
  if (!listing) return { listed: 0, differences: [], next: undefined };
  const sinceMs = Math.max(0, of.startMs - listing.retentionMs + MARGIN_MS);
  const { fromMs, widthMs } = place ?? { fromMs: sinceMs, widthMs: WIDEST_MS };
  const toMs = Math.min(fromMs + widthMs, of.startMs);
  const isNarrowest = widthMs <= NARROWEST_MS;
  const limit = isNarrowest ? Number.POSITIVE_INFINITY : WINDOW_LIMIT;
  const listed = await listedBetween(listing, of.account, fromMs - CLOCKS_MS, toMs + CLOCKS_MS, limit);
  const records = listed && (await recordsBetween(deps.table, of, { fromMs, toMs }, limit));
  if (!records)
    return { listed: 0, differences: [], next: { fromMs, widthMs: Math.max(NARROWEST_MS, Math.floor(widthMs / 8)) } };
  const listings = listingsOf(listed);
  const isNew = ({ createdMs }: Listed): boolean => createdMs < sinceMs || (createdMs >= fromMs && createdMs < toMs);
  const pairs = [
    ...(await listedPairs(deps.table, of, listed.filter(isNew))),
    ...(await recordedPairs(deps, of, { records, listings, sinceMs })),
  ];
  const few = listed.length + records.length < WINDOW_LIMIT / 4;
  const next = { fromMs: toMs, widthMs: Math.min(WIDEST_MS, few ? widthMs * 2 : widthMs) };
  const decidedByMs = deps.clock.nowMs() - of.settlingMs;
  const differences = pairs
    .filter(({ changedMs }) => changedMs <= decidedByMs)
    .flatMap((pair) => differenceIn(pair, of));
  return { listed: listed.length, differences, next: toMs < of.startMs ? next : undefined };
}

/** Everything that the channel lists between the instants; undefined when that is more than `limit`. */
async function listedBetween(
  listing: Listing,
  account: ChannelAccount,
  sinceMs: number,
  untilMs: number,
  limit: number,
): Promise<readonly Listed[] | undefined> {
  const all = new Map<string, Listed>();
  let cursor: string | undefined;
  do {
    const request = { account, sinceMs: Math.max(0, sinceMs), untilMs, ...(cursor !== undefined && { cursor }) };
    const page = await listing.list(request);
    if (!page) throw new CommandError(`channel ${account.channel} did not answer: try again`);
    for (const one of page.listed) all.set(`${one.about} ${one.reference}`, one);
    if (all.size > limit) return undefined;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return [...all.values()];
}
