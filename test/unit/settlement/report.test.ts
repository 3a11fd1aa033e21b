/** The report of a batch: both files to the letter, its parts, and the sums without which none is written (I9). */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import calendars from '../../../functions/kernel/calendars.json' with { type: 'json' };
import { type ObjectKey, type Scope, timeText } from '../../../functions/kernel/ids.ts';
import { type Currency, parseCurrency } from '../../../functions/kernel/money.ts';
import { type Deferred, loadBooks } from '../../../functions/ledger/store.ts';
import type { Batch } from '../../../functions/settlement/batch-record.ts';
import { putDeferred } from '../../../functions/settlement/deferred.ts';
import type { SettlementDeps } from '../../../functions/settlement/deps.ts';
import { manifestFile } from '../../../functions/settlement/manifest.ts';
import type { Line, Net } from '../../../functions/settlement/netting.ts';
import { reportDeferred, writeReports } from '../../../functions/settlement/report.ts';
import { pack } from '../../../functions/table/pack.ts';
import { absent } from '../../../functions/table/table.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';

const SCOPE = 'Scope001' as Scope;
const [USD, KWD] = [parseCurrency('usd')!, parseCurrency('kwd')!];
const THROUGH_MS = Date.UTC(2027, 0, 15, 23, 59, 59, 999);
const CREATED_MS = Date.UTC(2027, 0, 16, 1);

const line = (n: number, more: Partial<Line> = {}): Line => ({
  id: `txn_${n}`,
  type: 'charge',
  source: `ch_${n}`,
  committedMs: Date.UTC(2027, 0, 15, 12, 0, n),
  gross: 10_000n,
  fee: 320n,
  net: 9_680n,
  reserve: 1_000n,
  ...more,
});
const REFUND = line(2, { type: 'refund', source: 're_2', gross: -2_505n, fee: 0n, net: -2_505n, reserve: 0n });
const NET: Net = {
  currency: USD,
  lines: [line(1), REFUND],
  gross: 10_000n,
  fees: 320n,
  refunds: -2_505n,
  net: 7_175n,
  reserve: 1_000n,
};

let table: MemoryTable;
let files: Map<string, readonly [content: string, type: string]>;
beforeEach(() => {
  table = memoryTable();
  files = new Map();
});
const deps = (): SettlementDeps =>
  ({
    table,
    files: {
      put: async (key, content, type) => void files.set(key, [content, type]),
      get: async (key) => files.get(key)?.[0],
    },
  }) satisfies Partial<SettlementDeps> as unknown as SettlementDeps;

/** Keeps the manifest of these nets. */
function sealed(nets: readonly Net[]): Batch['manifest'] {
  const { key, sha256, content } = manifestFile({ scope: SCOPE, afterMs: 0, throughMs: THROUGH_MS, entries: [], nets });
  files.set(key, [content, 'application/json']);
  return { key, sha256 };
}

/** Keeps a batch that pays out 60.00 of this net, but for these differences. */
const keep = ({ currency, net, reserve }: Net, manifest: Batch['manifest'], changes: Partial<Batch> = {}) =>
  table.commit({
    kind: 'put',
    table: 'ledger',
    item: {
      pk: `${SCOPE}#batch`,
      sk: `${timeText(THROUGH_MS)}#${currency}`,
      doc: pack({
        scope: SCOPE,
        currency,
        afterMs: Date.UTC(2027, 0, 14, 23, 59, 59, 999),
        throughMs: THROUGH_MS,
        opening: 25n,
        net,
        reserve,
        withheld: reserve,
        releases: [],
        paidOut: 6_000n,
        closing: 25n + net - reserve - 6_000n,
        payout: '0ABCDEF0ZZZZZZZZZZZZZZ' as ObjectKey,
        createdMs: CREATED_MS,
        manifest,
        ...changes,
      } satisfies Batch),
    },
    when: absent,
  });

/** Keeps the manifest and a batch of each of its nets, as a settlement does. */
async function settled(nets: readonly Net[], changes: Partial<Batch> = {}): Promise<void> {
  const manifest = sealed(nets);
  for (const net of nets) await keep(net, manifest, changes);
}
const write = () => writeReports(deps(), SCOPE, THROUGH_MS);
const reports = () => [...files.keys()].filter((name) => name.startsWith('reports/'));
const textOf = (name: string): string => files.get(`reports/${SCOPE}/${THROUGH_MS}-${name}`)![0];
const jsonOf = (name: string) => JSON.parse(textOf(name)) as Record<string, unknown>;

