/**
 * The interpreter of the states language beside one that is not ours: drawn machines and the settlement machine take the same steps with the same
 * payloads and end in the same way.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, type TestContext, test } from 'vitest';
import { loadMachine } from '../../bin/embedded/states/definition.ts';
import { type End, step } from '../../bin/embedded/states/machine.ts';
import { settlementMachine } from '../../lib/settlement-machine.ts';
import { installNode } from '../world/install-clients.ts';
import { numRuns } from '../world/seed.ts';
import { skipped } from '../world/skip.ts';

/** The part of aws-local-stepfunctions that is used here. */
interface Other {
  readonly StateMachine: new (
    definition: object,
    options: object,
  ) => {
    run(input: unknown, options: object): { readonly result: Promise<unknown>; readonly eventLogs: AsyncGenerator };
  };
}
let other: Other | string;
beforeAll(async () => {
  const installed = installNode('states');
  if (typeof installed === 'string') {
    other = installed;
    return;
  }
  const main = join(installed.folder, 'node_modules/aws-local-stepfunctions/build/main.node.esm.js');
  other = (await import(pathToFileURL(main).href)) as Other;
});

type Json = Readonly<Record<string, unknown>>;
/** What a task does when it is called: returns this, or fails with an error of this name. */
type Outcome = { readonly output: Json } | { readonly error: string };
interface Run {
  readonly calls: readonly unknown[];
  readonly end: string;
}

/** The last outcome repeats. Endless machines end by it, because it is an error. */
const outcomeAt = (script: readonly Outcome[], call: number): Outcome => script[call] ?? { error: 'ScriptEnded' };

class NamedError extends Error {
  constructor(name: string) {
    super(`it is ${name}`);
    this.name = name;
  }
}

function runHere(definition: object, input: Json, script: readonly Outcome[]): Run {
  const machine = loadMachine(definition);
  const calls: unknown[] = [];
  let transition = step(machine, undefined, { kind: 'started', input });
  while (transition.end === undefined) {
    const { position, effect } = transition;
    if (effect.kind === 'wait') {
      transition = step(machine, position, { kind: 'due' });
      continue;
    }
    const outcome = outcomeAt(script, calls.length);
    calls.push({ resource: effect.resource, payload: effect.payload });
    transition = step(
      machine,
      position,
      'error' in outcome
        ? { kind: 'failed', error: outcome.error, cause: '' }
        : { kind: 'succeeded', output: outcome.output },
    );
  }
  return { calls, end: endOf(transition.end) };
}

const endOf = (end: End): string => (end.status === 'SUCCEEDED' ? JSON.stringify(end.output) : `failed: ${end.error}`);

async function runThere({ StateMachine }: Other, definition: object, input: Json, script: readonly Outcome[]) {
  const calls: unknown[] = [];
  const { States } = definition as { States: Record<string, { Type: string; Resource?: string }> };
  const of = (type: string) => Object.entries(States).filter(([, { Type }]) => Type === type);
  const handler = (resource: string) => async (payload: unknown) => {
    const outcome = outcomeAt(script, calls.length);
    calls.push({ resource, payload });
    if ('error' in outcome) throw new NamedError(outcome.error);
    return outcome.output;
  };
  const overrides = {
    taskResourceLocalHandlers: Object.fromEntries(of('Task').map(([name, { Resource }]) => [name, handler(Resource!)])),
    waitTimeOverrides: Object.fromEntries(of('Wait').map(([name]) => [name, 0])),
    retryIntervalOverrides: Object.fromEntries(of('Task').map(([name]) => [name, 0])),
  };
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const execution = machine.run(input, { overrides });
  const end = await execution.result.then(
    (output) => JSON.stringify(output),
    (error: unknown) => `failed: ${((error as Error).cause as Error).name}`,
  );
  return { calls, end } satisfies Run;
}

function otherOrSkip(context: TestContext): Other {
  return typeof other === 'string' ? skipped(context, `states language: ${other}`) : other;
}

const RESOURCE = 'arn:aws:lambda:us-east-1:000000000000:function:step';

