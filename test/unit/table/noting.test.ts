import { expect, it } from 'vitest';
import { noting } from '../../../functions/table/commit.ts';
import { type AnnouncedCommit, absent, type Table, type Write } from '../../../functions/table/table.ts';

const NOW_MS = Date.UTC(2026, 11, 1);
const announced: AnnouncedCommit = { types: ['customer.created'], scanned: false };
const created: Write = {
  kind: 'put',
  table: 'payments',
  item: { pk: 's1#c#0', sk: 'VcYMEMZ0Gmi3Iw', kind: 'customer', v: 1, doc: new Uint8Array([1]) },
  when: absent,
  announced,
};

/** A table whose notes end as `note` says. */
function noted(note: () => Promise<void>) {
  const done: string[] = [];
  const errors: unknown[] = [];
  const table = {
    async commit(...[write]: readonly Write[]) {
      done.push(write!.table);
      if (write!.table === 'idempotency') await note();
    },
  } as unknown as Table;
  const clock = { nowMs: () => NOW_MS, sleep: async () => {} };
  return { done, errors, table: noting(table, clock, (error) => errors.push(error), 10) };
}

it('notes a commit once it has succeeded', async () => {
  const { table, done, errors } = noted(async () => {});
  await table.commit(created);
  expect(done).toEqual(['payments', 'idempotency']);
  expect(errors).toEqual([]);
});

it('a note that fails, or never ends, neither fails the commit nor holds its reply', async () => {
  const failing = noted(async () => {
    throw new Error('throttled');
  });
  await failing.table.commit(created);
  expect(failing.errors).toEqual([new Error('throttled')]);

  const hanging = noted(() => new Promise(() => {}));
  await hanging.table.commit(created);
  expect(hanging.errors).toEqual([new Error('no answer within 10 ms')]);
});
