/** Executions whose process ends: at any commit, while it waits, in the middle of a task. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../bin/embedded/store/store.ts';
import { finish, INPUT, MACHINE, quiet, STEPS, settle, statesWorld, statusOf, stepsOf } from './world.ts';

describe('a restart', () => {
  /** A store that answers so many commits. After them the process is gone: `lost`: the last one was not stored. */
  function dying(store: Store, commits: number, isLost: boolean): Store {
    let left = commits;
    const never = new Promise<never>(() => {});
    return {
      ...store,
      read: (work) => store.read(work),
      synced: () => store.synced(),
      async commit(work) {
        left -= 1;
        if (left < 0 || (left === 0 && isLost)) return never;
        const result = await store.commit(work);
        return left === 0 ? never : result;
      },
    };
  }

  it.each([true, false])('at each commit (lost: %s) ends as without one', async (isLost) => {
    let died = 0;
    for (let commits = 1; ; commits++) {
      const world = statesWorld(settle);
      const store = dying(world.store, commits, isLost);
      const first = world.open({ store, commit: async (work) => store.commit(work) });
      void first.start(MACHINE, 'day', INPUT);
      await finish(world);
      if ((await statusOf(first, 'day')) === 'SUCCEEDED' && stepsOf(world).length === STEPS.length) break;
      died += 1;
      const second = world.open();
      second.resume();
      // Without an answer the caller asks again.
      expect(await second.start(MACHINE, 'day', INPUT)).toHaveProperty('startedMs');
      await finish(world);

      expect(await second.find(MACHINE, 'day'), `${commits}`).toMatchObject({
        status: 'SUCCEEDED',
        output: expect.stringContaining('"status":"done"') as string,
      });
      // Only the step that was under way is done again.
      expect(stepsOf(world).length - STEPS.length, `${commits}`).toBeLessThanOrEqual(1);
      expect([...new Set(stepsOf(world))]).toEqual(['seal', 'settle', 'report', 'pay']);
    }
    // The start, the first move, six tasks and two waits.
    expect(died).toBeGreaterThanOrEqual(9);
  });

  it('waits for the rest of the time only, and not for a time that has passed', async () => {
    const world = statesWorld(settle);
    const first = world.open();
    await first.start(MACHINE, 'day', INPUT);
    await quiet();
    world.clock.pass(50_000);
    await first.close(0);
    expect(world.clock.timers).toBe(0);

    const second = world.open();
    second.resume();
    world.clock.pass(9_999);
    await quiet();
    expect(stepsOf(world)).toEqual(['seal']);
    await second.close(0);
    world.clock.pass(1_000_000);
    world.open().resume();
    world.clock.pass(0);
    await quiet();

    expect(stepsOf(world)).toEqual(STEPS.slice(0, 5));
  });

  it('that finds a machine no more says so', async () => {
    const world = statesWorld(settle);
    await world.open().start(MACHINE, 'day', INPUT);
    await quiet();

    expect(() => world.open({ machines: new Map() }).resume()).toThrow(`an execution of ${MACHINE} is running`);
  });
});

describe('the end of the process', () => {
  it('waits for the task under way, and starts no other', async () => {
    const resolvers: ((result: object) => void)[] = [];
    const world = statesWorld(() => new Promise((resolve) => resolvers.push(resolve)));
    const executions = world.open();
    await executions.start(MACHINE, 'day', INPUT);
    await quiet();

    const closed = executions.close(60_000);
    resolvers[0]!({ status: 'sealed', again: false });

    expect(await closed).toBe(true);
    expect(stepsOf(world)).toEqual(['seal']);
    expect((await executions.find(MACHINE, 'day'))!.position).toContain('Settle');
  });

  it('does not wait longer than its limit, and stores nothing afterwards', async () => {
    const resolvers: ((result: object) => void)[] = [];
    const world = statesWorld(() => new Promise((resolve) => resolvers.push(resolve)));
    const executions = world.open();
    await executions.start(MACHINE, 'day', INPUT);
    await quiet();

    expect(await executions.close(1)).toBe(false);
    resolvers[0]!({ status: 'sealed', again: false });
    await quiet();

    expect((await executions.find(MACHINE, 'day'))!.position).toContain('Seal');
  });
});
