/** Posting an entry: once, on time or as late, with what it moves in `available`, whatever a seal does meanwhile (I3, I5, I8). */
import { beforeEach, describe, expect, it } from 'vitest';
import { timeOf } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { accounts } from '../../../functions/ledger/accounts.ts';
import type { EntryType, JournalEntry } from '../../../functions/ledger/entry.ts';
import { balanceKey, periodKey } from '../../../functions/ledger/keys.ts';
import { latePut } from '../../../functions/ledger/late-entries.ts';
import { lateAfterMs, POSTED_MS, postEntries } from '../../../functions/ledger/post.ts';
import { move } from '../../../functions/ledger/rules.ts';
import { postChange } from '../../../functions/stream/consume.ts';
import { attributesOf } from '../../../functions/table/dynamo-item.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { BODY, PAID_MS, paid, SCOPE } from '../notifications/images.ts';

const USD = parseCurrency('usd')!;
const DAY_MS = 24 * 3_600_000;
let table: MemoryTable;
beforeEach(() => {
  table = memoryTable();
});

const entry = (type: EntryType, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  type,
  body: BODY,
  step: 1,
  currency: USD,
  committedMs: PAID_MS,
  legs: move(accounts.pending, accounts.fees, 5n),
  ...changes,
});
/** Gives 500 back to `available`. */
const failed = entry('payout_failed', { legs: move(accounts.payoutClearing, accounts.available, 500n) });
const withdrawn = entry('dispute_opened', { legs: move(accounts.available, accounts.disputeHold, 700n) });
const memo = entry('authorized', { legs: move(accounts.authHold, accounts.authCommit, 5n) });
const captured = entry('captured');

const post = (entries: readonly JournalEntry[], livemode = true, afterMs = 0) =>
  postEntries(
    { table, clock: { nowMs: () => PAID_MS + afterMs, sleep: async () => {} } },
    { scope: SCOPE, livemode },
    entries,
  );
/** The kinds of the items that stand in the ledger: journal (by type), late list, balance. */
const kinds = () =>
  table
    .items('ledger')
    .filter(({ sk }) => sk !== periodKey(SCOPE).sk)
    .map(({ pk, kind }) => kind ?? pk.split('#')[1])
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
const balance = async () => {
  const item = await table.get('ledger', balanceKey(SCOPE, 'usd'));
  return item && [item.available, item.v];
};
const has = (available: bigint) =>
  table.store('ledger', attributesOf({ ...balanceKey(SCOPE, 'usd'), available, reserve: 0n, v: 1n }));
const closed = (attributes: Readonly<Record<string, number>>) =>
  table.store('ledger', attributesOf({ ...periodKey(SCOPE), ...attributes }));
/** What each commit wrote, as kinds of writes. */
const commits = () => table.history.map((writes) => writes.map(({ write }) => write.kind).join(' '));
const checks: string[] = [];
const onCommit = (act: () => void) => {
  table.onCall = ({ operation, when, writes }) => {
    if (operation !== 'commit' || when !== 'before') return;
    checks.push(writes.map(({ kind }) => kind).join(' '));
    act();
  };
};
beforeEach(() => {
  checks.splice(0);
});

