/** The stack's clock: the system's time plus an offset that is kept in the store. Everything that waits on a stack waits on it. */
import type { Clock } from '../../functions/kernel/clock.ts';
import { type Database, prepared } from './store/sqlite.ts';
import type { Store } from './store/store.ts';

export interface Timer {
  /** Calls once when the clock shows this time, at once where it has passed. Replaces an earlier time. */
  at(dueMs: number): void;
  cancel(): void;
}

export interface StackClock extends Clock {
  /** Moves the time forward for good, and wakes every timer. Resolves once that is stored, with the new time. */
  advance(ms: number): Promise<number>;
  timer(call: () => void): Timer;
  /**
   * The time since which the clock has run without a jump: the start of the process, or the last advance. Ages that end something count from
   * it, because nothing could be done in the time before.
   */
  readonly steadySinceMs: number;
}

const OFFSET = 'clock_offset_ms';
/** A timer looks at the clock so often: the system may sleep or set its time meanwhile. */
const LOOK_MS = 60_000;

/** The clock of a store. `systemMs` is the system's time. */
export const openClock = (store: Store, systemMs: () => number = Date.now): StackClock =>
  new OffsetClock(store, systemMs);

class OffsetClock implements StackClock {
  private readonly store: Store;
  private readonly systemMs: () => number;
  private readonly armed = new Set<OffsetTimer>();
  private offsetMs: number;
  /** What the system's time went back by since the start: this clock does not follow it. */
  private heldMs = 0;
  private lastMs: number;
  steadySinceMs: number;

  constructor(store: Store, systemMs: () => number) {
    this.store = store;
    this.systemMs = systemMs;
    this.offsetMs = store.read(storedOffset);
    this.lastMs = systemMs();
    this.steadySinceMs = this.nowMs();
  }

  nowMs(): number {
    const systemMs = this.systemMs();
    if (systemMs < this.lastMs) this.heldMs += this.lastMs - systemMs;
    this.lastMs = systemMs;
    return systemMs + this.offsetMs + this.heldMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.timer(resolve).at(this.nowMs() + ms));
  }

  async advance(ms: number): Promise<number> {
    if (!Number.isSafeInteger(ms) || ms <= 0)
      throw new Error(`the clock moves forward by whole milliseconds, not by ${ms}`);
    const offsetMs = await this.store.commit((db) => {
      const sum = storedOffset(db) + ms;
      prepared(db, 'REPLACE INTO facts VALUES (?, ?)').run(OFFSET, sum);
      return sum;
    });
    // Two advances may end in one group of commits.
    this.offsetMs = Math.max(this.offsetMs, offsetMs);
    this.steadySinceMs = this.nowMs();
    for (const timer of this.armed) timer.look();
    return this.steadySinceMs;
  }

  timer(call: () => void): Timer {
    return new OffsetTimer(this, this.armed, call);
  }
}

const storedOffset = (db: Database): number => {
  const row = prepared(db, 'SELECT value FROM facts WHERE name = ?').get(OFFSET) as
    | { readonly value: number }
    | undefined;
  return row?.value ?? 0;
};

class OffsetTimer implements Timer {
  private readonly clock: Clock;
  private readonly armed: Set<OffsetTimer>;
  private readonly call: () => void;
  private dueMs = 0;
  private handle: NodeJS.Timeout | undefined;

  constructor(clock: Clock, armed: Set<OffsetTimer>, call: () => void) {
    this.clock = clock;
    this.armed = armed;
    this.call = call;
  }

  at(dueMs: number): void {
    this.dueMs = dueMs;
    this.armed.add(this);
    this.look();
  }

  cancel(): void {
    clearTimeout(this.handle);
    this.armed.delete(this);
  }

  /** Sets the system's timer for the rest of the time, as the clock shows it now. */
  look(): void {
    clearTimeout(this.handle);
    const restMs = this.dueMs - this.clock.nowMs();
    this.handle = setTimeout(() => this.wake(), Math.min(Math.max(restMs, 0), LOOK_MS));
  }

  private wake(): void {
    if (this.clock.nowMs() < this.dueMs) this.look();
    else {
      this.armed.delete(this);
      this.call();
    }
  }
}
