import { afterEach, expect, it } from 'vitest';
import { openClock } from '../../../bin/embedded/clock.ts';
import { ExpiredItems } from '../../../bin/embedded/run/expired-items.ts';
import { memoryStore } from '../../../bin/embedded/store/store.ts';
import { storeTable } from '../../../bin/embedded/table/store-table.ts';
import type { Table } from '../../../bin/embedded/wiring/model-types.ts';
import { absent } from '../../../functions/table/table.ts';

const log = { warn: () => {}, error: () => {} };
const tables = (events: string | undefined): ReadonlyMap<string, Table> =>
  new Map(
    [
      ['events', events],
      ['ledger', undefined],
    ].map(([name, ttlAttribute]) => [name!, { name, ttlAttribute } as Table]),
  );

let expired: ExpiredItems | undefined;
afterEach(async () => {
  await expired?.stop(1_000);
});

it('items go once their time is over on the stack’s clock, of tables that have a time to live alone', async () => {
  const store = memoryStore();
  const clock = openClock(store);
  const table = storeTable(store);
  const key = { pk: 'a', sk: 'b' };
  const expiresAt = Math.floor(clock.nowMs() / 1000) + 3_600;
  for (const name of ['events', 'ledger'] as const)
    await table.commit({ kind: 'put', table: name, item: { ...key, expiresAt }, when: absent });
  await table.commit({
    kind: 'put',
    table: 'events',
    item: { ...key, sk: 'later', expiresAt: expiresAt + 86_400 },
    when: absent,
  });
  expired = new ExpiredItems({ store, clock, log, model: { tables: tables('expiresAt') } });
  expired.start();

  await clock.advance(1_800_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await table.get('events', key)).toBeDefined();

  await clock.advance(3_600_000);
  await expect.poll(() => table.get('events', key)).toBeUndefined();
  expect(await table.get('events', { ...key, sk: 'later' })).toBeDefined();
  expect(await table.get('ledger', key)).toBeDefined();
});

it('a time to live in another attribute stops the start', () => {
  const store = memoryStore();
  expect(() => new ExpiredItems({ store, clock: openClock(store), log, model: { tables: tables('until') } })).toThrow(
    'template: table events: time to live until: is not known',
  );
});
