/**
 * Executions of state machines: each position is in the store before anything is done at it, so that a restart carries on where the
 * last one stopped. A task that was interrupted is done again.
 */
import type { StackClock, Timer } from '../clock.ts';
import type { Database } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { MachineDefinition } from './definition.ts';
import {
  type Execution,
  endExecution,
  executionOf,
  findExecution,
  insertExecution,
  moveExecution,
  positionOf,
  removeEnded,
  runningExecutions,
} from './execution-rows.ts';
import { type Effect, type Event, step, type Transition, taskAt } from './machine.ts';

export interface ExecutionsDeps {
  readonly store: Store;
  /** Stores in the background: waits while the disk is full. */
  readonly commit: (work: (db: Database) => void) => Promise<void>;
  readonly clock: Pick<StackClock, 'nowMs' | 'timer' | 'steadySinceMs'>;
  /** Machines by their ARNs. */
  readonly machines: ReadonlyMap<string, MachineDefinition>;
  /** Calls the function with this ARN. Rejects with the function's error. */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
  readonly log: { error(message: string, facts: Readonly<Record<string, unknown>>): void };
}

/** Why an execution is not started. */
export type Refusal = 'ExecutionAlreadyExists' | 'InvalidExecutionInput' | 'InvalidName';

export type Started = { readonly startedMs: number } | { readonly refused: Refusal };

