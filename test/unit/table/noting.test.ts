import { describe, expect, it } from 'vitest';
import type { Payment } from '../../../functions/payments/payment.ts';
import { putPayment } from '../../../functions/payments/store.ts';
import { noting } from '../../../functions/table/commit.ts';
import { pack, unpack } from '../../../functions/table/pack.ts';
import { type AnnouncedCommit, absent, type Item, type Table, type Write } from '../../../functions/table/table.ts';
import { CREATED_MS, created, method, sent } from '../notifications/images.ts';

const NOW_MS = Date.UTC(2026, 11, 1);
const announced: AnnouncedCommit = { types: ['customer.created'], scanned: false, listed: false };
const customerMade = {
  kind: 'put',
  table: 'payments',
  item: { pk: 's1#c#0', sk: 'VcYMEMZ0Gmi3Iw', kind: 'customer', v: 1, doc: new Uint8Array([1]) },
  when: absent,
  announced,
} as const satisfies Write;

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
  await table.commit(customerMade);
  expect(done).toEqual(['payments', 'idempotency']);
  expect(errors).toEqual([]);
});

it('a note that fails, or never ends, neither fails the commit nor holds its reply', async () => {
  const failing = noted(async () => {
    throw new Error('throttled');
  });
  await failing.table.commit(customerMade);
  expect(failing.errors).toEqual([new Error('throttled')]);

  const hanging = noted(() => new Promise(() => {}));
  await hanging.table.commit(customerMade);
  expect(hanging.errors).toEqual([new Error('no answer within 10 ms')]);
});

const MADE_MS = CREATED_MS + 5_000;
const made: Payment = { ...created, announces: { version: 1, types: ['payment_intent.created'] } };
const described: Payment = { ...made, version: 2, committedMs: MADE_MS, cause: 'updated', description: 'Tea' };

/** The puts of notes that a commit of these writes makes, at this time. */
async function notesAt(nowMs: number, ...writes: readonly [Write, ...Write[]]) {
  const notes: Extract<Write, { kind: 'put' }>[] = [];
  const table = {
    async commit(...[write]: readonly Write[]) {
      if (write!.kind === 'put' && write!.table === 'idempotency') notes.push(write!);
    },
  } as unknown as Table;
  const clock = { nowMs: () => nowMs, sleep: async () => {} };
  await noting(table, clock, () => {}).commit(...writes);
  return notes.map(({ item, when }) => ({ when: when.is, shown: unpack<Payment>(item.doc as Uint8Array) }));
}

describe('the note of the first image of a payment', () => {
  it('is made by the commit that no longer shows it, and never replaces an earlier one', async () => {
    expect(await notesAt(MADE_MS, putPayment(made, described))).toEqual([{ when: 'absent', shown: made }]);
  });

  it('is made of a later image where that is the last that shows it', async () => {
    const again = { ...described, version: 3, committedMs: MADE_MS + 5, metadata: {} };

    const [note] = await notesAt(MADE_MS + 5, putPayment(described, again));

    expect(note?.shown).toMatchObject({
      version: 1,
      committedMs: CREATED_MS,
      description: 'Tea',
      metadata: { order: '7' },
    });
    expect(note?.shown.announces).toEqual({ version: 1, types: ['payment_intent.created'] });
  });

  it('is not made where the image is shown still, or the payment is old', async () => {
    const confirming: Payment = {
      ...made,
      version: 2,
      committedMs: MADE_MS,
      status: 'processing',
      cause: 'confirming',
    };
    const confirmed = { ...confirming, method, attempts: [{ ...sent, createdMs: MADE_MS, named: true as const }] };
    expect(await notesAt(MADE_MS, putPayment(made, confirmed))).toEqual([]);
    const late = CREATED_MS + 61_000;
    expect(await notesAt(late, putPayment(made, { ...described, committedMs: late }))).toEqual([]);
  });
});

it('what is to be noted is data: it is the same from another process', async () => {
  const write = putPayment(made, described);

  expect(await notesAt(MADE_MS, structuredClone(write))).toEqual(await notesAt(MADE_MS, write));
});

describe('a request that goes on where an earlier try ended', () => {
  const again = (stands: Item | undefined) => {
    const noted: string[] = [];
    const table = {
      get: async () => stands,
      commit: async (...[write]: readonly Write[]) => void noted.push((write as { item: Item }).item.sk),
    } as unknown as Table;
    const clock = { nowMs: () => NOW_MS, sleep: async () => {} };
    return { noted, table: noting(table, clock, () => {}).again! };
  };
  const stored = (committedMs: number): Item => ({ ...customerMade.item, doc: pack({ committedMs }) });

  it('notes what it reads of the aggregates, once however often it reads it', async () => {
    const { noted, table } = again(stored(NOW_MS - 10));
    for (const name of ['payments', 'payments', 'merchants'] as const) await table.get(name, customerMade.item);

    expect(noted).toHaveLength(2);
    expect(new Set(noted).size).toBe(1);
  });

  it('notes nothing that is old, is not there, or is no aggregate', async () => {
    for (const stands of [stored(NOW_MS - 61_000), undefined, { pk: 's1#bank', sk: 'ba_1' }]) {
      const { noted, table } = again(stands);
      await table.get('payments', customerMade.item);
      expect(noted).toEqual([]);
    }
  });
});