/** Outputs with the members that choices and waits read, of any type, or without them. */
const output: fc.Arbitrary<Json> = fc.record(
  {
    status: fc.constantFrom('waiting', 'sealed', 'settled', 'paying', 'done', '', 7, null),
    again: fc.constantFrom(true, false, 'true', null),
    waitSeconds: fc.integer({ min: 0, max: 3 }),
    scope: fc.constant('Scope001'),
  },
  { requiredKeys: ['status', 'again', 'waitSeconds'] },
);
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  { arbitrary: fc.record({ output }), weight: 3 },
  { arbitrary: fc.record({ error: fc.constantFrom('BooksDiffer', 'Error', 'TypeError') }), weight: 1 },
);
const script = fc.array(outcome, { maxLength: 12 });

test('the settlement machine takes the same steps', { timeout: 600_000 }, async (context) => {
  const there = otherOrSkip(context);
  const definition = settlementMachine(RESOURCE);
  const input = { scope: 'Scope001', date: '2027-01-15', force: false };

  await fc.assert(
    fc.asyncProperty(script, async (outcomes) => {
      expect(runHere(definition, input, outcomes)).toEqual(await runThere(there, definition, input, outcomes));
    }),
    numRuns(300),
  );
});

/** States that lead to tasks, waits or the end: a circle of choices or of waits without a task would never end. */
const target = fc.constantFrom('TaskA', 'TaskB', 'Wait', 'End');
const retry = fc.uniqueArray(
  fc.record(
    {
      ErrorEquals: fc.constantFrom(['BooksDiffer'], ['Error', 'TypeError'], ['Error']),
      MaxAttempts: fc.integer({ min: 0, max: 3 }),
      IntervalSeconds: fc.integer({ min: 1, max: 3 }),
      BackoffRate: fc.constantFrom(1, 1.5, 2),
    },
    { requiredKeys: ['ErrorEquals'] },
  ),
  { maxLength: 2 },
);
const all = fc.option(
  fc.record({ ErrorEquals: fc.constant(['States.ALL']), MaxAttempts: fc.integer({ min: 0, max: 2 }) }),
  { nil: undefined },
);
const task = fc.record({ retriers: retry, all, next: fc.constantFrom('TaskA', 'TaskB', 'Wait', 'Choice', 'End') });
const rule = fc.oneof(
  fc.record({
    Variable: fc.constantFrom('$.status', '$.again'),
    StringEquals: fc.constantFrom('waiting', 'true', ''),
    Next: target,
  }),
  fc.record({ Variable: fc.constantFrom('$.again', '$.status'), BooleanEquals: fc.boolean(), Next: target }),
);
const machine = fc
  .record({
    a: task,
    b: task,
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
    fallback: target,
    start: fc.constantFrom('TaskA', 'TaskB'),
    afterWait: fc.constantFrom('TaskA', 'TaskB', 'End'),
  })
  .map(({ a, b, rules, fallback, start, afterWait }) => {
    const taskState = (name: string, { retriers, all: last, next }: typeof a) => ({
      Type: 'Task',
      Resource: `${RESOURCE}-${name}`,
      Parameters: { step: name, fixed: { n: 1 }, 'input.$': '$' },
      TimeoutSeconds: 930,
      Retry: [...retriers, ...(last ? [last] : [])],
      Next: next,
    });
    return {
      StartAt: start,
      States: {
        TaskA: taskState('a', a),
        TaskB: taskState('b', b),
        Choice: { Type: 'Choice', Choices: rules, Default: fallback },
        Wait: { Type: 'Wait', SecondsPath: '$.waitSeconds', Next: afterWait },
        End: { Type: 'Succeed' },
      },
    };
  });

test('drawn machines take the same steps', { timeout: 600_000 }, async (context) => {
  const there = otherOrSkip(context);

  await fc.assert(
    fc.asyncProperty(machine, script, async (definition, outcomes) => {
      const input = { status: 'waiting', again: false, waitSeconds: 1 };
      expect(runHere(definition, input, outcomes)).toEqual(await runThere(there, definition, input, outcomes));
    }),
    numRuns(500),
  );
});
