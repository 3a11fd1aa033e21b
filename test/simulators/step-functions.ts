/** Step Functions as far as the settlement machine needs it: tasks with retries, choices, waits; time moves by hand. */
import { settlementMachine } from '../../lib/settlement-machine.ts';

interface Task {
  readonly Type: 'Task';
  readonly Parameters: { readonly step: string };
  readonly Retry: readonly {
    readonly ErrorEquals: readonly string[];
    readonly MaxAttempts: number;
    readonly IntervalSeconds?: number;
    readonly BackoffRate?: number;
  }[];
  readonly Next: string;
}
interface Choice {
  readonly Type: 'Choice';
  readonly Choices: readonly {
    readonly Variable: string;
    readonly StringEquals?: string;
    readonly BooleanEquals?: boolean;
    readonly Next: string;
  }[];
  readonly Default: string;
}
interface Wait {
  readonly Type: 'Wait';
  readonly SecondsPath: string;
  readonly Next: string;
}
type State = Task | Choice | Wait | { readonly Type: 'Succeed' };
type Input = Readonly<Record<string, unknown>>;

const member = (input: Input, path: string): unknown => input[path.replace('$.', '')];

/**
 * Runs the machine that the stack deploys. `invoke` carries out a step, `wait` lets seconds pass. Rejects when a task has failed as
 * often as its retries allow, as the execution would.
 */
export async function runMachine<T extends object>(
  input: T,
  invoke: (step: string, input: T) => Promise<T>,
  wait: (seconds: number) => Promise<void>,
): Promise<T> {
  const { StartAt, States } = settlementMachine('step') as { StartAt: string; States: Record<string, State> };
  let state = input;
  let name = StartAt;
  for (let moves = 0; moves < 25_000 / 5; moves++) {
    const at = States[name]!;
    switch (at.Type) {
      case 'Task':
        state = await tried(at, () => invoke(at.Parameters.step, state), wait);
        name = at.Next;
        break;
      case 'Choice':
        name =
          at.Choices.find((choice) => {
            const value = member(state as Input, choice.Variable);
            return choice.StringEquals === undefined ? value === choice.BooleanEquals : value === choice.StringEquals;
          })?.Next ?? at.Default;
        break;
      case 'Wait':
        await wait(Number(member(state as Input, at.SecondsPath)));
        name = at.Next;
        break;
      case 'Succeed':
        return state;
      default:
        return at satisfies never;
    }
  }
  throw new Error('the execution has too many events');
}

async function tried<T>(task: Task, run: () => Promise<T>, wait: (seconds: number) => Promise<void>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const matches = (name: string): boolean => name === 'States.ALL' || name === (error as Error).name;
      const retry = task.Retry.find(({ ErrorEquals }) => ErrorEquals.some(matches));
      if (!retry || attempt >= retry.MaxAttempts) throw error;
      await wait((retry.IntervalSeconds ?? 1) * (retry.BackoffRate ?? 2) ** attempt);
    }
  }
}
