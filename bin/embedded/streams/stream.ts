/**
 * The stream of a table: changes are rows that the table writes in the commit of the item, and each consumer gets them in order, at least
 * once, from where it was. Rows go with the commit that stores the last consumer's position.
 */
import { commitPatiently, type Invoke, type Log, Running } from '../background.ts';
import type { StackClock, Timer } from '../clock.ts';
import { StoreStopped } from '../store/errors.ts';
import type { Database } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { type ChangeRecord, changesAfter, newestChange } from '../table/changes.ts';
import type { StreamMapping } from '../wiring/model-types.ts';
import type { GaveUp } from './attempts.ts';
import { StreamConsumer } from './consumer.ts';
import { failureMessage } from './failure-message.ts';
import { Gate } from './gate.ts';
import { Recent } from './recent.ts';
import { eventOf } from './record.ts';
import * as rows from './rows.ts';

export interface StreamOptions {
  readonly store: Store;
  readonly clock: StackClock;
  readonly log: Log;
  readonly streamArn: string;
  readonly mappings: readonly StreamMapping[];
  readonly arnOfFunction: (name: string) => string;
  readonly invoke: Invoke;
  /** Puts a message on a queue, as a part of a commit. */
  readonly enqueue: (db: Database, queue: string, body: string) => void;
  /** Changes that may be behind before requests wait. */
  readonly mostBehind: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export class Stream {
  private readonly options: StreamOptions;
  private readonly consumers: readonly StreamConsumer[];
  private readonly gate: Gate;
  private readonly hourly: Timer;
  private readonly running = new Running();
  private readonly recent: Recent;
  private trimmedSeq = 0;
  private isOpen = false;
  /** A commit that stores the positions has not run yet. */
  private isSaving = false;

  constructor(options: StreamOptions) {
    const { store, clock, log, mappings } = options;
    if (new Set(mappings.map(({ table }) => table)).size > 1) throw new Error('streams: two tables have a stream');
    this.options = options;
    this.recent = new Recent((after, most) => store.read((db) => changesAfter(db, after, most)));
    this.consumers = mappings.map(
      (mapping) =>
        new StreamConsumer(
          mapping,
          store.read((db) => rows.positionOf(db, mapping.id)),
          {
            clock,
            log,
            call: (changes) => this.call(mapping, changes),
            giveUp: (changes, why, calls) => this.giveUp(mapping, changes, why, calls),
            read: (position, most) => this.recent.after(position, most),
            moved: () => this.moved(),
          },
        ),
    );
    this.gate = new Gate(() => this.options.mostBehind - this.behind());
    this.hourly = clock.timer(() => this.running.add(this.removeExpired()));
  }

  start(): void {
    this.isOpen = true;
    for (const consumer of this.consumers) consumer.start();
    this.hourly.at(this.options.clock.nowMs() + HOUR_MS);
  }

  /** Begins no batch more, and waits for those that run. Returns whether they ended within the limit. */
  async stop(limitMs: number): Promise<boolean> {
    this.isOpen = false;
    this.hourly.cancel();
    this.gate.release();
    for (const consumer of this.consumers) this.running.add(consumer.stop());
    return this.running.ended(limitMs);
  }

  /** Items of the table have changed. Each commit that changes one is followed by a call. */
  notice(): void {
    this.recent.notice();
    for (const consumer of this.consumers) consumer.notice();
  }

  /** Resolves when the consumers are near enough: awaited before a request from outside is taken. */
  accept(): Promise<void> {
    return this.gate.accept();
  }

  /** Changes that the slowest consumer has before it. One that waits for a retry is not counted: requests do not wait for an error. */
  behind(): number {
    const newest = this.options.store.read(newestChange);
    const working = this.consumers.filter(({ isFailing }) => !isFailing).map(({ position }) => position);
    return newest - Math.min(newest, ...working);
  }

  /** Gives a function again what it gave up, in order. Returns how many changes. Rejects when the function fails again. */
  async replay(functionName: string): Promise<number> {
    const mapping = this.options.mappings.find((each) => each.function === functionName);
    if (!mapping) throw new Error(`streams: ${functionName} does not read the stream`);
    const { store } = this.options;
    for (let count = 0; ; ) {
      const batch = store.read((db) => rows.givenUpBy(db, mapping.id, mapping.batchSize));
      if (batch.length === 0) return count;
      await this.call(mapping, batch);
      await store.commit((db) => {
        rows.takeBack(
          db,
          mapping.id,
          batch.map(({ sequence }) => sequence),
        );
        rows.trim(db, this.trimmedSeq);
      });
      count += batch.length;
    }
  }

  private call({ function: name }: StreamMapping, changes: readonly ChangeRecord[]): Promise<unknown> {
    return this.options.invoke(name, eventOf(this.options.streamArn, changes));
  }

  private moved(): void {
    this.save();
    this.gate.open();
  }

  /**
   * Stores the positions in the next group of commits. What a consumer does after this call is in the same group or a later one, so no effect
   * of a batch is on disk without the position before it: the order stays over a crash.
   */
  private save(): void {
    if (this.isSaving) return;
    this.isSaving = true;
    const stored = commitPatiently(this.options.store, (db) => {
      this.isSaving = false;
      this.savePositions(db);
    });
    this.running.add(
      stored.catch((error: unknown) => {
        if (!(error instanceof StoreStopped)) this.options.log.error('positions not stored', { error });
      }),
    );
  }

  private savePositions(db: Database): void {
    for (const { mapping, position } of this.consumers) rows.setPosition(db, mapping.id, position);
    const doneSeq = Math.min(...this.consumers.map(({ position }) => position));
    if (doneSeq === this.trimmedSeq) return;
    rows.trim(db, doneSeq);
    this.recent.forget(doneSeq);
    this.trimmedSeq = doneSeq;
  }

  private async giveUp(
    mapping: StreamMapping,
    changes: readonly ChangeRecord[],
    why: GaveUp,
    calls: number,
  ): Promise<void> {
    const { store, clock, log, enqueue, streamArn, arnOfFunction } = this.options;
    const functionArn = arnOfFunction(mapping.function);
    const body = failureMessage({ changes, why, calls, functionArn, streamArn, nowMs: clock.nowMs() });
    await commitPatiently(store, (db) => {
      enqueue(db, mapping.onFailure, body);
      rows.giveUp(
        db,
        mapping.id,
        changes.map(({ sequence }) => sequence),
        clock.nowMs(),
      );
      rows.setPosition(db, mapping.id, changes.at(-1)!.sequence);
    });
    log.error('changes given up', {
      function: mapping.function,
      records: changes.length,
      from: changes[0]!.sequence,
      why,
    });
  }

  /** A change is kept for a day, and so is one that was given up. A jump of the clock does not count: nothing could be done in it. */
  private async removeExpired(): Promise<void> {
    const { store, clock, log } = this.options;
    const beforeMs = clock.nowMs() - DAY_MS;
    try {
      if (clock.steadySinceMs <= beforeMs) {
        const seq = store.read((db) => rows.lastBefore(db, beforeMs));
        for (const consumer of this.consumers) {
          if (consumer.position >= seq) continue;
          log.error('changes expired', { function: consumer.mapping.function, from: consumer.position, upTo: seq });
          consumer.skip(seq);
        }
        await commitPatiently(store, (db) => {
          rows.forget(db, beforeMs);
          rows.trim(db, this.trimmedSeq);
        });
      }
    } catch (error) {
      if (error instanceof StoreStopped) return;
      log.error('changes not expired', { error });
    }
    if (this.isOpen) this.hourly.at(clock.nowMs() + HOUR_MS);
  }
}
