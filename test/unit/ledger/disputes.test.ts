/** What a dispute posts: the golden entries j13 to j16, made from stream records by the posting that the stream uses. */
import { describe, expect, it } from 'vitest';
import type { Dispute } from '../../../functions/disputes/dispute.ts';
import type { ChannelReference, ObjectKey, Scope } from '../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import { loadBalance } from '../../../functions/ledger/store.ts';
import { postChange } from '../../../functions/stream/consume.ts';
import { entriesOf } from '../../../functions/stream/posting.ts';
import golden from '../../fixtures/golden-ledger.json' with { type: 'json' };
import { memoryTable } from '../../world/memory-table.ts';

const NOW_MS = Date.UTC(2027, 0, 15, 12);
const SCOPE = 'Scope001' as Scope;

/** A chargeback as it was opened. */
const opened = (amount: bigint, changes: Partial<Dispute> = {}): Dispute => ({
  scope: SCOPE,
  body: '0WXYZab1abcdefghijklmn' as ObjectKey,
  version: 1,
  livemode: false,
  createdMs: NOW_MS,
  committedMs: NOW_MS,
  payment: '0WXYZab1nmlkjihgfedcba' as ObjectKey,
  chargeOrdinal: 1,
  paymentReference: 'Scope0010WXYZab1nmlkjihgfedcba1' as ChannelReference,
  channel: { channel: 'chA', account: 'acc1' },
  channelDispute: '1',
  status: 'needs_response',
  amount,
  fee: 1_500n,
  currency: parseCurrency('usd')!,
  reason: 'fraudulent',
  brand: 'visa',
  dueMs: NOW_MS + 1,
  evidence: {},
  metadata: {},
  answers: 0,
  submissions: 0,
  withdrawnMs: NOW_MS,
  ...changes,
});
const won = (dispute: Dispute): Dispute => ({
  ...dispute,
  version: 2,
  status: 'won',
  committedMs: NOW_MS + 5,
  reinstatedMs: NOW_MS + 5,
});
const lost = (dispute: Dispute): Dispute => ({
  ...dispute,
  version: 2,
  status: 'lost',
  committedMs: NOW_MS + 5,
  lostMs: NOW_MS + 5,
});

const ours = (account: string): string => account.replace(':m1', '');
const legsOf = (id: string): readonly string[] =>
  golden.scenarios
    .flatMap(({ journals }) => journals)
    .find((journal) => journal.id === id)!
    .legs.map(({ dc, account, amount }) => `${dc} ${ours(account)} ${amount}`)
    .sort();
const posted = (old: Dispute | undefined, dispute: Dispute): readonly string[] => {
  const entries = entriesOf({ kind: 'dispute', ...(old && { old }), new: dispute });
  expect(entries).toHaveLength(1);
  return entries[0]!.legs
    .map(({ side, account, amount }) => `${side === 'debit' ? 'D' : 'C'} ${account} ${amount}`)
    .sort();
};

describe('entries', () => {
  it('j13, j15: a chargeback that is opened', () => {
    expect(posted(undefined, opened(7_500n))).toEqual(legsOf('j13'));
    expect(posted(undefined, opened(6_000n))).toEqual(legsOf('j15'));
  });

  it('j14: one that is won', () => {
    expect(posted(opened(7_500n), won(opened(7_500n)))).toEqual(legsOf('j14'));
  });

  it('j16: one that is lost', () => {
    expect(posted(opened(6_000n), lost(opened(6_000n)))).toEqual(legsOf('j16'));
  });

  it('an inquiry posts nothing until it becomes a chargeback', () => {
    const { withdrawnMs: _, ...asked } = opened(7_500n);
    const inquiry: Dispute = { ...asked, status: 'warning_needs_response' };

    expect(entriesOf({ kind: 'dispute', new: inquiry })).toEqual([]);
    expect(entriesOf({ kind: 'dispute', old: inquiry, new: { ...inquiry, status: 'warning_closed' } })).toEqual([]);
    expect(posted(inquiry, opened(7_500n))).toEqual(legsOf('j13'));
  });

  it('evidence posts nothing', () => {
    const answered: Dispute = { ...opened(7_500n), version: 2, status: 'under_review', submissions: 1 };

    expect(entriesOf({ kind: 'dispute', old: opened(7_500n), new: answered })).toEqual([]);
  });
});

describe('posting', () => {
  const clock = { nowMs: () => NOW_MS + 1_000, sleep: async () => {} };

  it('makes available negative, in one transaction with the entry, once', async () => {
    const table = memoryTable();
    const change = { kind: 'dispute', new: opened(7_500n) } as const;

    await postChange({ table, clock }, change);
    await postChange({ table, clock }, change);

    expect(await loadBalance(table, SCOPE, 'usd')).toMatchObject({ available: -9_000n, version: 1n });
    expect(table.items('ledger').filter(({ kind }) => kind === 'dispute_opened')).toHaveLength(1);
  });

  it('ends in the same balance whichever record comes first', async () => {
    const table = memoryTable();
    const first = opened(7_500n);

    await postChange({ table, clock }, { kind: 'dispute', old: first, new: won(first) });
    await postChange({ table, clock }, { kind: 'dispute', new: first });

    expect(await loadBalance(table, SCOPE, 'usd')).toMatchObject({ available: -1_500n });
  });

  it('puts an entry that comes late on the late list, with its balance', async () => {
    const table = memoryTable();
    const late = { nowMs: () => NOW_MS + 11 * 60_000, sleep: async () => {} };

    await postChange({ table, clock: late }, { kind: 'dispute', new: opened(7_500n) });

    expect(
      table
        .items('ledger')
        .map(({ pk }) => pk.split('#')[1]!)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['b', 'j', 'late']);
    expect(await loadBalance(table, SCOPE, 'usd')).toMatchObject({ available: -9_000n });
  });
});