describe('the report of a batch', () => {
  it('is one JSON and one CSV file, to the letter', async () => {
    await settled([NET]);
    await write();

    const csv = [
      'balance_transaction,type,source,created,currency,gross,fee,net,reserve',
      'txn_1,charge,ch_1,2027-01-15T12:00:01.000Z,usd,100.00,3.20,96.80,10.00',
      'txn_2,refund,re_2,2027-01-15T12:00:02.000Z,usd,-25.05,0.00,-25.05,0.00',
      '',
    ].join('\n');
    expect(reports()).toEqual([`reports/${SCOPE}/${THROUGH_MS}-usd.json`, `reports/${SCOPE}/${THROUGH_MS}-usd.csv`]);
    expect(textOf('usd.csv')).toBe(csv);
    expect(textOf('usd.json').endsWith('}\n')).toBe(true);
    expect(jsonOf('usd.json')).toMatchObject({
      object: 'settlement_report',
      payout: 'po_0ABCDEF0ZZZZZZZZZZZZZZ',
      currency: 'usd',
      banking_days: `calendar through ${calendars.usd.through}`,
      period: { after: '2027-01-14T23:59:59.999Z', through: '2027-01-15T23:59:59.999Z' },
      created: '2027-01-16T01:00:00.000Z',
      opening: '25',
      gross: '10000',
      fees: '320',
      refunds: '-2505',
      net: '7175',
      reserve: '1000',
      reserve_withheld: '1000',
      reserve_released: '0',
      paid_out: '6000',
      closing: '200',
      part: 1,
      parts: 1,
      lines: [
        {
          balance_transaction: 'txn_1',
          type: 'charge',
          source: 'ch_1',
          created: '2027-01-15T12:00:01.000Z',
          gross: '10000',
          fee: '320',
          net: '9680',
          reserve: '1000',
        },
        { type: 'refund', gross: '-2505', net: '-2505', reserve: '0' },
      ],
      csv_sha256: createHash('sha256').update(csv).digest('hex'),
    });
    expect(files.get(reports()[0]!)![1]).toBe('application/json');
    expect(files.get(reports()[1]!)![1]).toBe('text/csv');
  });

  it('has the decimals of its currency', async () => {
    await settled([{ ...NET, currency: KWD }]);
    await write();

    expect(textOf('kwd.csv').split('\n')[1]).toBe(
      'txn_1,charge,ch_1,2027-01-15T12:00:01.000Z,kwd,10.000,0.320,9.680,1.000',
    );
  });

  it('says where only weekends are known of the currency’s banking days', async () => {
    await settled([{ ...NET, currency: KWD }]);
    await write();

    expect(jsonOf('kwd.json').banking_days).toBe('weekends only');
  });

  it('has a line for each hold that is released', async () => {
    await settled([NET], {
      reserve: 700n,
      withheld: 1_000n,
      releases: [
        { date: '2027-01-14', amount: 100n },
        { date: '2027-01-15', amount: 200n },
      ],
      closing: 25n + 7_175n - 700n - 6_000n,
    });
    await write();

    const report = jsonOf('usd.json');
    expect(report).toMatchObject({ reserve: '700', reserve_withheld: '1000', reserve_released: '300' });
    expect((report.lines as object[]).slice(2)).toMatchObject([
      {
        balance_transaction: `txn_${timeText(CREATED_MS)}0usd00000000000u01`,
        type: 'reserve_release',
        source: '2027-01-14',
        gross: '0',
        fee: '0',
        net: '0',
        reserve: '-100',
      },
      { type: 'reserve_release', source: '2027-01-15', gross: '0', fee: '0', net: '0', reserve: '-200' },
    ]);
    expect((report.lines as { created: string }[])[2]!.created).toBe('2027-01-16T01:00:00.000Z');
  });

  it('of a batch of 0.1 has all that it held back, and no release', async () => {
    await settled([NET], { withheld: undefined, releases: undefined } as unknown as Partial<Batch>);
    await write();

    expect(jsonOf('usd.json')).toMatchObject({ reserve: '1000', reserve_withheld: '1000', reserve_released: '0' });
    expect(jsonOf('usd.json').lines).toHaveLength(2);
  });

  it('has no payout and no lines where only a balance was carried forward', async () => {
    const nothing: Net = { ...NET, lines: [], net: 0n, reserve: 0n };
    await keep(nothing, sealed([]), { paidOut: 0n, closing: 25n, payout: '' as ObjectKey });
    await write();

    expect(jsonOf('usd.json')).toMatchObject({
      payout: null,
      gross: '0',
      fees: '0',
      refunds: '0',
      net: '0',
      reserve_withheld: '0',
      reserve_released: '0',
      closing: '25',
      lines: [],
    });
    expect(textOf('usd.csv')).toBe('balance_transaction,type,source,created,currency,gross,fee,net,reserve\n');
  });

  it('has parts of 10,000 lines, each of which says which it is', async () => {
    const lines = Array.from({ length: 10_001 }, (_, n) => line(n, { gross: 1n, fee: 0n, net: 1n, reserve: 0n }));
    await settled([{ ...NET, lines, net: 10_001n, reserve: 0n }]);
    await write();

    expect(reports().map((name) => name.split('-')[1])).toEqual(['usd.json', 'usd.csv', 'usd', 'usd']);
    expect(jsonOf('usd.json')).toMatchObject({ part: 1, parts: 2 });
    expect(jsonOf('usd.json').lines).toHaveLength(10_000);
    expect(jsonOf('usd-2.json')).toMatchObject({ part: 2, parts: 2, lines: [{ balance_transaction: 'txn_10000' }] });
    expect(textOf('usd-2.csv').split('\n')[1]).toMatch(/^txn_10000,/);
  });

  it('of exactly 10,000 lines has one part', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) => line(n, { gross: 1n, fee: 0n, net: 1n, reserve: 0n }));
    await settled([{ ...NET, lines, net: 10_000n, reserve: 0n }]);
    await write();

    expect(reports()).toHaveLength(2);
  });

  it('is written for each currency from its own net, and for no other period', async () => {
    await settled([NET, { ...NET, currency: KWD, lines: [line(7)], net: 9_680n }]);
    await write();
    await writeReports(deps(), SCOPE, THROUGH_MS + 1);

    expect(reports().sort()).toEqual(
      ['kwd.csv', 'kwd.json', 'usd.csv', 'usd.json'].map((name) => `reports/${SCOPE}/${THROUGH_MS}-${name}`),
    );
    expect(jsonOf('kwd.json')).toMatchObject({ net: '9680', lines: [{ source: 'ch_7' }] });
  });

  it.each<[string, Partial<Batch>]>([
    ['net is more than its lines', { net: 7_176n, closing: 201n }],
    ['net is less than its lines', { net: 7_174n, closing: 199n }],
    ['reserve is not that of its lines', { reserve: 999n, closing: 201n }],
    ['releases are not in its reserve', { releases: [{ date: '2027-01-14', amount: 1n }] }],
    ['payout is not taken from its closing balance', { paidOut: 6_001n }],
    ['opening balance is not in its closing balance', { opening: 26n }],
    ['closing balance is a cent too high', { closing: 201n }],
  ])('is not written when its %s', async (_what, wrong) => {
    await settled([NET], wrong);

    await expect(write()).rejects.toThrow(`the report of ${SCOPE} usd through ${THROUGH_MS} does not add up`);
    expect(reports()).toEqual([]);
  });
});

