import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { authenticator } from '../../../functions/api/authenticate.ts';
import { systemClock, systemRandom } from '../../../functions/kernel/clock.ts';
import type { Scope } from '../../../functions/kernel/ids.ts';
import type { Settings } from '../../../functions/merchants/merchant.ts';
import { keyHashOf, keyIdOf, type ScopeEntry, writeSettings } from '../../../functions/merchants/store.ts';
import { addKey, endKey, keysOfScope, rollKey } from '../../../functions/operator/keys.ts';
import { memoryTable } from '../../world/memory-table.ts';

const entry: ScopeEntry = { scope: 'AcmeTest' as Scope, merchant: 'acct_acme', livemode: false };
const other: ScopeEntry = { scope: 'OtherOne' as Scope, merchant: 'acct_other', livemode: false };

async function setUp() {
  let nowMs = Date.UTC(2026, 0, 5);
  const deps = { table: memoryTable(), clock: { ...systemClock, nowMs: () => nowMs }, random: systemRandom };
  await deps.table.commit(writeSettings(entry.scope, { version: 1, minimumPayouts: {} } as unknown as Settings));
  const authenticate = authenticator(deps.table, deps.clock);
  const opens = (key: string) =>
    authenticate(`Bearer ${key}`).then(
      ({ scope }) => scope,
      (error: { status: number; body: { code?: string } }) => `${error.status} ${error.body.code ?? ''}`.trim(),
    );
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { deps, opens, wait };
}

it('a second key opens the same scope beside the first', async () => {
  const { deps, opens } = await setUp();

  const [first, second] = [await addKey(deps, entry, 'secret'), await addKey(deps, entry, 'publishable')];

  expect([await opens(first.key), await opens(second.key)]).toEqual(['AcmeTest', 'AcmeTest']);
  expect(first.key).toMatch(/^sk_test_[0-9A-Za-z]{32}$/);
  expect(second.key).toMatch(/^pk_test_[0-9A-Za-z]{32}$/);
  expect((await keysOfScope(deps, entry.scope)).map(({ type, expires }) => `${type} ${expires}`).sort()).toEqual([
    'publishable null',
    'secret null',
  ]);
});

it('a rolled key goes on working for the overlap and not a moment longer', async () => {
  const { deps, opens, wait } = await setUp();
  const old = await addKey(deps, entry, 'secret');

  const { made, rolled } = await rollKey(deps, entry, old.id, 3_600_000);

  expect(rolled).toMatchObject({ id: old.id, expires: '2026-01-05T01:00:00.000Z' });
  expect([await opens(old.key), await opens(made.key)]).toEqual(['AcmeTest', 'AcmeTest']);
  wait(3_600_000);
  expect([await opens(old.key), await opens(made.key)]).toEqual(['401 api_key_expired', 'AcmeTest']);
});

it('a revoked key is refused within five seconds in every container that cached it', async () => {
  const { deps, opens, wait } = await setUp();
  const { id, key } = await addKey(deps, entry, 'secret');
  expect(await opens(key)).toBe('AcmeTest');

  await endKey(deps, entry.scope, id, deps.clock.nowMs());

  wait(5_001);
  expect(await opens(key)).toBe('401 api_key_expired');
});

it('the end of a key is never put off: a revoked key that is rolled stays revoked', async () => {
  const { deps, opens, wait } = await setUp();
  const { id, key } = await addKey(deps, entry, 'secret');
  await endKey(deps, entry.scope, id, deps.clock.nowMs());

  const { rolled } = await rollKey(deps, entry, id, 3_600_000);

  expect(rolled.expires).toBe('2026-01-05T00:00:00.000Z');
  wait(5_001);
  expect(await opens(key)).toBe('401 api_key_expired');
});

it('another merchant’s key cannot be named', async () => {
  const { deps } = await setUp();
  const { id } = await addKey(deps, other, 'secret');

  await expect(endKey(deps, entry.scope, id, 0)).rejects.toThrow('is no key of this merchant in this mode');
  await expect(rollKey(deps, entry, id, 0)).rejects.toThrow('is no key of this merchant in this mode');
  expect(await keysOfScope(deps, entry.scope)).toEqual([]);
});

it('two who end a key at once do not undo each other', async () => {
  const { deps } = await setUp();
  const { id } = await addKey(deps, entry, 'secret');

  const ends = await Promise.allSettled([1, 2].map((ms) => endKey(deps, entry.scope, id, ms)));

  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('what is kept of a key does not tell it', async () => {
  const { deps } = await setUp();
  const { key, id } = await addKey(deps, entry, 'secret');

  expect(inspect(deps.table.dump(), { depth: 9 })).not.toContain(key);
  expect(id).toBe(keyIdOf(keyHashOf(key)));
});
