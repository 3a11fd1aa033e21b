/** One consumer of the stream: one batch at a time, in order, from where it was. */
import type { Log } from '../background.ts';
import type { StackClock, Timer } from '../clock.ts';
import { StoreStopped } from '../store/errors.ts';
import type { ChangeRecord } from '../table/changes.ts';
import type { StreamMapping } from '../wiring/model-types.ts';
import { type AttemptSteps, attempt } from './attempts.ts';

export interface ConsumerDeps extends Pick<AttemptSteps, 'giveUp'> {
  readonly clock: StackClock;
  readonly log: Log;
  readonly call: AttemptSteps['call'];
  /** What is stored behind a position. */
  read(seq: number, most: number): readonly ChangeRecord[];
  /** The consumer has moved on, or has begun to wait for a retry. */
  moved(): void;
}

/** A pause after a read that failed. */
const PAUSE_MS = 1000;

export class StreamConsumer {
  readonly mapping: StreamMapping;
  /** The last change that the consumer is done with. */
  position: number;
  /** It waits for a retry: what comes in meanwhile waits with it. */
  isFailing = false;
  private readonly deps: ConsumerDeps;
  private readonly steps: AttemptSteps;
  private readonly timer: Timer;
  private isOpen = false;
  private isNoticed = false;
  private work: Promise<void> | undefined;
  private wake: (() => void) | undefined;

  constructor(mapping: StreamMapping, position: number, deps: ConsumerDeps) {
    this.mapping = mapping;
    this.position = position;
    this.deps = deps;
    this.timer = deps.clock.timer(() => this.wake?.());
    this.steps = {
      call: async (changes) => this.call(changes),
      done: (changes) => this.pass(changes.at(-1)!.sequence),
      giveUp: async (changes, why, calls) => {
        await deps.giveUp(changes, why, calls);
        this.pass(changes.at(-1)!.sequence);
      },
      ageMs: ({ ms }) => deps.clock.nowMs() - Math.max(ms, deps.clock.steadySinceMs),
      pause: async (ms) => this.pause(ms),
    };
  }

  start(): void {
    this.isOpen = true;
    this.notice();
  }

  /** Begins no batch more. Resolves when the running one has ended. */
  async stop(): Promise<void> {
    this.isOpen = false;
    this.timer.cancel();
    this.wake?.();
    await this.work;
  }

  /** There may be changes. */
  notice(): void {
    this.isNoticed = true;
    if (!this.isOpen || this.work) return;
    this.work = this.run().finally(() => {
      this.work = undefined;
      // It may have been noticed after the loop had ended.
      if (this.isNoticed) this.notice();
    });
  }

  /** Changes up to this one are gone. */
  skip(seq: number): void {
    this.pass(seq);
  }

  private async run(): Promise<void> {
    while (this.isOpen && this.isNoticed) {
      this.isNoticed = false;
      try {
        await this.takeAll();
      } catch (error) {
        if (error instanceof StoreStopped) return;
        this.deps.log.error('changes not taken', { function: this.mapping.function, error });
        this.isNoticed = await this.pause(PAUSE_MS);
      }
    }
  }

  private async takeAll(): Promise<void> {
    for (;;) {
      const batch = this.deps.read(this.position, this.mapping.batchSize);
      if (batch.length === 0 || !this.isOpen) return;
      if (!(await attempt(batch, this.mapping, this.steps))) return;
    }
  }

  private async call(changes: readonly ChangeRecord[]): Promise<unknown> {
    try {
      return await this.deps.call(changes);
    } catch (error) {
      const { function: name } = this.mapping;
      this.deps.log.error('batch failed', {
        function: name,
        records: changes.length,
        from: changes[0]!.sequence,
        error,
      });
      throw error;
    }
  }

  private pass(seq: number): void {
    // A batch that runs ends behind changes that were skipped meanwhile.
    this.position = Math.max(this.position, seq);
    this.deps.moved();
  }

  private async pause(ms: number): Promise<boolean> {
    this.isFailing = true;
    this.deps.moved();
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.isOpen) this.timer.at(this.deps.clock.nowMs() + ms);
      else resolve();
    });
    this.wake = undefined;
    this.isFailing = false;
    return this.isOpen;
  }
}
