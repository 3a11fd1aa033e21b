/** One key makes one object: every way in which two requests with one key can meet. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  assertKey,
  completeKey,
  isKey,
  isOwnTry,
  keyHashOf,
  type LockResult,
  lockKey,
  recoveredKey,
  unlockKey,
} from '../../../functions/api/idempotency.ts';
import type { Caller } from '../../../functions/api/operation.ts';
import type { ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import { Conflict } from '../../../functions/table/table.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';

const START_MS = Date.UTC(2027, 0, 15, 12);
const LEASE_MS = 40_000;
const DAY_MS = 24 * 3_600_000;

let nowMs: number;
let table: MemoryTable;
beforeEach(() => {
  nowMs = START_MS;
  table = memoryTable();
});

const clock = { nowMs: () => nowMs, sleep: async () => {} };
let made = 0;
const random = (count: number): string => String(made++).padStart(count, '0');
const caller = {
  scope: 'Scope001' as Scope,
  settings: { scopeSecret: Buffer.alloc(32, 1).toString('base64'), shards: 4 },
} as Caller;

const lock = (requestId: string, params: Record<string, string> = { amount: '1' }): Promise<LockResult> =>
  lockKey({ table, clock, random }, { caller, method: 'POST', path: '/v1/refunds', params, requestId }, 'the key');
const mine = async (requestId: string): Promise<Extract<LockResult, { kind: 'mine' }>> => {
  const locked = await lock(requestId);
  if (locked.kind !== 'mine') throw new Error(`${requestId} got ${locked.kind}`);
  return locked;
};
const reply = (requestId: string) => ({ status: 200, body: { id: 're_1' }, requestId });

describe('a key', () => {
  it('belongs to the first request; the second is refused as busy while the lease runs', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS - 1;
    const second = await lock('req_2');

    expect(second).toMatchObject({ kind: 'busy', lock: { objectKey: first.lock.objectKey } });
  });

  it('passes to the next request with the same object key when the lease is over', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;

    const second = await mine('req_2');

    expect(first.lock.resumed).toBe(false);
    expect(second.lock).toMatchObject({ resumed: true, objectKey: first.lock.objectKey });
  });

  it('goes over to one of two that ask at once', async () => {
    await mine('req_1');
    nowMs += LEASE_MS;

    const results = await Promise.allSettled([lock('req_2'), lock('req_3')]);

    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { status: 409 } });
  });

  it('is not taken over when its reply is stored meanwhile: that is replayed', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    table.onCall = async ({ writes, when }) => {
      const [write] = writes;
      if (when !== 'before' || write?.kind !== 'update' || write.set?.owner !== 'req_2') return;
      table.onCall = undefined;
      await completeKey({ table, clock, random }, first, reply('req_1'));
    };

    expect(await lock('req_2')).toMatchObject({ kind: 'replay', reply: { status: 200, body: { id: 're_1' } } });
  });

  it('keeps the reply of its owner only', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    const second = await mine('req_2');
    await completeKey({ table, clock, random }, first, reply('req_1'));
    expect(await lock('req_3')).toMatchObject({ kind: 'busy' });

    await completeKey({ table, clock, random }, second, reply('req_2'));

    expect(await lock('req_3')).toMatchObject({ kind: 'replay', reply: { requestId: 'req_2' } });
  });

  it('is refused with other parameters, also when its lease is over (400 idempotency_error)', async () => {
    await mine('req_1');
    await expect(lock('req_2', { amount: '2' })).rejects.toMatchObject({ status: 400 });
    nowMs += LEASE_MS;
    await expect(lock('req_2', { amount: '2' })).rejects.toMatchObject({ status: 400 });
  });

  it('is free again after a day, whatever was stored, though nothing has deleted it', async () => {
    const first = await mine('req_1');
    await completeKey({ table, clock, random }, first, reply('req_1'));
    nowMs += DAY_MS;
    expect(await lock('req_2')).toMatchObject({ kind: 'replay' });

    nowMs += 1_000;
    const later = await mine('req_3');

    expect(later.lock.resumed).toBe(false);
    expect(later.lock.objectKey).not.toBe(first.lock.objectKey);
  });

  it('that was given up before anything began is free at once, also for other parameters', async () => {
    await unlockKey({ table, clock, random }, await mine('req_1'), { forget: true });

    expect(await lock('req_2', { amount: '2' })).toMatchObject({ kind: 'mine', lock: { resumed: false } });
  });

  it('that was given up under way is carried on at once, with the same body', async () => {
    const first = await mine('req_1');
    await unlockKey({ table, clock, random }, first, { forget: false });

    expect(await lock('req_2')).toMatchObject({
      kind: 'mine',
      lock: { resumed: true, objectKey: first.lock.objectKey },
    });
  });

  it('that was taken over is not given up by the request that lost it', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    await mine('req_2');
    await unlockKey({ table, clock, random }, first, { forget: false });

    expect(await lock('req_3')).toMatchObject({ kind: 'busy' });
  });

  it('that was carried on is never forgotten: its object may exist', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    await unlockKey({ table, clock, random }, await mine('req_2'), { forget: true });

    expect(await lock('req_3')).toMatchObject({
      kind: 'mine',
      lock: { resumed: true, objectKey: first.lock.objectKey },
    });
  });
});

describe('a key as text', () => {
  it.each([
    ['', false],
    ['k', true],
    ['k'.repeat(255), true],
    ['k'.repeat(256), false],
  ])('%s: is a key: %s', (key, is) => {
    expect(isKey(key)).toBe(is);
    if (is) expect(() => assertKey(key)).not.toThrow();
    else expect(() => assertKey(key)).toThrow('between 1 and 255 characters');
  });

  it.each(['\ud83d', 'key \ude00', '\ude00\ud83d'])('half a surrogate pair is no key: %j', (key) => {
    expect(isKey(key)).toBe(false);
    expect(() => assertKey(key)).toThrow('must be valid Unicode');
    expect(isKey('key 😀')).toBe(true);
  });

  it('is stored as its hash, in the caller’s scope', () => {
    expect(keyHashOf(caller, 'the key')).toBe('Scope001#OgqsRIMuVVKKg0_sc3eGyZnnuN6ovWAbtZ8ZUjfViy4');
  });

  it('keeps the name of 0.1 for a secret key; a publishable key has another', () => {
    const [secret, page] = (['secret', 'publishable'] as const).map((keyType) =>
      keyHashOf({ scope: caller.scope, keyType }, 'the key'),
    );

    expect(secret).toBe(keyHashOf(caller, 'the key'));
    expect(page).toBe(secret!.replace('#', '#p#'));
  });
});

describe('a try that an object remembers', () => {
  const MADE = { keyHash: 'a', createdMs: START_MS };
  const key = (keyHash: string | undefined, resumed = false) => ({
    objectKey: '0' as ObjectKey,
    resumed,
    ...(keyHash !== undefined && { keyHash }),
  });

  it('is the request’s own under the same key, for a day', () => {
    expect(isOwnTry(key('a'), MADE, START_MS)).toBe(true);
    expect(isOwnTry(key('a'), MADE, START_MS + DAY_MS - 1)).toBe(true);
    expect(isOwnTry(key('a'), MADE, START_MS + DAY_MS)).toBe(false);
  });

  it('is its own after a day too when the request took the key over', () => {
    expect(isOwnTry(key('a', true), MADE, START_MS + DAY_MS)).toBe(true);
  });

  it('is not its own under another key or under none', () => {
    expect(isOwnTry(key('b'), MADE, START_MS)).toBe(false);
    expect(isOwnTry(key('b', true), MADE, START_MS)).toBe(false);
    expect(isOwnTry(key(undefined, true), MADE, START_MS)).toBe(false);
    expect(isOwnTry(key(undefined), { createdMs: START_MS }, START_MS)).toBe(false);
  });
});

describe('a reply', () => {
  it('longer than 390,000 bytes is not stored; the same request carries on at once, with the same body', async () => {
    const first = await mine('req_1');
    const text = Array.from({ length: 60_000 }, () => randomUUID()).join('');
    await completeKey({ table, clock, random }, first, { ...reply('req_1'), body: { text } });

    expect(await lock('req_2')).toMatchObject({
      kind: 'mine',
      lock: { resumed: true, objectKey: first.lock.objectKey },
    });
  });

  it('of a request without a key is stored nowhere', async () => {
    const without = { lock: { objectKey: '0' as ObjectKey, resumed: false }, owner: 'req_1' };
    await completeKey({ table, clock, random }, without, reply('req_1'));
    await unlockKey({ table, clock, random }, without, { forget: true });

    expect(table.calls).toBe(0);
  });
});

describe('a table that fails', () => {
  const failing = (error: Error, when: (owner: string | undefined) => boolean = () => true): void => {
    table.onCall = async ({ writes, when: moment }) => {
      const [write] = writes;
      const owner = write?.kind === 'update' ? (write.set?.owner as string | undefined) : undefined;
      if (moment === 'before' && when(owner)) throw error;
    };
  };

  it('fails the claim: a conflict without the old item is no answer', async () => {
    failing(new Error('throttled'));
    await expect(lock('req_1')).rejects.toThrow('throttled');
    failing(new Conflict(0, undefined));
    await expect(lock('req_1')).rejects.toBeInstanceOf(Conflict);
  });

  it('fails the takeover', async () => {
    await mine('req_1');
    nowMs += LEASE_MS;
    failing(new Error('throttled'), (owner) => owner === 'req_2');
    await expect(lock('req_2')).rejects.toThrow('throttled');
  });

  it('asks to come again when the takeover’s conflict does not tell the old item (409)', async () => {
    await mine('req_1');
    nowMs += LEASE_MS;
    failing(new Conflict(0, undefined), (owner) => owner === 'req_2');
    await expect(lock('req_2')).rejects.toMatchObject({ status: 409 });
  });

  it('fails the storing of a reply and the giving up of a key', async () => {
    const first = await mine('req_1');
    failing(new Error('throttled'));
    await expect(completeKey({ table, clock, random }, first, reply('req_1'))).rejects.toThrow('throttled');
    await expect(unlockKey({ table, clock, random }, first, { forget: true })).rejects.toThrow('throttled');
  });
});

describe('the hash of a request', () => {
  it('keeps its input: requests that 0.1 stored are recognized', async () => {
    await mine('req_1');

    expect(table.items('idempotency').map(({ hash }) => hash)).toEqual(['_8E-sIECf1YLZh3ZoH__8OpLp6PDuV-GF3O0AJUp2Fk']);
  });
});

describe('a key that is recovered after a restore', () => {
  const request = {
    keyHash: keyHashOf(caller, 'the key'),
    objectKey: '0ABCDEF0aaaaaaaaaaaaaa' as ObjectKey,
    createdMs: START_MS - DAY_MS / 2,
  };
  const recover = async (): Promise<string> => {
    table = memoryTable();
    const { lock: lost } = await mine('req_1');
    table = memoryTable();
    await table.commit(recoveredKey({ ...request, nowMs, requestHash: lost.requestHash! }));
    return lost.requestHash!;
  };

  it('carries the same request on with its object, and refuses any other', async () => {
    const requestHash = await recover();

    expect(requestHash).toMatch(/^[\w-]{10,}$/);
    await expect(lock('req_2', { amount: '2' })).rejects.toMatchObject({ status: 400 });
    expect((await mine('req_2')).lock).toEqual({
      objectKey: request.objectKey,
      resumed: true,
      keyHash: request.keyHash,
      key: 'the key',
      requestHash,
    });
  });

  it('is kept until a day after the request, as any other', async () => {
    await recover();
    nowMs = request.createdMs + DAY_MS;
    expect((await mine('req_2')).lock.resumed).toBe(true);

    await recover();
    nowMs = request.createdMs + DAY_MS + 1_000;
    expect((await mine('req_2')).lock.resumed).toBe(false);
  });

  it('does not take the place of one that is there', async () => {
    await mine('req_1');
    await expect(table.commit(recoveredKey({ ...request, nowMs, requestHash: 'x' }))).rejects.toBeInstanceOf(Conflict);
  });

  it('takes the place of one that was given up, or is a day old', async () => {
    const { lock: taken, owner } = await mine('req_1');
    await unlockKey({ table, clock, random }, { lock: taken, owner }, { forget: true });
    await table.commit(recoveredKey({ ...request, nowMs, requestHash: taken.requestHash! }));
    expect((await mine('req_2')).lock).toMatchObject({ objectKey: request.objectKey, resumed: true });

    table = memoryTable();
    await mine('req_1');
    nowMs += DAY_MS + 1_000;
    await table.commit(recoveredKey({ ...request, createdMs: nowMs, nowMs, requestHash: taken.requestHash! }));
    expect((await mine('req_2')).lock).toMatchObject({ objectKey: request.objectKey, resumed: true });
  });
});
