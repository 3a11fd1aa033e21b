import { describe, expect, it } from 'vitest';
import { type AttemptSteps, attempt, type RetryPolicy } from '../../../../bin/embedded/streams/attempts.ts';
import type { ChangeRecord } from '../../../../bin/embedded/table/changes.ts';

const batch = (...numbers: readonly number[]): readonly ChangeRecord[] =>
  numbers.map((sequence) => ({ sequence, key: { pk: 'a', sk: 'b' }, ms: 0 }));
const numbersOf = (changes: readonly ChangeRecord[]): string => changes.map(({ sequence }) => sequence).join(' ');

/** What is done with a batch, step by step. `fails` decides which calls fail. */
async function run(
  changes: readonly ChangeRecord[],
  fails: (changes: readonly ChangeRecord[], call: number) => boolean,
  {
    ageMs = 0,
    stopAfter = Number.POSITIVE_INFINITY,
    ...policy
  }: Partial<RetryPolicy> & {
    readonly ageMs?: number;
    readonly stopAfter?: number;
  } = {},
) {
  const steps: string[] = [];
  let calls = 0;
  let pauses = 0;
  const on: AttemptSteps = {
    call: async (part) => {
      calls += 1;
      steps.push(`call ${numbersOf(part)}`);
      if (fails(part, calls)) throw new Error('the function failed');
    },
    done: (part) => void steps.push(`done ${numbersOf(part)}`),
    giveUp: async (part, why, count) => void steps.push(`${why} ${numbersOf(part)} after ${count}`),
    ageMs: () => ageMs,
    pause: async (ms) => {
      pauses += 1;
      steps.push(`pause ${ms}`);
      return pauses < stopAfter;
    },
  };
  const isEnded = await attempt(changes, { bisectOnError: true, maxRetries: 3, maxRecordAgeMs: 1000, ...policy }, on);
  return { steps, isEnded };
}

const contains = (bad: number) => (changes: readonly ChangeRecord[]) =>
  changes.some(({ sequence }) => sequence === bad);

describe('a batch', () => {
  it('that succeeds is done in one call', async () => {
    expect(await run(batch(1, 2, 3), () => false)).toEqual({ steps: ['call 1 2 3', 'done 1 2 3'], isEnded: true });
  });

  it('that fails is cut in two until the record that fails is alone; those before it are done once, those behind it wait', async () => {
    const { steps } = await run(batch(1, 2, 3, 4, 5), contains(3), { maxRetries: 1 });

    expect(steps).toEqual([
      'call 1 2 3 4 5',
      'call 1 2 3',
      'call 1 2',
      'done 1 2',
      'call 3',
      'pause 1000',
      'call 3',
      'RetryAttemptsExhausted 3 after 4',
      'call 4 5',
      'done 4 5',
    ]);
  });

  it('that fails is tried again as a whole where the mapping does not cut', async () => {
    const { steps } = await run(batch(1, 2), (_, call) => call < 3, { bisectOnError: false });

    expect(steps).toEqual(['call 1 2', 'pause 1000', 'call 1 2', 'pause 2000', 'call 1 2', 'done 1 2']);
  });
});

describe('a record that fails', () => {
  it('is tried again after longer and longer pauses of at most a minute, and given up after its retries', async () => {
    const { steps } = await run(batch(1), () => true, { maxRetries: 8 });

    expect(steps.filter((step) => step.startsWith('pause'))).toEqual(
      [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].map((ms) => `pause ${ms}`),
    );
    expect(steps.at(-1)).toBe('RetryAttemptsExhausted 1 after 9');
  });

  it('is given up when it is too old, but was tried once', async () => {
    const { steps } = await run(batch(1), () => true, { ageMs: 1000 });

    expect(steps).toEqual(['call 1', 'RecordAgeExceeded 1 after 1']);
  });

  it('is neither done nor given up when the consumer stops, and what is behind it is not begun', async () => {
    const { steps, isEnded } = await run(batch(1, 2), contains(1), { stopAfter: 1 });

    expect([steps, isEnded]).toEqual([['call 1 2', 'call 1', 'pause 1000'], false]);
  });
});
