/** Executions on a store in memory, with a clock that moves by hand and tasks that a test answers. */

import type { Timer } from '../../../../bin/embedded/clock.ts';
import { loadMachine } from '../../../../bin/embedded/states/definition.ts';
import { Executions, type ExecutionsDeps } from '../../../../bin/embedded/states/executions.ts';
import { memoryStore, type Store } from '../../../../bin/embedded/store/store.ts';
import { settlementMachine } from '../../../../lib/settlement-machine.ts';

export const MACHINE = 'arn:aws:states:embedded:000000000000:stateMachine:Machine';
export const STEP = 'arn:aws:lambda:embedded:000000000000:function:settlement-step';

export interface ManualClock {
  nowMs(): number;
  timer(call: () => void): Timer;
  steadySinceMs: number;
  /** Time passes. */
  pass(ms: number): void;
  /** The clock is moved: nothing could be done in the time between. */
  jump(ms: number): void;
  readonly timers: number;
}

export function manualClock(): ManualClock {
  let nowMs = Date.UTC(2027, 0, 15);
  const armed = new Map<Timer, { readonly dueMs: number; readonly call: () => void }>();
  const fire = (): void => {
    const due = [...armed].filter(([, { dueMs }]) => dueMs <= nowMs);
    for (const [timer, { call }] of due) if (armed.delete(timer)) call();
  };
  return {
    nowMs: () => nowMs,
    steadySinceMs: nowMs,
    timer(call) {
      const timer: Timer = {
        at: (dueMs) => void armed.set(timer, { dueMs, call }),
        cancel: () => void armed.delete(timer),
      };
      return timer;
    },
    pass(ms) {
      nowMs += ms;
      fire();
    },
    jump(ms) {
      nowMs += ms;
      this.steadySinceMs = nowMs;
      fire();
    },
    get timers() {
      return armed.size;
    },
  };
}

/** Everything that can happen without time passing has happened. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface StatesWorld {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly calls: unknown[];
  readonly errors: string[];
  /** Another process on the same store. */
  open(changes?: Partial<ExecutionsDeps>): Executions;
}

export function statesWorld(
  invoke: (payload: Payload) => unknown,
  definition: object = settlementMachine(STEP),
): StatesWorld {
  const store = memoryStore();
  const clock = manualClock();
  const calls: unknown[] = [];
  const errors: string[] = [];
  const deps: ExecutionsDeps = {
    store,
    clock,
    commit: async (work) => store.commit(work),
    machines: new Map([[MACHINE, loadMachine(definition)]]),
    invoke: async (functionArn, payload) => {
      calls.push(payload);
      if (functionArn !== STEP) throw new Error(`there is no function ${functionArn}`);
      return invoke(payload as Payload);
    },
    log: { error: (message, facts) => void errors.push(`${message} ${String(facts.error ?? '')}`.trim()) },
  };
  return { store, clock, calls, errors, open: (changes) => new Executions({ ...deps, ...changes }) };
}

export const INPUT = '{"scope":"Scope001","date":"2027-01-15"}';
export const DAY_MS = 86_400_000;

export interface Payload {
  readonly step: string;
  readonly input: Record<string, unknown>;
}

/** A settlement that waits once for entries and once for the bank. What it answers depends on its input alone, as the product's steps do. */
export function settle({ step, input }: Payload): object {
  const waited = (input.waited as string[] | undefined) ?? [];
  switch (step) {
    case 'seal':
      return waited.includes('entries')
        ? { ...input, status: 'sealed', again: false }
        : { ...input, status: 'waiting', waitSeconds: 60, waited: ['entries'] };
    case 'pay':
      return waited.includes('bank')
        ? { ...input, status: 'done', waitSeconds: 0 }
        : { ...input, status: 'paying', waitSeconds: 900, waited: [...waited, 'bank'] };
    default:
      return { ...input, status: `${step}d` };
  }
}
export const STEPS = ['seal', 'seal', 'settle', 'report', 'pay', 'pay'];
export const stepsOf = ({ calls }: StatesWorld): readonly string[] => calls.map((call) => (call as Payload).step);

export const statusOf = async (executions: Executions, name: string): Promise<string | undefined> =>
  (await executions.find(MACHINE, name))?.status;

/** Time passes until nothing is waited for. */
export async function finish(world: StatesWorld): Promise<void> {
  await quiet();
  while (world.clock.timers > 0) {
    world.clock.pass(60_000);
    await quiet();
  }
}
