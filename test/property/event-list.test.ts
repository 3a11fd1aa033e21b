/** A list of events walked page by page shows each event that was there once, in order, whatever the page size, while others are made. */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import * as z from 'zod/mini';
import { base62, timeText } from '../../functions/kernel/ids.ts';
import type { NotificationsDeps } from '../../functions/notifications/deps.ts';
import { listEvents } from '../../functions/notifications/event-list.ts';
import { type EventCommit, eventId, putEvents } from '../../functions/notifications/store.ts';
import { callOf } from '../unit/notifications/call.ts';
import * as images from '../unit/notifications/images.ts';
import { memoryTable } from '../world/memory-table.ts';

const START_MS = 1_790_000_000_000;

/** Many within one millisecond, in all families and shards, of one to three events. */
const commits = fc.array(
  fc.record({ ms: fc.nat(20), shard: fc.nat(3), types: fc.integer({ min: 1, max: 3 }), charged: fc.boolean() }),
  { minLength: 1, maxLength: 25 },
);
type Drawn = { readonly ms: number; readonly shard: number; readonly types: number; readonly charged: boolean };

const commitOf = ({ ms, shard, types, charged }: Drawn, n: number): EventCommit => {
  const body = `${timeText(START_MS)}${shard}${base62(n, 14)}` as typeof images.BODY;
  const names = charged
    ? ['charge.succeeded', 'payment_intent.succeeded', 'review.opened']
    : ['payment_intent.created', 'payment_intent.processing', 'payment_intent.canceled'];
  const image = { ...images.created, body, committedMs: START_MS + ms };
  return {
    types: names.slice(0, types),
    change: { kind: 'payment', new: charged ? { ...images.paid, body, committedMs: START_MS + ms } : image },
  };
};

test.prop([commits, commits, fc.integer({ min: 1, max: 12 }), fc.boolean()])(
  'every page size, both directions',
  async (drawn, inserted, limit, newestFirst) => {
    const table = memoryTable();
    const deps: NotificationsDeps = {
      table,
      clock: { nowMs: () => START_MS + 1_000, sleep: async () => undefined },
      random: (count) => 'a'.repeat(count),
      cipher: { encrypt: async (plain) => plain, decrypt: async (sealed) => sealed },
      deliveries: async () => undefined,
      allowPrivate: false,
    };
    const there = drawn.map(commitOf);
    for (const commit of there) await table.commit(putEvents(commit));
    const idsOf = (some: readonly EventCommit[]) =>
      some.flatMap((commit) => commit.types.map((_, index) => eventId(commit, index)));
    const page = async (params: Record<string, unknown>) => {
      const { body } = await listEvents.run(deps, callOf(z.parse(listEvents.params, params)), undefined);
      const { data, has_more } = body as { data: { id: string }[]; has_more: boolean };
      return { ids: data.map(({ id }) => id), more: has_more };
    };
    const [oldest] = (await page({ limit: 100 })).ids.slice(-1);
    // Newer than all that is there: they come at the end of a walk towards the present, and never in one towards the past.
    const newer = inserted.map((one, n) => commitOf({ ...one, ms: 100 + n }, 1_000 + n));
    const fresh = [...newer];

    const walked: string[] = newestFirst ? [] : [oldest!];
    let cursor: string | undefined = newestFirst ? undefined : oldest;
    for (;;) {
      const found = await page({
        limit,
        ...(cursor !== undefined && { [newestFirst ? 'starting_after' : 'ending_before']: cursor }),
      });
      walked.push(...(newestFirst ? found.ids : found.ids.toReversed()));
      cursor = (newestFirst ? found.ids.at(-1) : found.ids[0]) ?? cursor;
      const next = fresh.shift();
      if (next) await table.commit(putEvents(next));
      if (!found.more && (newestFirst || !next)) break;
    }

    const seen = newestFirst ? walked : walked.toReversed();
    expect(new Set(seen).size).toBe(seen.length);
    const expected = new Set(idsOf(there));
    expect(seen.filter((id) => expected.has(id as never))).toHaveLength(expected.size);
    const all = (await page({ limit: 100 })).ids;
    expect(all.filter((id) => seen.includes(id))).toEqual(seen.slice(0, 100));
    expect(seen).toHaveLength(idsOf(newestFirst ? there : [...there, ...newer]).length);
  },
);
