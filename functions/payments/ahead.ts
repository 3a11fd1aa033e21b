/**
 * Payments that the lists made from the stream may not show yet: the newest ones, those that were noted when they were written, and those whose
 * commits wait in a retry queue (ADR 0007). Read strongly consistent, so that a list shows what was just written (I17).
 */
import { type Newest, newestRecords } from '../api/newest.ts';
import type { Caller } from '../api/operation.ts';
import type { Clock } from '../kernel/clock.ts';
import { timeText } from '../kernel/ids.ts';
import { notedImages, noteWindowMs, scanWindowMs } from '../table/just-written.ts';
import { loadRecords, recordOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { waitingKeys } from '../table/waiting.ts';
import type { Payment } from './payment.ts';
import { PAYMENT } from './store.ts';

/** Looked at of each shard in any case. */
const LEAST = 25;
/** Of each shard, however many are made within the window. */
const MOST = 250;

export interface AheadDeps {
  readonly table: Table;
  readonly clock: Clock;
}
type Reader = Pick<Caller, 'scope' | 'settings'>;

/** Those payments as they stand, in no order. `to`: the newest place that the list asks for, which begins with its time; an old one has no new payments. */
export async function paymentsAhead(deps: AheadDeps, caller: Reader, to?: string): Promise<readonly Payment[]> {
  const { table } = deps;
  const [newest, noted, waiting] = await Promise.all([
    newestPayments(deps, caller, to),
    notedPayments(deps, caller),
    waitingKeys(table, PAYMENT.name, caller.scope).then((keys) => loadRecords(table, PAYMENT, caller.scope, keys)),
  ]);
  return latest([...waiting, ...noted, ...newest]);
}

/** The newest payments of each shard, and those that were young within the window. */
export async function newestPayments(
  { table, clock }: AheadDeps,
  caller: Reader,
  to?: string,
  which: Pick<Newest, 'unrestored'> = {},
): Promise<readonly Payment[]> {
  const nowMs = clock.nowMs();
  if (to !== undefined && to < timeText(nowMs - noteWindowMs)) return [];
  const since = timeText(nowMs - scanWindowMs);
  return newestRecords(table, PAYMENT, caller, { ...which, least: LEAST, since, most: MOST });
}

/** The payments whose commits were noted, as those left them. */
async function notedPayments({ table, clock }: AheadDeps, caller: Reader): Promise<readonly Payment[]> {
  const images = await notedImages(table, caller.scope, caller.settings.shards, clock.nowMs());
  return images.flatMap(({ new: now }) => {
    if (now.kind !== PAYMENT.name) return [];
    try {
      return [recordOf(PAYMENT, now)];
    } catch {
      // Of a newer version: the list shows the payment when the stream has reached it.
      return [];
    }
  });
}

function latest(payments: readonly Payment[]): readonly Payment[] {
  const byKey = new Map<string, Payment>();
  for (const payment of payments)
    if (payment.version > (byKey.get(payment.body)?.version ?? 0)) byKey.set(payment.body, payment);
  return [...byKey.values()];
}
