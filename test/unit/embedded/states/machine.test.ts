import { describe, expect, it } from 'vitest';
import { loadMachine } from '../../../../bin/embedded/states/definition.ts';
import { type Event, type Position, step, type Transition, taskAt } from '../../../../bin/embedded/states/machine.ts';
import { settlementMachine } from '../../../../lib/settlement-machine.ts';

const machine = loadMachine(settlementMachine('arn:step'));
const input = { scope: 'Scope001', date: '2027-01-15' };

const at = (state: string, more: Partial<Position> = {}): Position => ({
  state,
  input,
  retries: [],
  isRetrying: false,
  ...more,
});
const invoke = (name: string, payload: unknown = input) => ({
  kind: 'invoke',
  resource: 'arn:step',
  payload: { step: name, input: payload },
  timeoutMs: 930_000,
});
const succeeded = (output: unknown): Event => ({ kind: 'succeeded', output });
const failed = (error: string): Event => ({ kind: 'failed', error, cause: 'why' });

describe('a task', () => {
  it('is called with its parameters, in which `$` is the input', () => {
    expect(step(machine, undefined, { kind: 'started', input })).toEqual({
      position: at('Seal'),
      effect: invoke('seal'),
    });
  });

  it('hands its output on as the input of the next state', () => {
    const output = { ...input, status: 'settled' };

    expect(step(machine, at('Settle'), succeeded(output))).toEqual({
      position: at('Report', { input: output }),
      effect: invoke('report', output),
    });
  });

  it('that returns nothing hands on null', () => {
    expect(step(machine, at('Settle'), succeeded(undefined))).toEqual({
      position: at('Report', { input: null }),
      effect: invoke('report', null),
    });
  });

  it('that returns more than 262,144 bytes ends the execution', () => {
    const text = (bytes: number): string => 'é'.repeat((bytes - 2) / 2);

    expect(step(machine, at('Settle'), succeeded(text(262_144))).end).toBeUndefined();
    expect(step(machine, at('Settle'), succeeded(text(262_146))).end).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
  });
});

describe('a failed task', () => {
  it('is tried again after ever longer waits, as often as its retrier says', () => {
    const waits: number[] = [];
    let transition: Transition = { position: at('Pay'), effect: { kind: 'wait', ms: 0 } };
    while (transition.end === undefined) {
      transition = step(machine, transition.position, failed('Error'));
      if (transition.end !== undefined) break;
      expect(transition.effect.kind).toBe('wait');
      waits.push((transition.effect as { ms: number }).ms);
      transition = step(machine, transition.position, { kind: 'due' });
      expect(transition.effect).toEqual(invoke('pay'));
    }

    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 64_000]);
    expect(transition.end).toEqual({ status: 'FAILED', error: 'Error', cause: 'why' });
  });

  it('is not tried again where its error’s own retrier has no attempt', () => {
    expect(step(machine, at('Seal'), failed('BooksDiffer'))).toEqual({
      end: { status: 'FAILED', error: 'BooksDiffer', cause: 'why' },
    });
  });

  it('is tried again after its time was over', () => {
    expect(step(machine, at('Seal'), failed('States.Timeout'))).toMatchObject({
      position: { state: 'Seal', isRetrying: true, retries: [0, 1] },
      effect: { kind: 'wait', ms: 2_000 },
    });
  });

  it('counts its tries for each retrier, and from none again in the next state', () => {
    const task = { Type: 'Task', Resource: 'r', Parameters: {}, TimeoutSeconds: 1 };
    const two = loadMachine({
      StartAt: 'A',
      States: {
        A: {
          ...task,
          Retry: [{ ErrorEquals: ['X'], MaxAttempts: 1, IntervalSeconds: 5 }, { ErrorEquals: ['States.ALL'] }],
          Next: 'A',
        },
      },
    });
    const once = step(two, at('A'), failed('X')).position!;
    const other = step(two, { ...once, isRetrying: false }, failed('Y'));

    expect(once.retries).toEqual([1, 0]);
    expect(other).toMatchObject({ position: { retries: [1, 1] }, effect: { ms: 1_000 } });
    const again = { ...other.position!, isRetrying: false };
    expect(step(two, again, failed('X')).end).toMatchObject({ error: 'X' });
    // Three attempts is what a retrier has that says nothing.
    expect(step(two, { ...again, retries: [1, 3] }, failed('Y')).end).toMatchObject({ error: 'Y' });
    expect(step(two, again, succeeded(1)).position!.retries).toEqual([]);
  });

  it('without a retrier ends the execution; States.ALL does not match the language’s own last errors', () => {
    const task = { Type: 'Task', Resource: 'r', Parameters: {}, TimeoutSeconds: 1, Next: 'A' };
    const bare = loadMachine({ StartAt: 'A', States: { A: task } });

    expect(step(bare, at('A'), failed('X')).end).toMatchObject({ error: 'X' });
    for (const error of ['States.Runtime', 'States.DataLimitExceeded'])
      expect(step(machine, at('Seal'), failed(error)).end).toMatchObject({ error });
  });
});

