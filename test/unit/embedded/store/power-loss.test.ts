/** Some power losses; test/exhaustive/store-crash.test.ts has many. */
import { expect, it } from 'vitest';
import { losePower } from '../../../world/power-loss-run.ts';

it('nothing that was acknowledged is lost when the power fails, and no commit is there in part', async () => {
  const { tried, lost, unacknowledged } = await losePower(1, 30);

  expect(lost).toEqual([]);
  expect(Math.min(...Object.values(tried))).toBeGreaterThan(0);
  expect(unacknowledged).toBeGreaterThan(0);
});

it('the same test finds losses where a disk acknowledges syncs that it does not make', async () => {
  expect((await losePower(2, 10, true)).lost).not.toEqual([]);
});
