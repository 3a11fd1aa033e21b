import { describe, expect, it, vi } from 'vitest';
import { openClock } from '../../../../bin/embedded/clock.ts';
import { Schedules } from '../../../../bin/embedded/schedules/schedules.ts';
import { memoryStore, type Store } from '../../../../bin/embedded/store/store.ts';
import type { Rule } from '../../../../bin/embedded/wiring/model-types.ts';
import { crashingStore } from '../../../world/crashing-store.ts';
import { quiet } from '../../../world/queues.ts';

const MINUTE_MS = 60_000;
/** For what goes through files: only a failure takes as long. */
const PATIENCE = { timeout: 20_000, interval: 2 };
const JANITOR: Rule = { id: 'every-minute', everyMs: MINUTE_MS, function: 'janitor', input: undefined };
const DUE: Rule = { id: 'every-five', everyMs: 5 * MINUTE_MS, function: 'due', input: { asOfMs: 7 } };

function schedules(
  run: (name: string, event: object) => Promise<unknown>,
  {
    store = memoryStore(),
    rules = [JANITOR, DUE],
    systemMs = () => 1_700_000_000_000,
  }: {
    readonly store?: Store;
    readonly rules?: readonly Rule[];
    readonly systemMs?: () => number;
  } = {},
) {
  const clock = openClock(store, systemMs);
  const logged: object[] = [];
  const write = (message: string, facts: object): void => void logged.push({ message, ...facts });
  const made = new Schedules({ store, clock, rules, log: { warn: write, error: write }, invoke: run });
  return { schedules: made, clock, store, logged };
}

/** Functions that end at once. */
function counting() {
  const calls: (readonly [string, object])[] = [];
  return {
    calls,
    run: async (name: string, event: object) => void calls.push([name, event]),
    names: () => calls.map(([name]) => name),
  };
}

describe('a rule', () => {
  it('calls its function when its time is over once, with its input or the event of a schedule, and goes on', async () => {
    const { calls, run, names } = counting();
    const { schedules: made, clock } = schedules(run);
    await made.start();

    await clock.advance(MINUTE_MS - 1);
    await quiet();
    expect(calls).toEqual([]);
    await clock.advance(1);
    await quiet();
    expect(calls).toEqual([
      [
        'janitor',
        {
          version: '0',
          id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          time: '2023-11-14T22:14:20Z',
          resources: ['every-minute'],
          detail: {},
        },
      ],
    ]);
    for (let minute = 2; minute <= 5; minute++) {
      await clock.advance(MINUTE_MS);
      await quiet();
    }

    expect(names().toSorted()).toEqual(['due', 'janitor', 'janitor', 'janitor', 'janitor', 'janitor']);
    expect(calls).toContainEqual(['due', { asOfMs: 7 }]);
    await made.stop(100);
  });

  it('makes up once what a jump of the clock has missed', async () => {
    const { run, names } = counting();
    const { schedules: made, clock } = schedules(run);
    await made.start();

    await clock.advance(7 * 24 * 60 * MINUTE_MS);
    await quiet();

    expect(names().toSorted()).toEqual(['due', 'janitor']);
    await made.stop(100);
  });

  it('has one run at a time; the next one begins at the end of a run that took longer than its time', async () => {
    const ends: (() => void)[] = [];
    const { schedules: made, clock } = schedules(() => new Promise((resolve) => ends.push(() => resolve(undefined))), {
      rules: [JANITOR],
    });
    await made.start();

    for (let minute = 1; minute <= 5; minute++) {
      await clock.advance(MINUTE_MS);
      await quiet();
    }
    expect(ends).toHaveLength(1);
    ends[0]!();
    await quiet();
    expect(ends).toHaveLength(2);
    ends[1]!();
    await quiet();

    expect(ends).toHaveLength(2);
    await made.stop(100);
  });

  it('is not repeated when its call fails: the next one does its work', async () => {
    const {
      schedules: made,
      clock,
      logged,
    } = schedules(async () => Promise.reject(new Error('the function failed')), {
      rules: [JANITOR],
    });
    await made.start();

    await clock.advance(MINUTE_MS);
    await quiet();
    await clock.advance(MINUTE_MS - 1);
    await quiet();
    expect(logged).toMatchObject([{ message: 'scheduled call failed', function: 'janitor' }]);
    await clock.advance(1);
    await quiet();

    expect(logged).toHaveLength(2);
    await made.stop(100);
  });
});

describe('a start', () => {
  it('makes up once what was missed while the process did not run, and calls nothing early', async () => {
    let systemMs = 0;
    const store = memoryStore();
    const { run, names } = counting();
    const first = schedules(run, { store, systemMs: () => systemMs });
    await first.schedules.start();
    await first.schedules.stop(100);

    systemMs = 3 * MINUTE_MS;
    const second = schedules(run, { store, systemMs: () => systemMs });
    await second.schedules.start();
    await quiet();
    expect(names()).toEqual(['janitor']);
    await second.schedules.stop(100);
    systemMs += MINUTE_MS - 1;
    const third = schedules(run, { store, systemMs: () => systemMs });
    await third.schedules.start();
    await quiet();
    expect(names()).toEqual(['janitor']);
    systemMs += 1;
    await third.clock.advance(1);
    await quiet();

    expect(names()).toEqual(['janitor', 'janitor']);
    await third.schedules.stop(100);
  });

  it('makes up a run that a crash cut off', async () => {
    const first = await crashingStore();
    const begun: string[] = [];
    const never = (name: string) => {
      begun.push(name);
      return new Promise(() => {});
    };
    const before = schedules(never, { store: first.store, rules: [JANITOR] });
    await before.schedules.start();
    await before.clock.advance(MINUTE_MS);
    await vi.waitFor(() => expect(begun).toEqual(['janitor']), PATIENCE);

    const second = await first.crash(1);
    const { run, names } = counting();
    const after = schedules(run, { store: second.store, rules: [JANITOR] });
    await after.schedules.start();

    await vi.waitFor(() => expect(names()).toEqual(['janitor']), PATIENCE);
    await before.schedules.stop(1);
    await after.schedules.stop(5000);
    await Promise.all([first.close(), second.close()]);
  });
});

it('a stop begins no run more, and waits for a run until its limit', async () => {
  const ends: (() => void)[] = [];
  const { schedules: made, clock } = schedules(() => new Promise((resolve) => ends.push(() => resolve(undefined))), {
    rules: [JANITOR],
  });
  await made.start();
  await clock.advance(MINUTE_MS);
  await quiet();

  expect(await made.stop(20)).toBe(false);
  const stopped = made.stop(5000);
  ends[0]!();
  expect(await stopped).toBe(true);
  await clock.advance(10 * MINUTE_MS);
  await quiet();

  expect(ends).toHaveLength(1);
});
