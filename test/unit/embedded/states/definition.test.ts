import { describe, expect, it } from 'vitest';
import { loadMachine } from '../../../../bin/embedded/states/definition.ts';
import { settlementMachine } from '../../../../lib/settlement-machine.ts';

const task = {
  Type: 'Task',
  Resource: 'arn',
  Parameters: { step: 'a', 'input.$': '$' },
  TimeoutSeconds: 9,
  Retry: [{ ErrorEquals: ['Odd'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }],
  Next: 'Choice',
};
const choice = {
  Type: 'Choice',
  Choices: [{ Variable: '$.status', StringEquals: 'waiting', Next: 'Wait' }],
  Default: 'Done',
};
const wait = { Type: 'Wait', SecondsPath: '$.waitSeconds', Next: 'Task' };
const machine = (states: object = {}, more: object = {}) => ({
  StartAt: 'Task',
  States: { Task: task, Choice: choice, Wait: wait, Done: { Type: 'Succeed' }, ...states },
  ...more,
});

it('the settlement machine is known', () => {
  const definition = settlementMachine('arn:aws:lambda:embedded:000000000000:function:settlement-step');

  expect(loadMachine(definition)).toEqual(definition);
  expect(loadMachine(machine())).toEqual(machine());
});

describe('what is not known is refused by its name', () => {
  it.each([
    [machine({}, { QueryLanguage: 'JSONata' }), 'QueryLanguage'],
    [machine({ Extra: { Type: 'Parallel', Branches: [] } }), 'States.Extra.Type'],
    [machine({ Extra: { Type: 'Map' } }), 'States.Extra.Type'],
    [machine({ Extra: { Type: 'Pass', Next: 'Done' } }), 'States.Extra.Type'],
    [machine({ Extra: { Type: 'Fail' } }), 'States.Extra.Type'],
    [machine({ Task: { ...task, Catch: [] } }), 'Catch'],
    [machine({ Task: { ...task, ResultPath: '$.x' } }), 'ResultPath'],
    [machine({ Task: { ...task, End: true } }), 'End'],
    [machine({ Task: { ...task, HeartbeatSeconds: 1 } }), 'HeartbeatSeconds'],
    [machine({ Task: { ...task, Retry: [{ ErrorEquals: ['X'], JitterStrategy: 'FULL' }] } }), 'JitterStrategy'],
    [machine({ Wait: { ...wait, Seconds: 3 } }), 'Seconds'],
    [machine({ Wait: { Type: 'Wait', Timestamp: 'x', Next: 'Done' } }), 'States.Wait'],
    [machine({ Wait: { ...wait, SecondsPath: '$.a.b' } }), 'States.Wait.SecondsPath'],
    [machine({ Choice: { ...choice, Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Done' }] } }), 'Choice'],
    [machine({ Choice: { ...choice, Choices: [{ Not: {}, Next: 'Done' }] } }), 'Choice'],
    [machine({ Choice: { ...choice, OutputPath: '$.x' } }), 'OutputPath'],
    [machine({ Done: { Type: 'Succeed', Output: {} } }), 'Output'],
  ])('%#: %j', (definition, name) => {
    expect(() => loadMachine(definition)).toThrow(new RegExp(`^state machine: .*${name.replaceAll('.', '\\.')}`));
  });

  it('a path in parameters, other than the whole input', () => {
    const withParameters = (Parameters: object) => machine({ Task: { ...task, Parameters } });

    expect(() => loadMachine(withParameters({ 'a.$': '$.b' }))).toThrow('Task.Parameters.a.$: $.b is not known');
    expect(() => loadMachine(withParameters({ 'a.$': '$$.Execution.Id' }))).toThrow('is not known');
    expect(() => loadMachine(withParameters({ 'a.$': "States.Format('x')" }))).toThrow('is not known');
    expect(() => loadMachine(withParameters({ a: { 'b.$': '$' } }))).toThrow('Task.Parameters.a: a path inside');
  });

  it('an error of the language itself', () => {
    const retry = (...Retry: object[]) => machine({ Task: { ...task, Retry } });

    expect(() => loadMachine(retry({ ErrorEquals: ['States.TaskFailed'] }))).toThrow('States.TaskFailed is not known');
    expect(() => loadMachine(retry({ ErrorEquals: ['States.Timeout'] }))).not.toThrow();
  });
});

describe('what Step Functions refuses is refused', () => {
  it('a state that is not there', () => {
    const message = 'there is no state Nowhere';

    expect(() => loadMachine(machine({}, { StartAt: 'Nowhere' }))).toThrow(`StartAt: ${message}`);
    expect(() => loadMachine(machine({ Task: { ...task, Next: 'Nowhere' } }))).toThrow(`Task: ${message}`);
    expect(() => loadMachine(machine({ Wait: { ...wait, Next: 'Nowhere' } }))).toThrow(`Wait: ${message}`);
    expect(() => loadMachine(machine({ Choice: { ...choice, Default: 'Nowhere' } }))).toThrow(`Choice: ${message}`);
    const Choices = [{ ...choice.Choices[0], Next: 'Nowhere' }];
    expect(() => loadMachine(machine({ Choice: { ...choice, Choices } }))).toThrow(`Choice: ${message}`);
  });

  it('States.ALL beside another error, or before another retrier', () => {
    const retry = (...Retry: object[]) => machine({ Task: { ...task, Retry } });
    const message = 'States.ALL must stand alone, in the last retrier';

    expect(() => loadMachine(retry({ ErrorEquals: ['States.ALL', 'X'] }))).toThrow(message);
    expect(() => loadMachine(retry({ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }))).toThrow(message);
  });
});