/** A name can be used again so long after its execution has ended. */
const NAME_KEPT_MS = 90 * 86_400_000;
const MOST_INPUT_BYTES = 262_144;
/** Of Step Functions: no white space, brackets, wildcards, quotes, separators or control characters. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

export class Executions {
  private readonly deps: ExecutionsDeps;
  private readonly timers = new Map<number, Timer>();
  private readonly working = new Set<Promise<void>>();
  private isClosed = false;
  /** What a task still returns comes too late. */
  private isDropped = false;

  constructor(deps: ExecutionsDeps) {
    this.deps = deps;
  }

  /** Carries on with what was running when the process ended. */
  resume(): void {
    for (const execution of this.deps.store.read(runningExecutions)) {
      if (!this.deps.machines.has(execution.machine))
        throw new Error(`an execution of ${execution.machine} is running, and the template has no such machine`);
      this.carryOn(execution);
    }
  }

  /**
   * Starts an execution; resolves when it is stored. A second start with the name and the input of a running one is the same start. Otherwise a
   * name is refused until 90 days after its execution has ended.
   */
  async start(machine: string, name: string, input: string): Promise<Started> {
    if (!NAME.test(name)) return { refused: 'InvalidName' };
    if (!isJson(input) || Buffer.byteLength(input) > MOST_INPUT_BYTES) return { refused: 'InvalidExecutionInput' };
    const { store, clock } = this.deps;
    const nowMs = clock.nowMs();
    const { isNew, execution } = await store.commit((db) => {
      removeEnded(db, nowMs - NAME_KEPT_MS);
      const known = findExecution(db, machine, name);
      if (known !== undefined) return { isNew: false, execution: known };
      const id = insertExecution(db, machine, name, input, nowMs);
      return { isNew: true, execution: executionOf(db, id)! };
    });
    if (isNew) this.carryOn(execution);
    else if (execution.status !== 'RUNNING' || execution.input !== input) return { refused: 'ExecutionAlreadyExists' };
    return { startedMs: execution.startedMs };
  }

  async find(machine: string, name: string): Promise<Execution | undefined> {
    return this.deps.store.read((db) => findExecution(db, machine, name));
  }

  /** Does nothing more, and waits for what is being done, but not longer than this: the next start does it again. Returns whether all ended. */
  async close(limitMs: number): Promise<boolean> {
    this.isClosed = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    const ended = Promise.all(this.working).then(() => true);
    const hasEnded = await within(ended, limitMs, false);
    this.isDropped = !hasEnded;
    return hasEnded;
  }

  private definitionOf({ machine }: Execution): MachineDefinition {
    return this.deps.machines.get(machine)!;
  }

  /** Does what is to be done at the position. */
  private carryOn(execution: Execution): void {
    if (this.isClosed) return;
    const position = positionOf(execution);
    const task = position && taskAt(this.definitionOf(execution), position);
    if (position === undefined) this.keep(this.happened(execution, startOf(execution)));
    else if (task?.kind === 'invoke') this.keep(this.doTask(execution, task));
    else this.wait(execution);
  }

  private keep(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => this.deps.log.error('execution stopped', { error }))
      .finally(() => this.working.delete(kept));
    this.working.add(kept);
  }

  /** Waits for the position's time, or for the end of the time that the execution has. */
  private wait(execution: Execution): void {
    const dueMs = execution.dueMs ?? 0;
    const timer = this.deps.clock.timer(() => {
      this.timers.delete(execution.id);
      const nowMs = this.deps.clock.nowMs();
      if (nowMs >= dueMs) this.keep(this.happened(execution, { kind: 'due' }));
      else if (nowMs >= this.endMs(execution)) this.keep(this.timedOut(execution));
      else this.wait(execution);
    });
    this.timers.set(execution.id, timer);
    timer.at(Math.min(dueMs, this.endMs(execution)));
  }

  /** An execution ends when it has taken too long. Time that the stack did not run, or was moved past, does not count. */
  private endMs(execution: Execution): number {
    const { TimeoutSeconds } = this.definitionOf(execution);
    const { steadySinceMs } = this.deps.clock;
    return TimeoutSeconds === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(execution.startedMs, steadySinceMs) + TimeoutSeconds * 1000;
  }

  private async doTask(execution: Execution, task: Effect & { readonly kind: 'invoke' }): Promise<void> {
    const event = await within(outcomeOf(this.deps.invoke(task.resource, task.payload)), task.timeoutMs, TASK_TIMEOUT);
    if (this.isDropped) return;
    if (this.deps.clock.nowMs() > this.endMs(execution)) return this.timedOut(execution);
    return this.happened(execution, event);
  }

  /** Stores the transition, then does what is to be done next. */
  private async happened(execution: Execution, event: Event): Promise<void> {
    const transition = step(this.definitionOf(execution), positionOf(execution), event);
    await this.store(execution, (db, nowMs) => moveExecution(db, execution, transition, nowMs));
    this.report(execution, transition);
  }

  private report({ machine, name }: Execution, { end }: Transition): void {
    if (end?.status === 'FAILED')
      this.deps.log.error('execution failed', { machine, execution: name, error: end.error, cause: end.cause });
  }

  private async timedOut(execution: Execution): Promise<void> {
    const end = { status: 'TIMED_OUT', error: 'States.Timeout' } as const;
    await this.store(execution, (db, nowMs) => endExecution(db, execution, end, nowMs));
    this.deps.log.error('execution timed out', { machine: execution.machine, execution: execution.name });
  }

  /** Carries on from the move, unless another one came first. */
  private async store(execution: Execution, move: (db: Database, nowMs: number) => boolean): Promise<void> {
    let moved: Execution | undefined;
    await this.deps.commit((db) => {
      moved = move(db, this.deps.clock.nowMs()) ? executionOf(db, execution.id) : undefined;
    });
    if (moved?.status === 'RUNNING') this.carryOn(moved);
  }
}

function isJson(input: string): boolean {
  try {
    JSON.parse(input);
    return true;
  } catch {
    return false;
  }
}

const startOf = ({ input }: Execution): Event => ({ kind: 'started', input: JSON.parse(input) as unknown });

const TASK_TIMEOUT: Event = { kind: 'failed', error: 'States.Timeout', cause: '' };

const outcomeOf = (call: Promise<unknown>): Promise<Event> =>
  call.then(
    (output): Event => ({ kind: 'succeeded', output }),
    (error: unknown): Event => {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { kind: 'failed', error: name, cause: JSON.stringify({ errorType: name, errorMessage: message }) };
    },
  );

/** The value, or `late` when it takes longer. Such limits are for work, so they run on the machine's own time. */
async function within<T>(value: Promise<T>, limitMs: number, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), limitMs);
  });
  try {
    return await Promise.race([value, limit]);
  } finally {
    clearTimeout(timer);
  }
}