describe('an entry', () => {
  it('is posted once, with nothing else where it moves no balance and no seal can miss it', async () => {
    onCommit(() => {});
    await post([captured, memo]);
    await post([captured, memo]);

    expect(kinds()).toEqual(['authorized', 'captured']);
    expect(checks).toEqual(['put', 'put', 'put', 'put']);
    expect(commits()).toEqual(['put', 'put']);
  });

  it('is posted for each entry that a change makes', async () => {
    const deps = { table, clock: { nowMs: () => PAID_MS, sleep: async () => {} } };
    await postChange(deps, { kind: 'payment', new: paid });
    await postChange(deps, { kind: 'payment', old: paid, new: paid });

    expect(kinds()).toEqual(['captured']);
  });

  it('in test mode is posted only while its period is open, unless the seal waits for it', async () => {
    onCommit(() => {});
    await post([memo, captured], false);

    expect(checks).toEqual(['put check', 'put']);
    expect(kinds()).toEqual(['authorized', 'captured']);
  });

  it('of a capture a day or more after its payment was made checks the period in test mode: the index that a seal reads may lag', async () => {
    onCommit(() => {});
    const madeMs = timeOf(BODY);
    const capture = (lateMs: number, step: number) => entry('captured', { committedMs: madeMs + lateMs, step });
    await post([capture(DAY_MS - 1, 1), capture(DAY_MS, 2)], false, madeMs - PAID_MS + DAY_MS);
    await post([capture(DAY_MS + 1, 3)], true, madeMs - PAID_MS + DAY_MS);

    expect(checks).toEqual(['put', 'put check', 'put']);
  });

  it('changes `available` in the same transaction, once, also below zero', async () => {
    onCommit(() => {});
    await post([failed, withdrawn]);
    await post([failed, withdrawn]);

    expect(checks.slice(0, 2)).toEqual(['put update check', 'put update check']);
    expect(await balance()).toEqual([-200n, 2n]);
    expect(kinds()).toEqual(['b', 'dispute_opened', 'payout_failed']);
  });

  it('that the table does not take is thrown, and the ones before it stay', async () => {
    let calls = 0;
    onCommit(() => {
      calls += 1;
      if (calls === 2) throw new Error('no table');
    });

    await expect(post([captured, memo, failed])).rejects.toThrow('no table');
    expect(kinds()).toEqual(['captured']);
    expect(calls).toBe(2);
  });
});

describe('a late entry', () => {
  it.each([
    [true, 600_000],
    [false, 3_000],
  ])('is one that is posted too long after its commit (livemode %s: %i ms)', async (livemode, limitMs) => {
    expect(lateAfterMs(livemode)).toBe(limitMs);
    expect(POSTED_MS).toBe(900_000);
    await post([captured], livemode, limitMs);
    expect(kinds()).toEqual(['captured']);

    await post([memo], livemode, limitMs + 1);
    expect(kinds()).toEqual(['authorized', 'captured', 'late']);
  });

  it.each(['sealedThroughMs', 'closingMs'])('is one whose period is closed, by %s', async (name) => {
    closed({ [name]: PAID_MS - 1 });
    await post([captured]);
    expect(kinds()).toEqual(['captured']);

    closed({ [name]: PAID_MS });
    await post([memo]);
    expect(kinds()).toEqual(['authorized', 'captured', 'late']);
  });

  it('changes `available` too, in one transaction with its place on the list, once', async () => {
    onCommit(() => {});
    await post([failed], true, 600_001);
    await post([failed], true, 600_001);

    expect(checks[0]).toBe('put put update');
    expect(await balance()).toEqual([500n, 1n]);
    expect(kinds()).toEqual(['b', 'late', 'payout_failed']);
  });
});

describe('a seal between the look at the period and the write', () => {
  it('makes the entry late', async () => {
    onCommit(() => closed({ closingMs: PAID_MS }));
    await post([failed]);

    expect(checks).toEqual(['put update check', 'put put update']);
    expect(await balance()).toEqual([500n, 1n]);
    expect(kinds()).toEqual(['b', 'late', 'payout_failed']);
  });

  it('of an earlier period does not', async () => {
    onCommit(() => closed({ closingMs: PAID_MS - 1, sealedThroughMs: PAID_MS - 1 }));
    await post([failed]);

    expect(checks).toEqual(['put update check']);
  });

  it('may have posted nothing: the place on the list is taken by a manifest, and the entry is tried seven times more', async () => {
    const item = latePut(SCOPE, captured);
    if (item.kind !== 'put') throw new Error('not a put');
    table.store('ledger', attributesOf({ ...item.item, takenBy: new Set(['digest']) }));
    onCommit(() => {});

    await expect(post([captured], true, 600_001)).rejects.toThrow('its late write does not hold');
    expect(checks).toHaveLength(8);
    expect(table.items('ledger')).toHaveLength(1);
  });
});

describe('a balance', () => {
  const LIMIT = 10n ** 17n;

  it.each([
    [LIMIT - 1n, true],
    [LIMIT, false],
    [-LIMIT, true],
    [-LIMIT - 1n, false],
  ])('of %i can be added to: %s', async (available, can) => {
    has(available);

    if (can) await post([failed]);
    else await expect(post([failed])).rejects.toThrow('its balance write does not hold');
    expect(await balance()).toEqual(can ? [available + 500n, 2n] : [available, 1n]);
    expect(kinds()).toEqual(can ? ['b', 'payout_failed'] : ['b']);
  });
});
