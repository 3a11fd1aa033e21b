/**
 * What a kind of aggregate is to those who read its commits: the ledger, the fan-out, recovery, repair and the audit. Each aggregate's folder
 * fills in one such record (`kind.ts`), and `stream/kinds.ts` lists them. The functions are the aggregates' own.
 */

import type { JournalEntry } from '../../ledger/entry.ts';
import type { FeaturesMessage } from '../../risk/port/message.ts';
import type { Token } from '../../search/index/tokens.ts';
import type { Aggregate, Kind } from '../../table/record.ts';
import type { Recheck } from './recheck.ts';

/** c: the commit made a charge (these items are the list of charges, and stay); p, r: other commits of a payment, refund; o: of anything else. */
export type Family = 'c' | 'p' | 'r' | 'o';

/** A quarter of the range of two characters of an event id. The commit time, which is unique among the commits of an object, adds the rest. */
export const EVENT_VERSIONS = 62 ** 2 / 4;

/** The reply to the request behind a commit, and the idempotency key it is stored under. */
export interface CommittedReply {
  readonly keyHash: string;
  readonly requestId: string;
  readonly status: number;
  readonly body: object;
}

/** A commit that raises an alarm, as the metric of that alarm. */
export interface Alarm {
  readonly name: 'UnappliedMoney' | 'OverReturns';
  readonly facts: { readonly scope: string; readonly reference: string; readonly amount: string };
}

/** What a commit announces, and to whom it matters. Pure functions of the stream record: the same record twice is the same events. */
export interface Projection<T> {
  /** The family of its events; `listsCharge` says which of them are the list of charges. */
  readonly family: Exclude<Family, 'c'>;
  readonly listsCharge?: (now: T, types: readonly string[]) => boolean;
  /** Where an object shares its object key with another and may be committed with it: its versions are counted from here in its events' keys. */
  readonly firstEventVersion?: number;
  /** Types of the events of a commit, oldest first; none when nothing is announced. The commit stores them (`table/announces.ts`). */
  readonly types: (old: T | undefined, now: T) => readonly string[];
  /** The object that an event of this type carries, as it was right after the commit. For an earlier image, `about` is the later one that identifies it. */
  readonly object: (now: T, type: string, about?: T) => object;
  /** What an `….updated` event of this type shows of before, where that is not what changed in the object itself. */
  readonly previous?: (type: string) => object | undefined;
  /** What its events are rendered from, where that is not the object as the commit left it; version, time and request are the commit's. */
  readonly rendered?: (old: T, now: T) => T;
  /** What a search finds it by. */
  readonly tokens?: (now: T) => readonly Token[];
  readonly reply?: (now: T) => CommittedReply | undefined;
  /** What risk counts of a commit. */
  readonly features?: (old: T | undefined, now: T) => FeaturesMessage;
  readonly alarms?: (old: T | undefined, now: T) => readonly Alarm[];
  /**
   * The image before the last commit of a record of 0.1, which does not store what it announces, as far as the object and its events show it.
   * Undefined when the object shows no trace of the change: it then announces nothing again.
   */
  readonly before?: (now: T) => T | undefined;
  /** When the janitor must recheck it although nothing is open, as the commit that requires it states. */
  readonly due?: (old: T | undefined, now: T) => { readonly kind: Recheck['kind']; readonly atMs: number } | undefined;
  /** The kind under which the janitor rechecks it while something about it is open. */
  readonly recheck?: (now: T) => Recheck['kind'] | undefined;
}

export interface AggregateKind<T extends Aggregate> extends Projection<T> {
  /** How it is stored. */
  readonly record: Kind<T>;
  /** Journal entries of its commits up to this image, each under its own commit's time. Absent for a kind that moves no money. */
  readonly entries?: (now: T) => readonly JournalEntry[];
  /** Entries that were posted in the transaction that made it. */
  readonly entriesBornWith?: (now: T) => readonly JournalEntry[];
}
