/** The pure parts of `npm run bench -- runtime`: what is read from the system, and what is printed of it. */
import { describe, expect, it } from 'vitest';
import { atLeast, linesOf, row } from '../../bench/rows.ts';
import { runtimeRows } from '../../bench/runtime/budgets.ts';
import { comparison } from '../../bench/runtime/comparison.ts';
import { sizeIn } from '../../bench/runtime/disk.ts';
import type { Phase } from '../../bench/runtime/measure.ts';
import { dueIn } from '../../bench/runtime/payments.ts';
import { cpuIn, memoryIn } from '../../bench/runtime/process-tree.ts';
import type { SluiceFigures, UnderLoad } from '../../bench/runtime/sluice.ts';
import { percentile, short } from '../../bench/runtime/statistics.ts';

const MIB = 1024 * 1024;

describe('percentile', () => {
  it('is the sample that the share does not exceed, whatever the order', () => {
    const samples = [50, 20, 40, 15, 35];

    expect([0, 0.3, 0.4, 0.5, 0.95, 1].map((share) => percentile(samples, share))).toEqual([15, 20, 20, 35, 50, 50]);
    expect(samples).toEqual([50, 20, 40, 15, 35]);
  });

  it('refuses to describe no samples', () => {
    expect(() => percentile([], 0.5)).toThrow('there are no samples');
  });
});

it('short: two digits below one, one below ten, none above', () => {
  expect([0.021, 0.98, 4.25, 9.94, 42.4, 11_427.3].map(short)).toEqual(['0.02', '0.98', '4.3', '9.9', '42', '11,427']);
});

describe('/proc/PID/stat', () => {
  const stat = (name: string): string =>
    `4711 (${name}) S 1 4711 4711 0 -1 4194304 9000 800 0 0 250 30 12 5 20 0 11 0 123456 1000000 5000 18446744073709551615`;

  it('has user and system time of the process and of its ended children, in ticks of 10 ms', () => {
    expect(cpuIn(stat('node'))).toBe(2970);
  });

  it('may have any name of a program', () => {
    expect(cpuIn(stat('a) R 1 (b'))).toBe(2970);
  });

  it('is refused where it is cut off', () => {
    expect(() => cpuIn('4711 (node) S 1 4711')).toThrow('not the stat of a process');
  });
});

describe('/proc/PID/smaps_rollup', () => {
  const rollup = [
    '55d0c0a00000-7fff1f5fe000 ---p 00000000 00:00 0                          [rollup]',
    'Rss:              123456 kB',
    'Pss:               61440 kB',
    'Pss_Dirty:         50000 kB',
    'Shared_Clean:      40000 kB',
    'Private_Clean:      1024 kB',
    'Private_Dirty:     51200 kB',
    'SwapPss:               0 kB',
  ];

  it('has the proportional memory, and that of the process alone', () => {
    expect(memoryIn(rollup.join('\n'))).toEqual({ pss: 60 * MIB, own: 51 * MIB });
  });

  it('is refused without one of them', () => {
    expect(() => memoryIn(rollup.filter((line) => !line.startsWith('Pss:')).join('\n'))).toThrow('has no Pss');
  });
});

describe('the header of an SQLite file', () => {
  const header = (pageBytes: number, pages: number, free: number): Buffer => {
    const bytes = Buffer.alloc(100);
    bytes.write('SQLite format 3\0', 'latin1');
    bytes.writeUInt16BE(pageBytes, 16);
    bytes.writeUInt32BE(pages, 28);
    bytes.writeUInt32BE(free, 36);
    return bytes;
  };

  it('has the size of the file, and of the pages in use', () => {
    expect(sizeIn(header(4096, 100, 25))).toEqual({ file: 409_600, used: 307_200 });
  });

  it('writes pages of 65,536 bytes as 1', () => {
    expect(sizeIn(header(1, 2, 0))).toEqual({ file: 131_072, used: 131_072 });
  });

  it('is refused in another file', () => {
    expect(() => sizeIn(Buffer.alloc(100))).toThrow('not the header of an SQLite file');
  });
});

it('a backlog is what is due or under way, not what waits for its time', () => {
  const waiting = { queue: 'later', ready: 0, delayed: 9, inFlight: 0 };

  expect(dueIn([waiting])).toBeUndefined();
  expect(dueIn([waiting, { queue: 'webhooks', ready: 2, inFlight: 1 }])).toBe('3 messages of webhooks');
  expect(dueIn([{ queue: 'webhooks', ready: 0, inFlight: 1 }])).toBe('1 messages of webhooks');
});

