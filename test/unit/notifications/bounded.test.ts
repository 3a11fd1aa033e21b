import { expect, it } from 'vitest';
import { bounded } from '../../../functions/notifications/bounded.ts';

/** Starts work of so many bytes each, shows which pieces run, and ends one by its place. */
function working(most: number, sizes: readonly number[]) {
  const limit = bounded(most);
  const running = new Set<number>();
  const waited: boolean[] = [];
  const ends: (() => void)[] = [];
  const all = sizes.map((bytes, place) =>
    limit(bytes, async (hasWaited) => {
      running.add(place);
      waited[place] = hasWaited;
      await new Promise<void>((end) => {
        ends[place] = end;
      });
      running.delete(place);
    }),
  );
  const settle = () => new Promise((done) => setImmediate(done));
  const end = async (place: number): Promise<void> => {
    ends[place]!();
    await settle();
  };
  return { all, running, waited, end, settle };
}

it('work runs side by side while its bytes fit, and then in the order of asking', async () => {
  const { running, waited, end, settle } = working(10, [4, 4, 4, 1]);
  await settle();
  expect([...running]).toEqual([0, 1]);

  await end(1);

  expect([...running]).toEqual([0, 2, 3]);
  expect(waited).toEqual([false, false, true, true]);
});

it('work that alone is more than the bound runs alone', async () => {
  const { running, end, settle } = working(10, [1, 50, 1]);
  await settle();
  expect([...running]).toEqual([0]);

  await end(0);
  expect([...running]).toEqual([1]);
  await end(1);

  expect([...running]).toEqual([2]);
});

it('work that fails makes room for the next', async () => {
  const limit = bounded(10);
  const failing = limit(10, () => Promise.reject(new Error('refused')));

  const next = limit(10, async () => 'done');

  await expect(failing).rejects.toThrow('refused');
  expect(await next).toBe('done');
});
