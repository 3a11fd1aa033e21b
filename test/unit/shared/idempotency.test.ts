/** One key makes one object: every way in which two requests with one key can meet. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Claimed, claimKey, completeKey, releaseKey } from '../../../functions/shared/idempotency.ts';
import type { Scope } from '../../../functions/shared/ids.ts';
import type { Caller } from '../../../functions/shared/operation.ts';
import { type MemoryTable, memoryTable } from '../../support/memory-table.ts';

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

const claim = (requestId: string, params: Record<string, string> = { amount: '1' }): Promise<Claimed> =>
  claimKey({ table, clock, random }, { caller, method: 'POST', path: '/v1/refunds', params, requestId }, 'the key');
const mine = async (requestId: string): Promise<Extract<Claimed, { kind: 'mine' }>> => {
  const claimed = await claim(requestId);
  if (claimed.kind !== 'mine') throw new Error(`${requestId} got ${claimed.kind}`);
  return claimed;
};
const reply = (requestId: string) => ({ status: 200, body: { id: 're_1' }, requestId });

describe('a key', () => {
  it('is the first request’s; the second is told to wait while the lease runs', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS - 1;
    const second = await claim('req_2');

    expect(second).toMatchObject({ kind: 'busy', claim: { body: first.claim.body } });
  });

  it('goes over to whoever asks when the lease is over, with the same body', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;

    const second = await mine('req_2');

    expect(first.claim.resumed).toBe(false);
    expect(second.claim).toMatchObject({ resumed: true, body: first.claim.body });
  });

  it('goes over to one of two that ask at once', async () => {
    await mine('req_1');
    nowMs += LEASE_MS;

    const results = await Promise.allSettled([claim('req_2'), claim('req_3')]);

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

    expect(await claim('req_2')).toMatchObject({ kind: 'replay', reply: { status: 200, body: { id: 're_1' } } });
  });

  it('keeps the reply of its owner only', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    const second = await mine('req_2');
    await completeKey({ table, clock, random }, first, reply('req_1'));
    expect(await claim('req_3')).toMatchObject({ kind: 'busy' });

    await completeKey({ table, clock, random }, second, reply('req_2'));

    expect(await claim('req_3')).toMatchObject({ kind: 'replay', reply: { requestId: 'req_2' } });
  });

  it('is refused with other parameters, also when its lease is over (400 idempotency_error)', async () => {
    await mine('req_1');
    await expect(claim('req_2', { amount: '2' })).rejects.toMatchObject({ status: 400 });
    nowMs += LEASE_MS;
    await expect(claim('req_2', { amount: '2' })).rejects.toMatchObject({ status: 400 });
  });

  it('is free again after a day, whatever was stored, though nothing has deleted it', async () => {
    const first = await mine('req_1');
    await completeKey({ table, clock, random }, first, reply('req_1'));
    nowMs += DAY_MS;
    expect(await claim('req_2')).toMatchObject({ kind: 'replay' });

    nowMs += 1_000;
    const later = await mine('req_3');

    expect(later.claim.resumed).toBe(false);
    expect(later.claim.body).not.toBe(first.claim.body);
  });

  it('that was given up before anything began is free at once, also for other parameters', async () => {
    await releaseKey({ table, clock, random }, await mine('req_1'), { forget: true });

    expect(await claim('req_2', { amount: '2' })).toMatchObject({ kind: 'mine', claim: { resumed: false } });
  });

  it('that was given up under way is carried on at once, with the same body', async () => {
    const first = await mine('req_1');
    await releaseKey({ table, clock, random }, first, { forget: false });

    expect(await claim('req_2')).toMatchObject({ kind: 'mine', claim: { resumed: true, body: first.claim.body } });
  });

  it('that was taken over is not given up by the request that lost it', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    await mine('req_2');
    await releaseKey({ table, clock, random }, first, { forget: false });

    expect(await claim('req_3')).toMatchObject({ kind: 'busy' });
  });

  it('that was carried on is never forgotten: its object may exist', async () => {
    const first = await mine('req_1');
    nowMs += LEASE_MS;
    await releaseKey({ table, clock, random }, await mine('req_2'), { forget: true });

    expect(await claim('req_3')).toMatchObject({ kind: 'mine', claim: { resumed: true, body: first.claim.body } });
  });
});
