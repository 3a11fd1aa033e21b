/** The table that compares servers, in Markdown. */
import type { Phase } from './measure.ts';
import { short } from './statistics.ts';

/** What was measured of one server. */
export interface Measured {
  readonly one: Phase;
  readonly sixteen: Phase;
  /** Proportional memory of all its processes, in bytes. */
  readonly restPss: number;
  readonly afterPss: number;
  readonly processes: number;
  readonly startMs: number;
}

export interface Compared {
  readonly name: string;
  /** A reason where it was not measured. */
  readonly figures: Measured | string;
}

export const HEADINGS = [
  'one payment',
  'CPU, 1 · 16 clients',
  'p50, 1 client',
  'a second, 16 clients: accepted / processed',
  'memory (PSS) at rest / after',
  'start',
];
const MIB = 1024 * 1024;

/** One line for each server, below two lines of headings. */
export const comparison = (all: readonly Compared[]): readonly string[] => [
  `| ${HEADINGS.join(' | ')} |`,
  `|${'---|'.repeat(HEADINGS.length)}`,
  ...all.map(({ name, figures }) =>
    typeof figures === 'string' ? `| ${name} | not run: ${figures} | | | | |` : `| ${name} | ${cells(figures)} |`,
  ),
];

function cells({ one, sixteen, restPss, afterPss, processes, startMs }: Measured): string {
  const mib = (bytes: number): string => (bytes / MIB).toLocaleString('en-US', { maximumFractionDigits: 0 });
  return [
    `${short(one.cpuMs)} · ${short(sixteen.cpuMs)} ms`,
    `${short(one.p50Ms)} ms`,
    rates(sixteen),
    `${mib(restPss)} / ${mib(afterPss)} MiB, ${processes} ${processes === 1 ? 'process' : 'processes'}`,
    `${short(startMs / 1000)} s`,
  ].join(' | ');
}

/** One figure where a response leaves nothing to do. */
function rates({ accepted, processed, backlogMs }: Phase): string {
  return backlogMs < 1 ? short(accepted) : `${short(accepted)} / ${short(processed)}`;
}
