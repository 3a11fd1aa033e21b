import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectKey, Scope } from '../../../../functions/kernel/ids.ts';
import { countAttempts } from '../../../../functions/risk/features/count.ts';
import { featureKeys, velocityOf } from '../../../../functions/risk/features/features.ts';
import type { Review } from '../../../../functions/risk/port/message.ts';
import { type MemoryTable, memoryTable } from '../../../world/memory-table.ts';
import { AT_MS, feature } from '../features.ts';

const SCOPE = 'AcmeTest' as Scope;
let table: MemoryTable;
beforeEach(() => {
  table = memoryTable();
});
const seen = async (entity: 'card' | 'email', value: string, atMs = AT_MS) => {
  const keys = featureKeys(SCOPE, entity, value, atMs);
  return velocityOf(await table.getMany(keys.map((key) => ({ table: 'risk' as const, key }))), atMs);
};
const count = (...attempts: readonly ReturnType<typeof feature>[]) => countAttempts(table, { attempts, reviews: [] });

describe('counting', () => {
  it('keeps charge ids per card and address and hour; the address only as a hash', async () => {
    await count(feature(1, 'declined'));

    const items = table.items('risk');
    expect(items.map(({ pk, sk, n, expiresAt }) => [pk.slice(0, 17), sk, n, expiresAt])).toEqual([
      [expect.stringMatching(/^AcmeTest#f#card#/), 'h497222', 1n, 1_790_175_600n],
      [expect.stringMatching(/^AcmeTest#f#email/), 'h497222', 1n, 1_790_175_600n],
    ]);
    expect(items[0]?.declined).toEqual(new Set(['ch_VVrda1w2abcdefghijk0011']));
    expect(JSON.stringify(items.map(({ pk }) => pk))).not.toMatch(/b\.example|fp1/);
  });

  it('counts attempts and declines apart; a refusal of our own rules counts as a decline', async () => {
    await count(feature(1, 'authorized'), feature(2, 'declined'), feature(3, 'blocked'));

    expect(await seen('card', 'fp1')).toEqual({ attempts: 3, declined: 2 });
    expect(await seen('email', 'a@B.example')).toEqual({ attempts: 3, declined: 2 });
    expect(await seen('card', 'fp2')).toEqual({ attempts: 0, declined: 0 });
  });

  it('counts an attempt once, however often and in whatever order it arrives', async () => {
    await count(feature(1, 'declined'), feature(2, 'authorized'));
    await count(feature(2, 'authorized'), feature(1, 'declined'));
    await count(feature(1, 'declined'));

    expect(await seen('card', 'fp1')).toEqual({ attempts: 2, declined: 1 });
  });

  it('looks at this hour and the last', async () => {
    await count(
      feature(1, 'declined'),
      feature(2, 'declined', AT_MS + 3_600_000),
      feature(3, 'declined', AT_MS - 3_600_000),
    );

    expect(await seen('card', 'fp1')).toEqual({ attempts: 2, declined: 2 });
  });

  it('stops at 100 in an hour: the hundred-and-first changes nothing and fails nothing', async () => {
    for (let n = 1; n <= 101; n++) await count(feature(n, 'authorized'));

    expect(await seen('card', 'fp1')).toEqual({ attempts: 100, declined: 0 });
  });

  it('does not read what has expired, though the table still holds it', () => {
    const item = { pk: 'p', sk: 's', attempts: new Set(['ch_1']), expiresAt: AT_MS / 1000 };

    expect(velocityOf([item], AT_MS)).toEqual({ attempts: 0, declined: 0 });
    expect(velocityOf([{ ...item, expiresAt: AT_MS / 1000 + 1 }, undefined], AT_MS)).toEqual({
      attempts: 1,
      declined: 0,
    });
  });

  it('counts without an address where none is known', async () => {
    const { email: _, ...anonymous } = feature(1, 'authorized');
    await count(anonymous);

    expect(table.items('risk')).toHaveLength(1);
  });

  it('throws when the table is out of reach, so that the queue keeps the message', async () => {
    table.onCall = () => {
      throw new Error('table out of reach');
    };

    await expect(count(feature(1, 'authorized'))).rejects.toThrow('table out of reach');
  });
});

describe('reviews', () => {
  const review: Review = {
    scope: SCOPE,
    payment: 'VVrda1w2abcdefghijklmn' as ObjectKey,
    ordinal: 1,
    version: 1,
    livemode: false,
    open: true,
    rule: 'r',
    createdMs: AT_MS,
  };

  it('are opened once, and stay as they were left', async () => {
    await countAttempts(table, { attempts: [], reviews: [review] });
    await countAttempts(table, { attempts: [], reviews: [{ ...review, rule: 'told again' }] });

    expect(table.items('risk')).toMatchObject([{ pk: 'AcmeTest#rv#2', sk: 'VVrda1w2abcdefghijklmn1', v: 1n }]);
    expect(table.consumed.writeUnits).toBe(2);
  });
});
