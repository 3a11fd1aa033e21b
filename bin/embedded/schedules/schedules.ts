/**
 * The rules of a stack that call a function every so many minutes of its clock. A run that was missed, because the process did not run or the
 * clock jumped, is made up once. A call that fails is not repeated: the next one does its work.
 */
import { randomUUID } from 'node:crypto';
import { commitPatiently, type Invoke, type Log, Running } from '../background.ts';
import type { StackClock, Timer } from '../clock.ts';
import { StoreStopped } from '../store/errors.ts';
import { type Database, prepared } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { Rule } from '../wiring/model-types.ts';

export interface SchedulesOptions {
  readonly store: Store;
  readonly clock: StackClock;
  readonly log: Log;
  readonly rules: readonly Rule[];
  readonly invoke: Invoke;
}

export class Schedules {
  private readonly options: SchedulesOptions;
  private readonly timers: ReadonlyMap<Rule, Timer>;
  private readonly running = new Running();
  private isOpen = false;

  constructor(options: SchedulesOptions) {
    this.options = options;
    const timer = (rule: Rule): Timer => options.clock.timer(() => this.running.add(this.run(rule)));
    this.timers = new Map(options.rules.map((rule) => [rule, timer(rule)]));
  }

  /** Makes up what was missed, and goes on from there. A new rule runs first when its time is over once. */
  async start(): Promise<void> {
    this.isOpen = true;
    const { store, clock, rules } = this.options;
    const lastMs = await store.commit((db) => rules.map(({ id }) => firstSeen(db, id, clock.nowMs())));
    for (const [index, rule] of rules.entries()) this.arm(rule, lastMs[index]!);
  }

  /** Begins no run more, and waits for those that run. Returns whether all ended within the limit. */
  async stop(limitMs: number): Promise<boolean> {
    this.isOpen = false;
    for (const timer of this.timers.values()) timer.cancel();
    return this.running.ended(limitMs);
  }

  /** Resolves when the runs that have begun have ended. Returns whether they did within the limit. */
  idle(limitMs: number): Promise<boolean> {
    return this.running.ended(limitMs);
  }

  private arm(rule: Rule, lastMs: number): void {
    if (this.isOpen) this.timers.get(rule)!.at(lastMs + rule.everyMs);
  }

  /** The time is stored after the run: a run that a crash cut off is made up. The next one is counted from the beginning of this one. */
  private async run(rule: Rule): Promise<void> {
    const { store, clock, log, invoke } = this.options;
    const startMs = clock.nowMs();
    try {
      await invoke(rule.function, eventOf(rule, startMs));
    } catch (error) {
      log.error('scheduled call failed', { function: rule.function, error });
    }
    try {
      await commitPatiently(store, (db) => {
        prepared(db, 'REPLACE INTO schedules VALUES (?, ?)').run(rule.id, startMs);
      });
    } catch (error) {
      if (error instanceof StoreStopped) return;
      log.error('scheduled call not noted', { function: rule.function, error });
    }
    this.arm(rule, startMs);
  }
}

/** When the rule last ran. A rule that is new is seen now. */
function firstSeen(db: Database, id: string, nowMs: number): number {
  prepared(db, 'INSERT OR IGNORE INTO schedules VALUES (?, ?)').run(id, nowMs);
  const row = prepared(db, 'SELECT last_ms AS lastMs FROM schedules WHERE rule = ?').get(id) as {
    readonly lastMs: number;
  };
  return row.lastMs;
}

/** The rule's input, or the event of a schedule without what names an account. */
function eventOf({ id, input }: Rule, nowMs: number): object {
  if (input !== undefined) return input as object;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    time: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    resources: [id],
    detail: {},
  };
}