const phase = (changes: Partial<Phase> = {}): Phase => ({
  requests: 1000,
  cpuMs: 3,
  p50Ms: 5,
  p95Ms: 8,
  accepted: 300,
  processed: 290,
  respondedMs: 0,
  backlogMs: 20,
  ...changes,
});
const memory = (own: number) => ({ main: { pss: own, own }, all: { pss: 2 * own, own: 2 * own }, processes: 2 });
const load = (one: Partial<Phase> = {}, sixteen: Partial<Phase> = {}, stored = 5000): UnderLoad => ({
  one: phase(one),
  sixteen: phase(sixteen),
  stored,
  memory: memory(140 * MIB),
});
const figures = (changes: Partial<SluiceFigures> = {}): SluiceFigures => ({
  syncMs: { p50: 0.5, p95: 1 },
  start: { readyMs: 900, paidMs: 1000 },
  atRest: memory(90 * MIB),
  first: load(),
  later: undefined,
  lastStart: { readyMs: 900, paidMs: 1000 },
  disk: { written: 4700, expired: 3600, log: 1200 },
  ...changes,
});
const broken = (changes: Partial<SluiceFigures>): readonly string[] =>
  runtimeRows(figures(changes)).flatMap(({ what, holds }) => (holds ? [] : [what]));

describe('the budgets of the embedded runtime', () => {
  it('all hold for figures within them', () => {
    expect(broken({})).toEqual([]);
  });

  it.each<[Partial<SluiceFigures>, string]>([
    [{ first: load({ cpuMs: 6.01 }) }, 'CPU per payment, 1 client'],
    [{ first: load({}, { cpuMs: 4.01 }) }, 'CPU per payment, 16 clients'],
    [{ first: load({ p50Ms: 6.05 }) }, 'p50, 1 client'],
    [{ first: load({}, { accepted: 249 }) }, 'accepted'],
    [{ first: load({}, { processed: 219 }) }, 'fully processed'],
    [{ first: load({}, { backlogMs: 1001 }) }, 'backlog'],
    [{ start: { readyMs: 1001, paidMs: 1100 } }, 'second start to ready'],
    [{ start: { readyMs: 900, paidMs: 1501 } }, 'first paid payment'],
    [{ lastStart: { readyMs: 1001, paidMs: 1100 } }, 'start with 5,000 payments'],
    [{ disk: { written: 6001, expired: 3600, log: 0 } }, 'as written'],
    [{ disk: { written: 4700, expired: 5001, log: 0 } }, 'after expiry'],
  ])('%j exceeds one: %s', (changes, name) => {
    expect(broken(changes)).toEqual([expect.stringContaining(name)]);
  });

  it('the memory of both processes counts, and that of the main one', () => {
    const rest = { ...memory(90 * MIB), main: { pss: 0, own: 151 * MIB } };

    expect(broken({ atRest: rest })).toEqual([expect.stringContaining('at rest, main process')]);
    expect(broken({ atRest: memory(106 * MIB) })).toEqual([expect.stringContaining('with the vault')]);
    expect(broken({ first: { ...load(), memory: memory(151 * MIB) } })).toEqual([
      expect.stringContaining('after 5,000'),
    ]);
  });

  it('a slower disk allows a longer wait: four syncs', () => {
    expect(broken({ syncMs: { p50: 2, p95: 3 }, first: load({ p50Ms: 12 }) })).toEqual([]);
    expect(broken({ syncMs: { p50: 2, p95: 3 }, first: load({ p50Ms: 12.1 }) })).toHaveLength(1);
  });

  it('many stored payments may cost a tenth', () => {
    const later = (one: Partial<Phase>, sixteen: Partial<Phase>): Partial<SluiceFigures> => ({
      later: load(one, sixteen, 100_000),
    });

    expect(broken(later({ cpuMs: 3.29, p50Ms: 5.4 }, { cpuMs: 3.29, accepted: 273, processed: 264 }))).toEqual([]);
    expect(broken(later({ cpuMs: 3.31 }, {}))).toEqual(['CPU, 1 client, 100,000 payments stored ÷ 5,000 payments']);
    expect(broken(later({}, { accepted: 272 }))).toEqual([expect.stringContaining('time per accepted payment')]);
    expect(broken(later({}, { processed: 263 }))).toEqual([expect.stringContaining('time per processed payment')]);
  });
});

describe('what is printed', () => {
  it('a budget that is exceeded is BROKEN', () => {
    expect(linesOf([row('CPU, ms', 6.789, 6), atLeast('payments a second', 250, 250)])).toEqual([
      'CPU, ms                 6.79  ≤ 6                BROKEN',
      'payments a second        250  ≥ 250              holds',
    ]);
  });

  it('the comparison has a line for each server, and a reason for one that was not run', () => {
    const server = { one: phase(), sixteen: phase({ cpuMs: 0.02 }), restPss: 20 * MIB, afterPss: 31 * MIB };
    const nothingLeft = {
      ...server,
      sixteen: phase({ accepted: 11_427, backlogMs: 0.01 }),
      startMs: 260,
      processes: 1,
    };

    expect(
      comparison([
        { name: 'Sluice', figures: { ...server, processes: 2, startMs: 1020 } },
        { name: 'floor', figures: nothingLeft },
        { name: 'other', figures: 'no java' },
      ]).slice(2),
    ).toEqual([
      '| Sluice | 3.0 · 0.02 ms | 5.0 ms | 300 / 290 | 20 / 31 MiB, 2 processes | 1.0 s |',
      '| floor | 3.0 · 3.0 ms | 5.0 ms | 11,427 | 20 / 31 MiB, 1 process | 0.26 s |',
      '| other | not run: no java | | | | |',
    ]);
  });
});
