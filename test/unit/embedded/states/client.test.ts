/** The client as the product calls it: functions/settlement/start.ts and the operator's question. */
import {
  DescribeExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { StatesClient } from '../../../../bin/embedded/states/client.ts';
import { settlementStarter } from '../../../../functions/settlement/start.ts';
import type { SettlementInput } from '../../../../functions/settlement/step.ts';
import { MACHINE, quiet, statesWorld } from './world.ts';

const EXECUTION = 'arn:aws:states:embedded:000000000000:execution:Machine:day';
const input = { scope: 'Scope001', date: '2027-01-15', throughMs: 1, force: false } as SettlementInput;

function clientWorld(mayUse: (action: string, arn: string) => void = () => {}) {
  const world = statesWorld(({ step, input: state }) => ({
    ...state,
    status: step === 'pay' ? 'done' : step,
    again: false,
  }));
  const machine = { name: 'Machine', arn: MACHINE, definition: {}, role: 'machine-role' };
  const client = new StatesClient({ executions: world.open(), machines: [machine], mayUse });
  return { world, client, sfn: client as unknown as SFNClient };
}

describe('StartExecution', () => {
  it('answers with the execution’s ARN; a name that was used is no new start', async () => {
    const { world, sfn } = clientWorld();
    const start = settlementStarter(sfn, MACHINE);

    expect(await start(input, 'day')).toBe(EXECUTION);
    await quiet();
    expect(world.calls[0]).toEqual({ step: 'seal', input });
    expect(await start(input, 'day')).toBeUndefined();
    expect(await start(input, 'day-7')).toBe(`${EXECUTION}-7`);
  });

  it('refuses a machine that is not there, a bad name and a bad input by their errors', async () => {
    const { client } = clientWorld();
    const send = (request: object) =>
      client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'day', input: '{}', ...request }));

    await expect(send({ stateMachineArn: `${MACHINE}2` })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    await expect(send({ name: 'a b' })).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(send({ input: '{' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    await expect(send({ traceHeader: 'x' })).rejects.toThrow('Step Functions: traceHeader is not known here');
    await expect(send({ name: undefined })).rejects.toThrow('is not known here');
  });
});

describe('DescribeExecution', () => {
  it('says what became of an execution', async () => {
    const { world, client } = clientWorld();
    const ask = () => client.send(new DescribeExecutionCommand({ executionArn: EXECUTION }));
    await client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'day', input: '{"a":1}' }));

    expect(await ask()).toMatchObject({
      status: 'RUNNING',
      input: '{"a":1}',
      name: 'day',
      stateMachineArn: MACHINE,
      startDate: new Date(world.clock.nowMs()),
    });
    await quiet();
    const done = await ask();

    expect(done).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1,"status":"done","again":false}' });
    expect(done.stopDate).toEqual(new Date(world.clock.nowMs()));
    expect(done).not.toHaveProperty('error');
  });

  it('refuses an execution that is not there', async () => {
    const { client } = clientWorld();

    for (const executionArn of [EXECUTION, `${MACHINE}:day`, 'day'])
      await expect(client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
        name: 'ExecutionDoesNotExist',
      });
  });
});

it('each command asks for its right first', async () => {
  const asked: string[] = [];
  const { world, client } = clientWorld((action, arn) => {
    asked.push(`${action} ${arn}`);
    throw new Error('refused');
  });

  const start = new StartExecutionCommand({ stateMachineArn: MACHINE, name: 'day', input: '{}' });
  await expect(client.send(start)).rejects.toThrow('refused');
  await expect(client.send(new DescribeExecutionCommand({ executionArn: EXECUTION }))).rejects.toThrow('refused');
  await quiet();

  expect(asked).toEqual([`states:StartExecution ${MACHINE}`, `states:DescribeExecution ${EXECUTION}`]);
  expect(world.calls).toEqual([]);
});

it('another command is refused by its name', async () => {
  const { client } = clientWorld();
  const stop = new StopExecutionCommand({ executionArn: EXECUTION }) as unknown as StartExecutionCommand;

  await expect(client.send(stop)).rejects.toThrow('Step Functions: StopExecutionCommand is not known here');
});
