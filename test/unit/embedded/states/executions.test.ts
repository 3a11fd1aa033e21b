import { afterEach, describe, expect, it, vi } from 'vitest';
import { settlementMachine } from '../../../../lib/settlement-machine.ts';
import { DAY_MS, finish, INPUT, MACHINE, quiet, STEP, STEPS, settle, statesWorld, statusOf, stepsOf } from './world.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('an execution', () => {
  it('takes its steps, waits on the stack’s clock, and keeps its output', async () => {
    const world = statesWorld(settle);
    const executions = world.open();

    expect(await executions.start(MACHINE, 'day', INPUT)).toEqual({ startedMs: world.clock.nowMs() });
    await quiet();
    expect(stepsOf(world)).toEqual(['seal']);
    world.clock.pass(59_999);
    await quiet();
    expect(stepsOf(world)).toEqual(['seal']);
    world.clock.pass(1);
    await quiet();
    expect(stepsOf(world)).toEqual(STEPS.slice(0, 5));
    expect(await statusOf(executions, 'day')).toBe('RUNNING');
    world.clock.pass(900_000);
    await quiet();

    expect(stepsOf(world)).toEqual(STEPS);
    expect(await executions.find(MACHINE, 'day')).toMatchObject({
      status: 'SUCCEEDED',
      output: JSON.stringify({
        scope: 'Scope001',
        date: '2027-01-15',
        status: 'done',
        waitSeconds: 0,
        waited: ['entries', 'bank'],
        again: false,
      }),
      endedMs: world.clock.nowMs(),
      position: null,
      dueMs: null,
    });
    expect(world.errors).toEqual([]);
  });

  it('that fails keeps its error, and the log says so', async () => {
    class BooksDiffer extends Error {
      override readonly name = 'BooksDiffer';
    }
    const world = statesWorld(() => {
      throw new BooksDiffer('one entry is missing');
    });
    const executions = world.open();

    await executions.start(MACHINE, 'day', INPUT);
    await quiet();

    expect(await executions.find(MACHINE, 'day')).toMatchObject({
      status: 'FAILED',
      error: 'BooksDiffer',
      cause: '{"errorType":"BooksDiffer","errorMessage":"one entry is missing"}',
      output: null,
    });
    expect(world.errors).toEqual(['execution failed BooksDiffer']);
    expect(stepsOf(world)).toEqual(['seal']);
  });

  it('tries a failed task again after waits on the stack’s clock', async () => {
    let failures = 2;
    const world = statesWorld((payload) => {
      if (failures-- > 0) throw new Error('the table is down');
      return settle(payload);
    });
    const executions = world.open();

    await executions.start(MACHINE, 'day', INPUT);
    await quiet();
    for (const ms of [1_999, 1, 3_999]) {
      world.clock.pass(ms);
      await quiet();
    }
    expect(world.calls.length).toBe(2);
    world.clock.pass(1);
    await finish(world);

    expect(stepsOf(world)).toEqual(['seal', 'seal', ...STEPS]);
    expect(await statusOf(executions, 'day')).toBe('SUCCEEDED');
  });

  it('does not wait for a task longer than its limit; a later result has no effect', async () => {
    const late: ((result: object) => void)[] = [];
    const world = statesWorld((payload) =>
      late.length === 0 ? new Promise((resolve) => late.push(resolve)) : settle(payload),
    );
    const executions = world.open();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

    await executions.start(MACHINE, 'day', INPUT);
    await quiet();
    vi.advanceTimersByTime(929_999);
    await quiet();
    expect(world.clock.timers).toBe(0);
    vi.advanceTimersByTime(1);
    await quiet();
    expect(world.clock.timers).toBe(1);
    late[0]!({ status: 'sealed', again: false, from: 'the late result' });
    await finish(world);

    expect(stepsOf(world)).toEqual(['seal', ...STEPS]);
    expect((await executions.find(MACHINE, 'day'))!.output).not.toContain('late');
  });
});

