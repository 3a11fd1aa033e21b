import { fc } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { Recent } from '../../../../bin/embedded/streams/recent.ts';
import type { ChangeRecord } from '../../../../bin/embedded/table/changes.ts';

const record = (sequence: number): ChangeRecord => ({ sequence, key: { pk: 'a', sk: 'b' }, ms: 0 });

/** Rows that can be loaded, and how often each was. */
function source(count: number) {
  const rows = Array.from({ length: count }, (_, n) => record(n + 1));
  const loads = new Map<number, number>();
  const load = (after: number, most: number) => {
    const found = rows.filter(({ sequence }) => sequence > after).slice(0, most);
    for (const { sequence } of found) loads.set(sequence, (loads.get(sequence) ?? 0) + 1);
    return found;
  };
  return { rows, loads, load };
}

it('two consumers that read one after the other load each change once', () => {
  const { load, loads } = source(10);
  const recent = new Recent(load);

  for (const position of [0, 3, 6]) {
    for (const consumer of ['fast', 'slow'])
      expect([consumer, recent.after(position, 3).map(({ sequence }) => sequence)]).toEqual([
        consumer,
        [position + 1, position + 2, position + 3],
      ]);
    recent.forget(position);
  }

  expect([...loads.values()]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
});

it('looks for more rows only when some were announced', () => {
  const { rows, load } = source(0);
  let looks = 0;
  const recent = new Recent((after, most) => {
    looks += 1;
    return load(after, most);
  });

  for (const consumer of ['fast', 'slow']) expect([consumer, recent.after(0, 3)]).toEqual([consumer, []]);
  expect(looks).toBe(1);
  rows.push(record(1));
  recent.notice();

  for (const consumer of ['fast', 'slow']) expect([consumer, recent.after(0, 3)]).toEqual([consumer, [record(1)]]);
  expect(looks).toBe(2);
});

it('each consumer gets what the rows hold behind its position, however far apart they are', () => {
  const step = fc.record({
    consumer: fc.constantFrom(0, 1),
    most: fc.integer({ min: 1, max: 7 }),
    forget: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })),
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 2, max: 9 }),
      (start, steps, held) => {
        const { rows, load } = source(60);
        const recent = new Recent(load, held);
        const positions = [...start];
        for (const { consumer, most, forget } of steps) {
          const position = positions[consumer]!;
          const got = recent.after(position, most);
          expect(got).toEqual(rows.filter(({ sequence }) => sequence > position).slice(0, most));
          positions[consumer] = got.at(-1)?.sequence ?? position;
          if (forget) recent.forget(Math.min(...positions));
        }
      },
    ),
    { numRuns: 500, seed: 7 },
  );
});
