/**
 * A state machine in Amazon's states language, as far as lib/settlement-machine.ts uses it. Whatever else the language has is refused by its
 * name when the machine is loaded, not when an execution reaches it.
 */
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));
const seconds = z.number().check(z.int(), z.positive());
/** The whole input. */
const INPUT = '$';
/** A member of the input. */
const member = z.string().check(z.regex(/^\$\.[A-Za-z_]\w*$/));

const retrier = z.strictObject({
  ErrorEquals: z.array(text).check(z.minLength(1)),
  IntervalSeconds: z.optional(seconds),
  MaxAttempts: z.optional(z.number().check(z.int(), z.nonnegative())),
  BackoffRate: z.optional(z.number().check(z.gte(1))),
});

const task = z.strictObject({
  Type: z.literal('Task'),
  Resource: text,
  Parameters: z.record(text, z.unknown()),
  TimeoutSeconds: seconds,
  Retry: z.optional(z.array(retrier)),
  Next: text,
});

const comparison = { Variable: member, Next: text };
const choice = z.strictObject({
  Type: z.literal('Choice'),
  Choices: z
    .array(
      z.union([
        z.strictObject({ ...comparison, StringEquals: z.string() }),
        z.strictObject({ ...comparison, BooleanEquals: z.boolean() }),
      ]),
    )
    .check(z.minLength(1)),
  Default: text,
});

const wait = z.strictObject({ Type: z.literal('Wait'), SecondsPath: member, Next: text });
const succeed = z.strictObject({ Type: z.literal('Succeed') });

const machine = z.strictObject({
  Comment: z.optional(z.string()),
  StartAt: text,
  TimeoutSeconds: z.optional(seconds),
  States: z.record(text, z.discriminatedUnion('Type', [task, choice, wait, succeed])),
});

export type MachineDefinition = z.infer<typeof machine>;
export type State = MachineDefinition['States'][string];
export type TaskState = z.infer<typeof task>;
export type ChoiceState = z.infer<typeof choice>;

/** Names that begin with `States.` are the language's own. These two are the ones that are known here. */
const OWN_ERRORS = ['States.ALL', 'States.Timeout'];

/** Reads a definition. Throws, naming state and member, for whatever is not known here and for what Step Functions itself would refuse. */
export function loadMachine(definition: unknown): MachineDefinition {
  const parsed = z.safeParse(machine, definition);
  if (!parsed.success) throw refusal(parsed.error.issues[0]!);
  for (const [name, state] of Object.entries(parsed.data.States)) assertState(name, state, parsed.data);
  assertExists(parsed.data.StartAt, 'StartAt', parsed.data);
  return parsed.data;
}

function refusal(issue: z.core.$ZodIssue): Error {
  const keys = 'keys' in issue ? ` ${issue.keys.join(', ')}` : '';
  return new Error(`state machine: ${issue.path.join('.') || 'definition'}: ${issue.message}${keys}`);
}

function assertExists(target: string, from: string, { States }: MachineDefinition): void {
  if (!Object.hasOwn(States, target)) throw new Error(`state machine: ${from}: there is no state ${target}`);
}

function assertState(name: string, state: State, definition: MachineDefinition): void {
  for (const target of targetsOf(state)) assertExists(target, name, definition);
  if (state.Type !== 'Task') return;
  for (const [key, value] of Object.entries(state.Parameters)) assertParameter(`${name}.Parameters.${key}`, key, value);
  const retriers = state.Retry ?? [];
  for (const [index, { ErrorEquals }] of retriers.entries()) {
    const strange = ErrorEquals.find((error) => error.startsWith('States.') && !OWN_ERRORS.includes(error));
    if (strange) throw new Error(`state machine: ${name}.Retry: error ${strange} is not known`);
    // Step Functions refuses it too: no later retrier would be reached.
    if (ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || index < retriers.length - 1))
      throw new Error(`state machine: ${name}.Retry: States.ALL must stand alone, in the last retrier`);
  }
}

function targetsOf(state: State): readonly string[] {
  switch (state.Type) {
    case 'Choice':
      return [...state.Choices.map(({ Next }) => Next), state.Default];
    case 'Succeed':
      return [];
    default:
      return [state.Next];
  }
}

/** A member with `.$` is the whole input; all others stand for themselves, and no path is inside of them. */
function assertParameter(where: string, key: string, value: unknown): void {
  if (key.endsWith('.$')) {
    if (value !== INPUT) throw new Error(`state machine: ${where}: ${String(value)} is not known`);
  } else if (/\.\$":/.test(JSON.stringify(value)))
    throw new Error(`state machine: ${where}: a path inside of it is not known`);
}