describe('names', () => {
  it('the same start twice is one execution, at the same time too', async () => {
    const world = statesWorld(settle);
    const executions = world.open();

    const [first, second] = await Promise.all([
      executions.start(MACHINE, 'day', INPUT),
      executions.start(MACHINE, 'day', INPUT),
    ]);
    await quiet();
    world.clock.pass(1_000);

    expect(second).toEqual(first);
    expect(await executions.start(MACHINE, 'day', INPUT)).toEqual(first);
    expect(stepsOf(world)).toEqual(['seal']);
  });

  it('another input under the name of a running execution is refused', async () => {
    const world = statesWorld(settle);
    const executions = world.open();
    await executions.start(MACHINE, 'day', INPUT);

    expect(await executions.start(MACHINE, 'day', '{}')).toEqual({ refused: 'ExecutionAlreadyExists' });
    expect(await executions.start(MACHINE, 'day-2', '{}')).toHaveProperty('startedMs');
  });

  it('the name of an execution is refused until 90 days after its end', async () => {
    const world = statesWorld(settle);
    const executions = world.open();
    await executions.start(MACHINE, 'day', INPUT);
    await finish(world);

    expect(await executions.start(MACHINE, 'day', INPUT)).toEqual({ refused: 'ExecutionAlreadyExists' });
    const { endedMs } = (await executions.find(MACHINE, 'day'))!;
    world.clock.pass(endedMs! + 90 * DAY_MS - world.clock.nowMs());
    expect(await executions.start(MACHINE, 'day', INPUT)).toEqual({ refused: 'ExecutionAlreadyExists' });
    world.clock.pass(1);
    expect(await executions.start(MACHINE, 'day', INPUT)).toEqual({ startedMs: world.clock.nowMs() });
  });

  it('one that is still running after 90 days keeps its name and goes on', async () => {
    const world = statesWorld((payload) => ({ ...settle(payload), waitSeconds: 91 * 86_400 }), {
      ...settlementMachine(STEP),
      TimeoutSeconds: 1000 * 86_400,
    });
    const executions = world.open();
    await executions.start(MACHINE, 'day', INPUT);
    await quiet();

    world.clock.pass(90 * DAY_MS + 1);

    expect(await executions.start(MACHINE, 'day', '{}')).toEqual({ refused: 'ExecutionAlreadyExists' });
    expect(await statusOf(executions, 'day')).toBe('RUNNING');
  });

  it('what Step Functions takes for no name or no input is refused', async () => {
    const executions = statesWorld(settle).open();

    for (const name of ['', 'a b', 'a/b', 'a:b', 'a*', 'a\u0001', 'x'.repeat(81)])
      expect(await executions.start(MACHINE, name, INPUT), name).toEqual({ refused: 'InvalidName' });
    expect(await executions.start(MACHINE, `${'x'.repeat(75)}-_.=@`, INPUT)).toHaveProperty('startedMs');
    for (const input of ['', '{', `"${'é'.repeat(131_072)}"`])
      expect(await executions.start(MACHINE, 'day', input)).toEqual({ refused: 'InvalidExecutionInput' });
  });
});

describe('a limit of the whole execution', () => {
  const limited = { ...settlementMachine(STEP), TimeoutSeconds: 600 };

  it('ends it while it waits', async () => {
    const world = statesWorld(settle, limited);
    const executions = world.open();
    await executions.start(MACHINE, 'day', INPUT);
    await quiet();
    world.clock.pass(60_000);
    await quiet();

    world.clock.pass(540_000);
    await quiet();

    expect(await executions.find(MACHINE, 'day')).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(world.errors).toEqual(['execution timed out']);
    expect(world.clock.timers).toBe(0);
  });

  it('ends it after a task that took too long', async () => {
    const world = statesWorld((payload) => {
      world.clock.pass(600_001);
      return settle(payload);
    }, limited);
    const executions = world.open();

    await executions.start(MACHINE, 'day', INPUT);
    await quiet();

    expect(await statusOf(executions, 'day')).toBe('TIMED_OUT');
  });

  it('does not count time in which nothing ran', async () => {
    const world = statesWorld(settle, limited);
    await world.open().start(MACHINE, 'day', INPUT);
    await quiet();

    world.clock.jump(30 * DAY_MS);
    await quiet();

    expect(stepsOf(world)).toEqual(STEPS.slice(0, 5));
    expect(world.errors).toEqual([]);
  });
});
