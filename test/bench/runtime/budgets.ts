/** The budgets of the embedded runtime, beside what was measured. */
import { atLeast, type Row, row } from '../rows.ts';
import type { SluiceFigures, UnderLoad } from './sluice.ts';

const MIB = 1024 * 1024;
const KB = 1000;
/** What many stored payments may cost. */
const SLOWER = 1.1;

/** The time of one payment's own work, and of the four syncs that it waits for. */
const P50_MS = 4;
const SYNCS = 4;

/** Every budget of the embedded runtime. */
export function runtimeRows({ syncMs, start, atRest, first, later, lastStart, disk }: SluiceFigures): readonly Row[] {
  const p50Budget = Number((P50_MS + SYNCS * syncMs.p50).toFixed(1));
  const last = later ?? first;
  return [
    ...loadRows(first, p50Budget),
    ...(later === undefined ? [] : [...loadRows(later, p50Budget), ...changeRows(first, later)]),
    row('second start to ready, s', start.readyMs / 1000, 1),
    row('second start to the first paid payment, s', start.paidMs / 1000, 1.5),
    row(`start with ${counted(last.stored)} to ready, s`, lastStart.readyMs / 1000, 1),
    row('private memory at rest, main process, MiB', atRest.main.own / MIB, 150, 0),
    row('private memory at rest, with the vault’s process, MiB', atRest.all.own / MIB, 210, 0),
    row(`private memory after ${counted(last.stored)}, both processes, MiB`, last.memory.all.own / MIB, 300, 0),
    row('disk per payment as written, KB', disk.written / KB, 6),
    row('disk per payment after expiry and trimming, KB', disk.expired / KB, 5),
  ];
}

const counted = (payments: number): string => `${payments.toLocaleString('en-US')} payments`;

function loadRows({ one, sixteen, stored }: UnderLoad, p50Budget: number): readonly Row[] {
  const at = (what: string): string => `k  ${what}, ${counted(stored)} stored`;
  return [
    row(at('CPU per payment, 1 client, ms'), one.cpuMs, 6),
    row(at('CPU per payment, 16 clients, ms'), sixteen.cpuMs, 4),
    row(at('p50, 1 client, ms'), one.p50Ms, p50Budget, 1),
    atLeast(at('payments a second accepted, 16 clients'), sixteen.accepted, 250),
    atLeast(at('payments a second fully processed, 16 clients'), sixteen.processed, 220),
    row(at('time until the backlog is empty, 16 clients, s'), sixteen.backlogMs / 1000, 1),
  ];
}

/** The same with many payments stored: a tenth slower at most. */
function changeRows(first: UnderLoad, later: UnderLoad): readonly Row[] {
  const ratio = (what: string, of: (load: UnderLoad) => number): Row =>
    row(`${what}, ${counted(later.stored)} stored ÷ ${counted(first.stored)}`, of(later) / of(first), SLOWER);
  return [
    ratio('CPU, 1 client', ({ one }) => one.cpuMs),
    ratio('CPU, 16 clients', ({ sixteen }) => sixteen.cpuMs),
    ratio('p50, 1 client', ({ one }) => one.p50Ms),
    ratio('time per accepted payment, 16 clients', ({ sixteen }) => 1 / sixteen.accepted),
    ratio('time per processed payment, 16 clients', ({ sixteen }) => 1 / sixteen.processed),
  ];
}