describe('a choice', () => {
  const afterTask = (state: string, output: object) => step(machine, at(state), succeeded({ ...input, ...output }));

  it.each([
    ['Seal', { status: 'waiting', waitSeconds: 4 }, 'WaitForEntries'],
    ['Seal', { status: 'sealed' }, 'Settle'],
    ['Pay', { status: 'paying', again: false, waitSeconds: 4 }, 'WaitForBank'],
    ['Pay', { status: 'paying', waitSeconds: 4 }, 'WaitForBank'],
    ['Pay', { status: 'done', again: true }, 'Seal'],
  ])('after %s with %j leads to %s', (state, output, next) => {
    expect(afterTask(state, output).position!.state).toBe(next);
  });

  it('leads to the default where no comparison holds, also with a value of another type', () => {
    for (const again of [false, 'true', 1, null])
      expect(afterTask('Pay', { status: 'done', again }).end).toEqual({
        status: 'SUCCEEDED',
        output: { ...input, status: 'done', again },
      });
  });

  it('ends the execution where the compared member is not there', () => {
    for (const output of [{ status: 'done' }, {}])
      expect(afterTask('Pay', output).end).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(step(machine, at('Pay'), succeeded('text')).end).toMatchObject({ error: 'States.Runtime' });
  });

  it('that leads to choices only ends the execution', () => {
    const Choices = [{ Variable: '$.scope', StringEquals: 'x', Next: 'C' }];
    const circle = loadMachine({ StartAt: 'C', States: { C: { Type: 'Choice', Choices, Default: 'C' } } });

    expect(step(circle, undefined, { kind: 'started', input }).end).toMatchObject({ error: 'States.Runtime' });
  });
});

describe('a wait', () => {
  it('takes the seconds at its path, then goes on with its input', () => {
    const output = { ...input, status: 'waiting', waitSeconds: 900 };
    const { position, effect } = step(machine, at('Seal'), succeeded(output));

    expect(effect).toEqual({ kind: 'wait', ms: 900_000 });
    expect(step(machine, position, { kind: 'due' })).toEqual({
      position: at('Seal', { input: output }),
      effect: invoke('seal', output),
    });
  });

  it('of no whole number of seconds ends the execution', () => {
    for (const waitSeconds of [1.5, -1, '3', null, undefined, 100_000_000])
      expect(step(machine, at('Seal'), succeeded({ status: 'waiting', waitSeconds })).end).toMatchObject({
        error: 'States.Runtime',
      });
    expect(step(machine, at('Seal'), succeeded({ status: 'waiting', waitSeconds: 0 })).end).toBeUndefined();
  });
});

describe('a restart', () => {
  it('finds the task that was under way, and none where a time is waited for', () => {
    expect(taskAt(machine, at('Seal'))).toEqual(invoke('seal'));
    expect(taskAt(machine, at('Seal', { isRetrying: true }))).toBeUndefined();
    expect(taskAt(machine, at('WaitForBank'))).toBeUndefined();
  });
});

it('an event that the position does not wait for is a fault of the runner', () => {
  const due: Event = { kind: 'due' };
  const wrong: readonly (readonly [Position | undefined, Event])[] = [
    [undefined, due],
    [at('Seal'), due],
    [at('Seal'), { kind: 'started', input }],
    [at('Seal', { isRetrying: true }), succeeded({})],
    [at('WaitForBank'), succeeded({})],
    [at('Sealed?'), due],
    [at('Nowhere'), due],
  ];

  for (const [position, event] of wrong) expect(() => step(machine, position, event)).toThrow(/^state machine: /);
});
