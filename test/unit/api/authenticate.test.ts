/** Who fails to authenticate costs little: what is not there is remembered, and an address may fail so often and no more. */
import { expect, it } from 'vitest';
import { authenticator } from '../../../functions/api/authenticate.ts';
import { FREE, failureLimit, WINDOW_MS } from '../../../functions/api/rate-limit.ts';
import { systemClock, systemRandom } from '../../../functions/kernel/clock.ts';
import type { Scope } from '../../../functions/kernel/ids.ts';
import { CACHE_MS, MOST_REMEMBERED, remembered } from '../../../functions/kernel/remembered.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { type ScopeEntry, writeSettings } from '../../../functions/merchants/store.ts';
import { addKey } from '../../../functions/operator/keys.ts';
import { memoryTable } from '../../world/memory-table.ts';

const entry: ScopeEntry = { scope: 'AcmeTest' as Scope, merchant: 'acct_acme', livemode: false };
const unknownKey = (number = 0): string => `sk_test_${String(number).padStart(32, '0')}`;

async function setUp(containers = 1) {
  let nowMs = 1_790_000_000_000;
  const table = memoryTable();
  const clock = { ...systemClock, nowMs: () => nowMs };
  await table.commit(writeSettings(entry.scope, { version: 1, minimumPayouts: {} } as unknown as Settings));
  const reads: string[] = [];
  const counted = {
    ...table,
    get: (...asked: Parameters<typeof table.get>) => {
      reads.push(asked[1].pk);
      return table.get(...asked);
    },
  };
  const authenticates = Array.from({ length: containers }, () =>
    authenticator(counted, clock, failureLimit({ table, clock, failed: ({ message }) => expect.unreachable(message) })),
  );
  const statusOf = (authorization: string | undefined, address?: string, container = 0) =>
    authenticates[container]!(authorization, address).then(
      () => 200,
      (error: { status: number }) => error.status,
    );
  return {
    statusOf: (key: string, address = '198.51.100.7', container = 0) => statusOf(`Bearer ${key}`, address, container),
    statusWithout: (address = '198.51.100.7') => statusOf(undefined, address),
    newKey: async () => (await addKey({ table, clock, random: systemRandom }, entry, 'secret')).key,
    reads,
    writes: () => table.consumed.writeUnits,
    wait: (ms: number): void => {
      nowMs += ms;
    },
  };
}

it('a key that is not there is looked up once in five seconds', async () => {
  const { statusOf, reads, wait } = await setUp();

  for (let request = 0; request < 10; request++) expect(await statusOf(unknownKey())).toBe(401);
  expect(reads).toHaveLength(1);

  wait(CACHE_MS + 1);
  await statusOf(unknownKey());
  expect(reads).toHaveLength(2);
});

it('a key that was asked for before it was made works within five seconds', async () => {
  let nowMs = 0;
  const keys = new Map<string, string>();
  const read = remembered({ ...systemClock, nowMs: () => nowMs }, async (name) => keys.get(name));
  expect(await read('new')).toBeUndefined();

  keys.set('new', 'made');

  nowMs = CACHE_MS;
  expect(await read('new')).toBe('made');
  expect(read.hasFound('new')).toBe(true);
});

it('unknown key names take a bounded number of places and remove no name that was found', async () => {
  const asked: string[] = [];
  const read = remembered({ ...systemClock, nowMs: () => 0 }, async (name) => {
    asked.push(name);
    return name === 'there' ? name : undefined;
  });
  await read('there');
  await read('first');
  for (let stranger = 0; stranger < MOST_REMEMBERED; stranger++) await read(`stranger ${stranger}`);
  const before = asked.length;

  await read('there');
  expect(asked).toHaveLength(before);
  // It had to make room for the others.
  await read('first');
  expect(asked).toHaveLength(before + 1);
});

it('an address may fail a hundred times in ten seconds beside the first twenty, and is then refused without a read or a write', async () => {
  const { statusOf, reads, writes, wait } = await setUp();
  const statuses: number[] = [];
  for (let request = 0; request < 130; request++) statuses.push(await statusOf(unknownKey(request)));

  expect(statuses.filter((status) => status === 401)).toHaveLength(120);
  expect(statuses.slice(120)).toEqual(Array(10).fill(429));
  const [read, written] = [reads.length, writes()];
  expect(await statusOf(unknownKey(1_000))).toBe(429);
  expect([reads.length, writes()]).toEqual([read, written]);

  wait(WINDOW_MS);
  expect(await statusOf(unknownKey(1_001))).toBe(401);
});

it('failures of all containers count together', async () => {
  const { statusOf } = await setUp(10);
  const statuses: number[] = [];
  for (let request = 0; request < 500; request++)
    statuses.push(await statusOf(unknownKey(request), '198.51.100.7', request % 10));

  expect(statuses.filter((status) => status === 401)).toHaveLength(100 + 10 * FREE);
});

it('a request without a key, and a malformed key, are failures too', async () => {
  const { statusOf, statusWithout, reads } = await setUp();
  const statuses: number[] = [];
  for (let request = 0; request < 100; request++) statuses.push(await statusOf('x'), await statusWithout());

  expect(statuses.filter((status) => status === 401)).toHaveLength(120);
  expect(reads).toEqual([]);
});

it('other addresses, and keys that work, are not refused for it', async () => {
  const { statusOf, newKey } = await setUp();
  const key = await newKey();
  expect(await statusOf(key)).toBe(200);
  for (let request = 0; request < 130; request++) await statusOf(unknownKey(request));

  expect(await statusOf(unknownKey(1_000))).toBe(429);
  expect(await statusOf(unknownKey(1_000), '198.51.100.8')).toBe(401);
  expect(await statusOf(key)).toBe(200);
});

it('requests that authenticate cost the address nothing', async () => {
  const { statusOf, newKey, writes } = await setUp();
  const key = await newKey();
  const before = writes();
  for (let request = 0; request < 500; request++) expect(await statusOf(key)).toBe(200);

  expect(writes()).toBe(before);
  expect(await statusOf(unknownKey())).toBe(401);
});

it.each([
  ['the addresses of one /64', '2001:0db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', 429],
  ['one of another /64', '2001:db8:1:2::1', '2001:db8:1:3::1', 401],
  ['short forms of one /64', '2001:db8::1', '2001:db8:0:0:1::', 429],
  ['an IPv4 address written as IPv6', '198.51.100.7', '::ffff:198.51.100.7', 429],
  ['another IPv4 address', '::ffff:198.51.100.7', '::ffff:198.51.100.8', 401],
])('%s: after failures of %s, %s is answered %i', async (_what, first, second, status) => {
  const { statusOf } = await setUp();
  for (let request = 0; request < 130; request++) await statusOf(unknownKey(request), first);

  expect(await statusOf(unknownKey(1_000), second)).toBe(status);
});
