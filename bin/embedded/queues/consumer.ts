/** One consumer of a queue, as Lambda's mapping is one: it receives batches, calls the function, and deletes what the function has done. */
import { commitPatiently, type Invoke, type Log, Running } from '../background.ts';
import type { StackClock, Timer } from '../clock.ts';
import { StoreStopped } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Queue, QueueMapping } from '../wiring/model-types.ts';
import type { QueueChaos } from './chaos.ts';
import type { Message } from './message.ts';
import { hasWaiting, release, remove, type Taken, take } from './rows.ts';
import { eventOf, failedOf } from './sqs-event.ts';

export interface ConsumerDeps {
  readonly store: Store;
  readonly clock: StackClock;
  readonly invoke: Invoke;
  readonly log: Log;
  readonly chaos: QueueChaos | undefined;
}

/** A pause after a full disk. */
const PAUSE_MS = 1000;

export class QueueConsumer {
  readonly mapping: QueueMapping;
  private readonly queue: Queue;
  private readonly deps: ConsumerDeps;
  private readonly timer: Timer;
  private readonly running = new Running();
  private invocations = 0;
  private isOpen = false;
  private isTaking = false;
  /** When the next waiting message is due, as far as this process knows. */
  private nextDueMs = Number.POSITIVE_INFINITY;

  constructor(mapping: QueueMapping, queue: Queue, deps: ConsumerDeps) {
    this.mapping = mapping;
    this.queue = queue;
    this.deps = deps;
    this.timer = deps.clock.timer(() => this.pump());
  }

  /** Begins with whatever the queue holds. */
  start(): void {
    this.isOpen = true;
    this.notice(this.deps.clock.nowMs());
  }

  /** Receives nothing more, and waits for what runs. Returns whether all of it ended within the limit. */
  async stop(limitMs: number): Promise<boolean> {
    this.isOpen = false;
    this.timer.cancel();
    return this.running.ended(limitMs);
  }

  /** Whether a message that is being sent can be delivered at once. The caller has to `handOver` or `giveBack` the place. */
  reserve(): boolean {
    if (!this.isOpen || this.isTaking || this.invocations >= this.mapping.maxConcurrency) return false;
    this.invocations += 1;
    return true;
  }

  giveBack(): void {
    this.invocations -= 1;
    this.pump();
  }

  /** Delivers messages that were received by the commit that stored them, on a reserved place. */
  handOver(batch: readonly Message[]): void {
    if (batch.length === 0 || !this.isOpen) this.giveBack();
    else this.running.add(this.work(batch));
  }

  /** Messages wait, and the first is due at this time. */
  notice(dueMs: number): void {
    this.nextDueMs = Math.min(this.nextDueMs, dueMs);
    this.pump();
  }

  /** Receives what is due while places are free. Otherwise waits for the time of the next message. */
  private pump(): void {
    if (!this.isOpen || this.isTaking || this.invocations >= this.mapping.maxConcurrency) return;
    if (this.nextDueMs === Number.POSITIVE_INFINITY) return;
    if (this.nextDueMs > this.deps.clock.nowMs()) this.timer.at(this.nextDueMs);
    else this.running.add(this.receive());
  }

  private async receive(): Promise<void> {
    const { store, clock, log } = this.deps;
    const { batchSize, maxConcurrency } = this.mapping;
    const places = maxConcurrency - this.invocations;
    this.isTaking = true;
    // Messages that are noticed from here on may be too late for the commit.
    this.nextDueMs = Number.POSITIVE_INFINITY;
    try {
      const taken = await store.commit((db) => take(db, this.queue, clock.nowMs(), places, batchSize));
      this.deliver(taken);
    } catch (error) {
      if (error instanceof StoreStopped) return;
      log.error('messages not received', { queue: this.queue.name, error });
      this.nextDueMs = clock.nowMs() + PAUSE_MS;
    } finally {
      this.isTaking = false;
    }
    this.pump();
  }

  private deliver({ batches, dead, nextDueMs }: Taken): void {
    if (dead > 0) this.deps.log.warn('dead letters', { queue: this.queue.name, messages: dead });
    this.nextDueMs = Math.min(this.nextDueMs, nextDueMs ?? Number.POSITIVE_INFINITY);
    // Those that were received for a consumer that has stopped since are released by the next start.
    if (!this.isOpen) return;
    for (const batch of batches) {
      this.invocations += 1;
      this.running.add(this.work(batch));
    }
  }

  private async work(batch: readonly Message[]): Promise<void> {
    const { clock, chaos } = this.deps;
    const fault = this.queue.fifo ? undefined : chaos?.duplicate(this.queue.name);
    const answers = await Promise.all((fault === 'beside' ? [batch, batch] : [batch]).map((each) => this.call(each)));
    const failed = new Set(answers.flat());
    const done = batch.filter((message) => !failed.has(message));
    // A duplicate uses up a delivery, so a message is a duplicate once.
    const again = fault === 'later' ? done.filter(({ receives }) => receives === 1) : [];
    this.running.add(
      this.end([
        { messages: done.filter((message) => !again.includes(message)) },
        { messages: again, dueMs: clock.nowMs() + (chaos?.lateMs(this.queue.name) ?? 0) },
        { messages: [...failed], dueMs: batch[0]!.receivedMs + this.queue.visibilityMs },
      ]),
    );
    this.giveBack();
  }

  /**
   * Deletes messages, or makes them wait until they are due again. The next message of a group is received by a later commit, so that it is not
   * on disk that it was received before it is on disk that this one has gone.
   */
  private async end(
    parts: readonly { readonly messages: readonly Message[]; readonly dueMs?: number }[],
  ): Promise<void> {
    const { store, clock, log } = this.deps;
    const used = parts.filter(({ messages }) => messages.length > 0);
    try {
      await commitPatiently(store, (db) => {
        for (const { messages, dueMs } of used) {
          const ids = messages.map(({ id }) => id);
          if (dueMs === undefined) remove(db, ids);
          else release(db, ids, dueMs);
        }
      });
      for (const { dueMs } of used) if (dueMs !== undefined) this.notice(dueMs);
      if (this.queue.fifo && store.read((db) => hasWaiting(db, this.queue))) this.notice(clock.nowMs());
    } catch (error) {
      if (!(error instanceof StoreStopped)) log.error('messages not deleted', { queue: this.queue.name, error });
    }
  }

  /** The messages of the batch that failed. */
  private async call(batch: readonly Message[]): Promise<readonly Message[]> {
    const { invoke, log } = this.deps;
    try {
      const answer = await invoke(this.mapping.function, eventOf(this.queue, batch));
      return this.mapping.reportsFailures ? failedOf(batch, answer) : [];
    } catch (error) {
      log.error('batch failed', { function: this.mapping.function, queue: this.queue.name, error });
      return batch;
    }
  }
}
