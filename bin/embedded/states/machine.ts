/**
 * One execution of a state machine as a pure function: where it stands and what happened give where it stands next and what is to be done.
 * A position is stored with each transition. What is to be done at a position may be done again: a step that was interrupted is repeated.
 */
import type { ChoiceState, MachineDefinition, State, TaskState } from './definition.ts';

/** Where an execution stands between two events. */
export interface Position {
  readonly state: string;
  /** Of the state: JSON. */
  readonly input: unknown;
  /** How often each retrier of the state has tried again since the state was entered. */
  readonly retries: readonly number[];
  /** A task's next try is waited for. */
  readonly isRetrying: boolean;
}

export type Event =
  | { readonly kind: 'started'; readonly input: unknown }
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }
  /** The wait is over. */
  | { readonly kind: 'due' };

/** What is to be done at a position. */
export type Effect =
  | { readonly kind: 'invoke'; readonly resource: string; readonly payload: unknown; readonly timeoutMs: number }
  | { readonly kind: 'wait'; readonly ms: number };

export type End =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string };

export type Transition =
  | { readonly position: Position; readonly effect: Effect; readonly end?: undefined }
  | { readonly end: End; readonly position?: undefined; readonly effect?: undefined };

/** What a state may receive and return, as JSON in UTF-8. */
const MOST_BYTES = 262_144;
const LONGEST_WAIT_SECONDS = 99_999_999;
/** `States.ALL` does not match these two: another try would end in the same way. */
const UNRETRIED = ['States.DataLimitExceeded', 'States.Runtime'];

/** The transition from a position; `undefined` stands before the first state. Throws where the event is not one that the position waits for. */
export function step(machine: MachineDefinition, position: Position | undefined, event: Event): Transition {
  if (position === undefined) {
    if (event.kind !== 'started') throw unexpected(event, 'the start');
    return enter(machine, machine.StartAt, event.input);
  }
  const state = machine.States[position.state];
  switch (state?.Type) {
    case 'Task':
      return stepOfTask(machine, state, position, event);
    case 'Wait':
      if (event.kind !== 'due') throw unexpected(event, position.state);
      return enter(machine, state.Next, position.input);
    default:
      throw new Error(`state machine: nothing waits in state ${position.state}`);
  }
}

/** What is to be done at a stored position, after a restart. A wait has its own time, which is stored with it. */
export function taskAt(machine: MachineDefinition, position: Position): Effect | undefined {
  const state = machine.States[position.state];
  return state?.Type === 'Task' && !position.isRetrying ? invocation(state, position.input) : undefined;
}

const unexpected = (event: Event, at: string): Error =>
  new Error(`state machine: event ${event.kind} at ${at} was not waited for`);

const failed = (error: string, cause: string): Transition => ({ end: { status: 'FAILED', error, cause } });

/** Enters a state, and passes through those that need no time. */
function enter(machine: MachineDefinition, name: string, input: unknown): Transition {
  let at = name;
  for (let passed = 0; passed <= Object.keys(machine.States).length; passed++) {
    const state: State = machine.States[at]!;
    switch (state.Type) {
      case 'Choice': {
        const next = chosen(state, input);
        if (next === undefined)
          return failed('States.Runtime', `${at}: the input has no member that a choice compares`);
        at = next;
        break;
      }
      case 'Succeed':
        return { end: { status: 'SUCCEEDED', output: input } };
      case 'Task':
        return { position: standing(at, input), effect: invocation(state, input) };
      case 'Wait':
        return waiting(at, state.SecondsPath, input);
      default:
        return state satisfies never;
    }
  }
  return failed('States.Runtime', `the choices at ${name} lead to no other state`);
}

const standing = (state: string, input: unknown): Position => ({ state, input, retries: [], isRetrying: false });

const invocation = ({ Resource, Parameters, TimeoutSeconds }: TaskState, input: unknown): Effect => ({
  kind: 'invoke',
  resource: Resource,
  payload: Object.fromEntries(
    Object.entries(Parameters).map(([key, value]) => (key.endsWith('.$') ? [key.slice(0, -2), input] : [key, value])),
  ),
  timeoutMs: TimeoutSeconds * 1000,
});

function waiting(at: string, path: string, input: unknown): Transition {
  const seconds = memberOf(input, path);
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_WAIT_SECONDS)
    return failed('States.Runtime', `${at}: ${path} is no whole number of seconds`);
  return { position: standing(at, input), effect: { kind: 'wait', ms: seconds * 1000 } };
}

/**
 * The state that the first choice that holds leads to. A value of another type is a comparison that does not hold; a member that is not there
 * ends the execution, which is undefined here.
 */
function chosen({ Choices, Default }: ChoiceState, input: unknown): string | undefined {
  for (const choice of Choices) {
    const value = memberOf(input, choice.Variable);
    if (value === undefined) return undefined;
    if (value === ('StringEquals' in choice ? choice.StringEquals : choice.BooleanEquals)) return choice.Next;
  }
  return Default;
}

/** The member at a path `$.name`; undefined where there is none. */
function memberOf(input: unknown, path: string): unknown {
  const name = path.slice('$.'.length);
  return typeof input === 'object' && input !== null && Object.hasOwn(input, name)
    ? (input as Record<string, unknown>)[name]
    : undefined;
}

function stepOfTask(machine: MachineDefinition, state: TaskState, position: Position, event: Event): Transition {
  if (position.isRetrying) {
    if (event.kind !== 'due') throw unexpected(event, position.state);
    return { position: { ...position, isRetrying: false }, effect: invocation(state, position.input) };
  }
  if (event.kind === 'failed') return retried(state, position, event);
  if (event.kind !== 'succeeded') throw unexpected(event, position.state);
  const bytes = Buffer.byteLength(JSON.stringify(event.output ?? null));
  if (bytes > MOST_BYTES)
    return failed('States.DataLimitExceeded', `${position.state} returned ${bytes} bytes, more than ${MOST_BYTES}`);
  return enter(machine, state.Next, event.output ?? null);
}

/** The first retrier that names the error decides, also when it has no attempt left. What it leaves out is what Step Functions takes. */
function retried(state: TaskState, position: Position, event: Event & { readonly kind: 'failed' }): Transition {
  const { error, cause } = event;
  const retriers = state.Retry ?? [];
  const index = retriers.findIndex(({ ErrorEquals }) =>
    ErrorEquals.some((name) => name === error || (name === 'States.ALL' && !UNRETRIED.includes(error))),
  );
  const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2 } = retriers[index] ?? {};
  const used = position.retries[index] ?? 0;
  if (index === -1 || used >= MaxAttempts) return failed(error, cause);
  const retries = retriers.map((_, other) => (position.retries[other] ?? 0) + (other === index ? 1 : 0));
  return {
    position: { ...position, retries, isRetrying: true },
    effect: { kind: 'wait', ms: Math.round(IntervalSeconds * BackoffRate ** used * 1000) },
  };
}
