/** The queues of a stack: messages are rows of the store. A send resolves when the message is stored, and a free consumer has it at once. */
import type { Invoke, Log } from '../background.ts';
import type { StackClock, Timer } from '../clock.ts';
import { StoreStopped } from '../store/errors.ts';
import type { Database } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { Queue, QueueMapping } from '../wiring/model-types.ts';
import type { QueueChaos } from './chaos.ts';
import { QueueConsumer } from './consumer.ts';
import { type Message, nextId, type Outgoing } from './message.ts';
import { expire } from './operator-rows.ts';
import { insert, lastIdOf, recover } from './rows.ts';

export interface QueuesOptions {
  readonly store: Store;
  readonly clock: StackClock;
  readonly log: Log;
  readonly queues: readonly Queue[];
  /** A queue has one consumer, or none. */
  readonly mappings: readonly QueueMapping[];
  readonly invoke: Invoke;
  readonly chaos?: QueueChaos | undefined;
}

const HOUR_MS = 3_600_000;

export class Queues {
  readonly store: Store;
  readonly clock: StackClock;
  readonly queues: ReadonlyMap<string, Queue>;
  private readonly consumers: ReadonlyMap<string, QueueConsumer>;
  private readonly log: Log;
  private readonly chaos: QueueChaos | undefined;
  private readonly hourly: Timer;
  private lastId: number;
  private isOpen = false;

  constructor({ store, clock, log, queues, mappings, invoke, chaos }: QueuesOptions) {
    this.store = store;
    this.clock = clock;
    this.log = log;
    this.chaos = chaos;
    this.queues = new Map(queues.map((queue) => [queue.name, queue]));
    const deps = { store, clock, invoke, log, chaos };
    this.consumers = new Map(
      mappings.map((mapping) => [mapping.queue, new QueueConsumer(mapping, this.queue(mapping.queue), deps)]),
    );
    if (this.consumers.size < mappings.length) throw new Error('queues: a queue has two consumers');
    this.hourly = clock.timer(() => void this.removeExpired());
    this.lastId = store.read(lastIdOf);
  }

  queue(name: string): Queue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new Error(`queues: there is no queue ${name}`);
    return queue;
  }

  /**
   * Begins to deliver. Messages that an earlier process was working on are delivered at once, not after their visibility timeout: the store
   * admits one process, so no other works on them.
   */
  async start(): Promise<void> {
    await this.store.commit((db) => recover(db, this.clock.nowMs()));
    this.isOpen = true;
    for (const consumer of this.consumers.values()) consumer.start();
    this.hourly.at(this.clock.nowMs() + HOUR_MS);
  }

  /** Delivers nothing more, and waits for the functions that run. Returns whether all of them ended within the limit. */
  async stop(limitMs: number): Promise<boolean> {
    this.isOpen = false;
    this.hourly.cancel();
    const stopped = await Promise.all([...this.consumers.values()].map((consumer) => consumer.stop(limitMs)));
    return stopped.every(Boolean);
  }

  /**
   * Stores the messages, all or none, and resolves with their ids. `patient`: no request waits for them. The caller
   * has checked them (`refusalOf`).
   */
  async send(name: string, outgoing: readonly Outgoing[], { patient = false } = {}): Promise<readonly number[]> {
    const queue = this.queue(name);
    const fault = this.chaos?.send(name);
    if (fault === 'refused') throw new Error(`chaos: a send to ${name} was refused`);
    const consumer = this.consumers.get(name);
    const isReserved = consumer?.reserve() ?? false;
    const batchSize = isReserved ? consumer!.mapping.batchSize : 0;
    const messages = outgoing.map((message) => this.message(queue, message));
    const receivedMs = this.clock.nowMs();
    const inserted = await this.store
      .commit(
        (db) =>
          messages.map((message, index) => insert(db, queue, message, receivedMs, isReserved && index < batchSize)),
        { patient },
      )
      .catch((error: unknown) => {
        if (isReserved) consumer!.giveBack();
        throw error;
      });
    const received = messages.filter((_, index) => inserted[index]!.isReceived);
    if (isReserved) consumer!.handOver(received.map((message) => delivered(message, receivedMs)));
    const waiting = inserted.filter(({ isReceived, dueMs }) => !isReceived && dueMs !== undefined);
    if (waiting.length > 0) consumer?.notice(Math.min(...waiting.map(({ dueMs }) => dueMs!)));
    if (fault === 'lost') throw new Error(`chaos: the answer to a send to ${name} was lost`);
    return inserted.map(({ id }) => id);
  }

  /** Stores a message as a part of another commit. */
  add(db: Database, name: string, body: string): void {
    const queue = this.queue(name);
    const message = this.message(queue, { body });
    insert(db, queue, message, this.clock.nowMs(), false);
    setImmediate(() => this.consumers.get(name)?.notice(message.dueMs));
  }

  /** Messages of a queue are due, and no send has announced them. */
  notice(name: string): void {
    this.consumers.get(name)?.notice(this.clock.nowMs());
  }

  nextId(): number {
    this.lastId = nextId(this.lastId, this.clock.nowMs());
    return this.lastId;
  }

  private message(queue: Queue, outgoing: Outgoing): Outgoing & { readonly id: number; readonly dueMs: number } {
    const lateMs = queue.fifo ? 0 : (this.chaos?.lateMs(queue.name) ?? 0);
    const delayMs = outgoing.delaySeconds === undefined ? queue.delayMs : outgoing.delaySeconds * 1000;
    return { ...outgoing, id: this.nextId(), dueMs: this.clock.nowMs() + delayMs + lateMs };
  }

  /** Removes messages past their retention. A queue with a consumer ages only while that could work: not in a jump of the clock. */
  private async removeExpired(): Promise<void> {
    const { steadySinceMs } = this.clock;
    const nowMs = this.clock.nowMs();
    try {
      for (const queue of this.queues.values()) {
        if (this.consumers.has(queue.name) && steadySinceMs > nowMs - queue.retentionMs) continue;
        const messages = await this.store.commit((db) => expire(db, queue, nowMs), { patient: true });
        if (messages > 0) this.log.warn('messages expired', { queue: queue.name, messages });
      }
    } catch (error) {
      if (error instanceof StoreStopped) return;
      this.log.error('messages not expired', { error });
    }
    if (this.isOpen) this.hourly.at(this.clock.nowMs() + HOUR_MS);
  }
}

const delivered = ({ id, body, group, dedupe }: Outgoing & { readonly id: number }, nowMs: number): Message => ({
  id,
  body,
  group,
  dedupe,
  sentMs: nowMs,
  receives: 1,
  firstMs: nowMs,
  receivedMs: nowMs,
});
