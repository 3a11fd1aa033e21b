import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { commitPatiently, Running } from '../../../bin/embedded/background.ts';
import { StoreFull, StoreStopped } from '../../../bin/embedded/store/errors.ts';
import { memoryStore, type Store } from '../../../bin/embedded/store/store.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A store whose commits fail with these errors first. */
function failing(...errors: Error[]) {
  const store = memoryStore();
  const commits: unknown[] = [];
  const commit: Store['commit'] = async (work, options) => {
    commits.push(options);
    const error = errors.shift();
    if (error) throw error;
    return store.commit(work);
  };
  return { commits, store: Object.assign(Object.create(store) as Store, { commit }) };
}

it('a commit of the background waits for company, and for space on a full disk', async () => {
  const { commits, store } = failing(new StoreFull('full'), new StoreFull('full'));
  const work = vi.fn<() => void>();

  const done = commitPatiently(store, work);
  await vi.advanceTimersByTimeAsync(1999);
  expect(work).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await done;

  expect(work).toHaveBeenCalledOnce();
  expect(commits).toEqual([{ patient: true }, { patient: true }, { patient: true }]);
});

it('a commit of the background is not repeated on a store that has stopped', async () => {
  const { commits, store } = failing(new StoreStopped('stopped'));

  await expect(commitPatiently(store, () => undefined)).rejects.toThrow('stopped');

  expect(commits).toHaveLength(1);
});

it('running work has ended when also that which it began has ended', async () => {
  const running = new Running();
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  running.add(wait(10).then(() => running.add(wait(10))));
  let ended: boolean | undefined;

  void running.ended(1000).then((all) => {
    ended = all;
  });
  await vi.advanceTimersByTimeAsync(19);
  expect(ended).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);

  expect(ended).toBe(true);
});

it('work that takes longer than the limit is reported', async () => {
  const running = new Running();
  running.add(new Promise(() => {}));

  const ended = running.ended(1000);
  await vi.advanceTimersByTimeAsync(1000);

  expect(await ended).toBe(false);
});
