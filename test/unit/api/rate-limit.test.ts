import { expect, it } from 'vitest';
import type { ApiError } from '../../../functions/api/errors.ts';
import type { Caller } from '../../../functions/api/operation.ts';
import { rateLimit } from '../../../functions/api/rate-limit.ts';
import { systemClock } from '../../../functions/kernel/clock.ts';
import type { Scope } from '../../../functions/kernel/ids.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { memoryTable } from '../../world/memory-table.ts';

const caller = (keyId = 'key_a', requestsPerSecond?: number): Caller => ({
  scope: 'AcmeTest' as Scope,
  merchant: 'acct_acme',
  livemode: false,
  keyType: 'secret',
  keyId,
  settings: { ...(requestsPerSecond !== undefined && { requestsPerSecond }) } as Settings,
});

function setUp(containers: number) {
  const table = memoryTable();
  let nowMs = 1_790_000_000_000;
  const failures: Error[] = [];
  const clock = { ...systemClock, nowMs: () => nowMs };
  const limits = Array.from({ length: containers }, () =>
    rateLimit({ table, clock, failed: (error) => void failures.push(error) }),
  );
  const passedOf = async (requests: number, by: Caller): Promise<number> => {
    let passed = 0;
    for (let request = 0; request < requests; request++) {
      await limits[request % containers]!(by).then(
        () => {
          passed += 1;
        },
        () => undefined,
      );
    }
    return passed;
  };
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { table, limits, passedOf, wait, failures };
}

it('twenty requests of a key in ten seconds cost no write', async () => {
  const { table, passedOf } = setUp(1);

  expect(await passedOf(20, caller())).toBe(20);

  expect(table.consumed.writeUnits).toBe(0);
});

it('what is beyond costs a write for ten', async () => {
  const { table, passedOf } = setUp(1);

  expect(await passedOf(120, caller())).toBe(120);

  expect(table.consumed.writeUnits).toBe(10);
});

it('a key passes what its settings allow, and what each container lets through by itself', async () => {
  const { passedOf } = setUp(4);

  expect(await passedOf(400, caller('key_a', 5))).toBe(50 + 4 * 20);
});

it('another key of the same merchant has its own', async () => {
  const { passedOf } = setUp(1);
  await passedOf(400, caller('key_a', 5));

  expect(await passedOf(70, caller('key_b', 5))).toBe(70);
});

it('the next window starts from zero', async () => {
  const { passedOf, wait } = setUp(1);
  expect(await passedOf(100, caller('key_a', 5))).toBe(70);
  wait(10_000);

  expect(await passedOf(100, caller('key_a', 5))).toBe(70);
});

it('the refusal says when to come again, and asks SDKs to', async () => {
  const { limits, passedOf, wait } = setUp(1);
  await passedOf(100, caller('key_a', 5));
  wait(6_500);

  const error = (await limits[0]!(caller('key_a', 5)).catch((thrown: unknown) => thrown)) as ApiError;

  expect(error).toMatchObject({
    status: 429,
    body: { type: 'invalid_request_error', code: 'rate_limit' },
    shouldRetry: true,
    stored: false,
    headers: { 'retry-after': '4', 'stripe-rate-limited-reason': 'global-rate' },
  });
});

it('once refused, a container asks no more until the window ends', async () => {
  const { table, passedOf } = setUp(1);
  await passedOf(71, caller('key_a', 5));
  const { calls } = table;

  await passedOf(500, caller('key_a', 5));

  expect(table.calls).toBe(calls);
});

it('a counter that cannot be reached stops no payment', async () => {
  const { table, passedOf, failures } = setUp(1);
  table.onCall = () => Promise.reject(new Error('throttled'));

  expect(await passedOf(40, caller())).toBe(40);

  expect(failures).toHaveLength(2);
});
