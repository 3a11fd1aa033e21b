/**
 * A list walked page by page shows each object that was there once, in order, whatever the page size, while others are made and the index is
 * behind.
 */

import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type ListPage, listRecords, pageOf } from '../../functions/api/list.ts';
import { listLinked } from '../../functions/api/list-linked.ts';
import type { Caller } from '../../functions/api/operation.ts';
import type { ListParams } from '../../functions/api/params.ts';
import { base62, type ObjectKey, type Scope, timeText } from '../../functions/kernel/ids.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { linkedToPayment } from '../../functions/payments/store.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import { REFUND } from '../../functions/refunds/store.ts';
import { putRecord } from '../../functions/table/record.ts';
import type { Table } from '../../functions/table/table.ts';
import { type MemoryTable, memoryTable } from '../world/memory-table.ts';

const START_MS = 1_790_000_000_000;
const scope = 'scope000' as Scope;
const payment = `${timeText(START_MS)}0${base62(1, 14)}` as ObjectKey;
const caller = { scope, settings: { shards: 4 } } as Caller;

/** Many within one millisecond, in all shards. */
const drawn = fc.uniqueArray(fc.record({ ms: fc.nat(3_000), shard: fc.nat(3), n: fc.nat(9) }), {
  minLength: 1,
  maxLength: 25,
  selector: ({ ms, shard, n }) => `${ms} ${shard} ${n}`,
});
type Drawn = { readonly ms: number; readonly shard: number; readonly n: number };

const refundOf = ({ ms, shard, n }: Drawn): Refund =>
  ({
    scope,
    body: `${timeText(START_MS + ms)}${shard}${base62(n, 14)}`,
    version: 1,
    payment: payment satisfies Payment['body'],
    status: 'succeeded',
    createdMs: START_MS + ms,
    committedMs: START_MS + ms,
    amount: 100n,
    currency: 'usd',
    fundedBy: 'pending',
    channel: { channel: 'sandbox', account: 'sb_1' },
  }) as unknown as Refund;

type List = (table: Table, params: ListParams, all: readonly Refund[]) => Promise<ListPage<Refund>>;
/** Beside each refund there is one that the list leaves out. */
const FILTERED = 'of what belongs to an object, and is asked for';
const leftOut = (refund: Refund): Refund => ({
  ...refund,
  body: `${refund.body.slice(0, -1)}z` as ObjectKey,
  status: 'failed',
});
const LISTS: readonly (readonly [string, List])[] = [
  ['of a kind', (table, params) => listRecords(table, REFUND, caller, params)],
  [
    'of what belongs to an object',
    (table, params) => listLinked(table, REFUND, caller, linkedToPayment(scope, payment), params),
  ],
  [
    FILTERED,
    (table, params) =>
      listLinked(table, REFUND, caller, linkedToPayment(scope, payment), params, ({ status }) => status !== 'failed'),
  ],
  [
    'that is at hand',
    async (_table, params, all) =>
      pageOf(
        all.toSorted((a, b) => (a.body < b.body ? 1 : -1)),
        {
          params,
          object: 'refund',
          idOf: ({ body }) => `re_${body}`,
          createdSecondsOf: ({ createdMs }) => Math.floor(createdMs / 1000),
        },
      ),
  ],
];

/** The table, whose index does not have the newest objects yet: no more than a list reads of each shard. */
const withLateIndex = (table: MemoryTable, late: number): Table => {
  const query: Table['query'] = async (name, asked) => {
    const page = await table.query(name, asked);
    if (!asked.index) return page;
    const keys = table.items('payments').map(({ sk }) => sk);
    const missing = new Set(keys.toSorted().slice(keys.length - Math.min(late, keys.length)));
    return { ...page, items: page.items.filter(({ sk }) => !missing.has(sk)) };
  };
  return Object.assign(Object.create(table) as MemoryTable, { query });
};

for (const [name, list] of LISTS) {
  test.prop([drawn, drawn, fc.integer({ min: 1, max: 12 }), fc.boolean(), fc.nat(10)])(
    `a list ${name}: every page size, both directions`,
    async (there, inserted, limit, newestFirst, late) => {
      const stored = memoryTable();
      const table = withLateIndex(stored, late);
      const all = there.map(refundOf);
      const put = async (refund: Refund): Promise<void> => {
        await table.commit(putRecord(REFUND, refund));
        if (name === FILTERED) await table.commit(putRecord(REFUND, leftOut(refund))).catch(() => undefined);
      };
      for (const refund of all) await put(refund);
      // Newer than all that is there: they come at the end of a walk towards the present, and never in one towards the past.
      const newer = inserted
        .map((one) => refundOf({ ...one, ms: one.ms + 10_000 }))
        .toSorted((a, b) => (a.body < b.body ? -1 : 1));
      const fresh = [...newer];
      const expected = (newestFirst ? all : [...all, ...newer])
        .map(({ body }) => `re_${body}`)
        .sort()
        .reverse();

      const walked: string[] = newestFirst ? [] : [expected.at(-1)!];
      let cursor: string | undefined = walked[0];
      for (;;) {
        const page = await list(
          table,
          { limit, ...(cursor !== undefined && { [newestFirst ? 'starting_after' : 'ending_before']: cursor }) },
          all,
        );
        const ids = page.items.map(({ body }) => `re_${body}`);
        expect(ids).toEqual(ids.toSorted().toReversed());
        expect(ids.length).toBeLessThanOrEqual(limit);
        walked.push(...(newestFirst ? ids : ids.toReversed()));
        cursor = (newestFirst ? ids.at(-1) : ids[0]) ?? cursor;
        const next = fresh.shift();
        if (next) {
          await put(next);
          all.push(next);
        }
        if (!page.hasMore && (newestFirst || !next)) break;
      }

      expect(newestFirst ? walked : walked.toReversed()).toEqual(expected);
    },
  );

  test.prop([drawn, fc.nat(3), fc.nat(3)])(
    `a list ${name}: bounds on created are what they say`,
    async (there, low, high) => {
      const table = memoryTable();
      const all = there.map(refundOf);
      for (const refund of all) await table.commit(putRecord(REFUND, refund));
      const from = START_MS / 1000 + low;
      const to = START_MS / 1000 + high;
      const within = async (created: ListParams['created']) =>
        (await list(table, { limit: 100, created }, all)).items.map(({ body }) => body);
      const where = (holds: (seconds: number) => boolean) =>
        all
          .filter(({ createdMs }) => holds(Math.floor(createdMs / 1000)))
          .map(({ body }) => body)
          .sort()
          .reverse();

      expect(await within({ gte: from, lte: to })).toEqual(where((seconds) => seconds >= from && seconds <= to));
      expect(await within({ gt: from })).toEqual(where((seconds) => seconds > from));
      expect(await within({ lt: to })).toEqual(where((seconds) => seconds < to));
    },
  );
}