describe('the report of what was put off', () => {
  const deferred = (currency: Currency, throughMs = THROUGH_MS): Deferred => ({
    scope: SCOPE,
    currency,
    afterMs: 0,
    throughMs,
    dueMs: CREATED_MS,
    manifest: { key: '', sha256: '' },
  });
  const putOff = (...all: readonly Deferred[]) => Promise.all(all.map((one) => table.commit(putDeferred(one))));
  const report = () => reportDeferred(deps(), SCOPE);
  const left = async () => (await loadBooks(table, SCOPE)).deferred.map(({ currency }) => currency);

  it('is written once its batch is there; then it is no longer put off', async () => {
    await settled([NET]);
    await putOff(deferred(KWD), deferred(USD));
    await report();

    expect(reports()).toHaveLength(2);
    expect(jsonOf('usd.json')).toMatchObject({ net: '7175' });
    expect(await left()).toEqual(['kwd']);
  });

  it('is not written before, and stays put off', async () => {
    await settled([{ ...NET, currency: KWD }]);
    await putOff(deferred(USD), deferred(KWD, THROUGH_MS + 1));
    await report();

    expect(reports()).toEqual([]);
    expect(await left()).toEqual(['usd', 'kwd']);
  });

  it('may have been written by another execution', async () => {
    await settled([NET]);
    await putOff(deferred(USD));
    table.onCall = async ({ operation, when }) => {
      if (operation !== 'commit' || when !== 'before') return;
      table.onCall = undefined;
      await report();
    };

    await report();
    expect(await left()).toEqual([]);
    expect(reports()).toHaveLength(2);
  });

  it('stays put off when the table fails', async () => {
    await settled([NET]);
    await putOff(deferred(USD));
    table.onCall = ({ operation }) => {
      if (operation === 'commit') throw new Error('no table');
    };

    await expect(report()).rejects.toThrow('no table');
    table.onCall = undefined;
    expect(await left()).toEqual(['usd']);
  });
});
