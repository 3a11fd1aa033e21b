/**
 * Payments that the lists made from the stream may not show yet: the newest ones, and those whose commits wait in a retry queue (ADR 0007).
 * Read from the payments themselves, strongly consistent, so that a list shows what was just written (I17).
 */
import { newestRecords } from '../api/newest.ts';
import type { Caller } from '../api/operation.ts';
import type { Clock } from '../kernel/clock.ts';
import { timeText } from '../kernel/ids.ts';
import { loadRecords } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { waitingKeys } from '../table/waiting.ts';
import type { Payment } from './payment.ts';
import { PAYMENT } from './store.ts';

/** The stream is behind by some hundred milliseconds. A stream that is further behind raises its alarm. */
const WINDOW_MS = 60_000;
/** Looked at of each shard in any case: a payment may be charged long after it was made. */
const LEAST = 25;
/** Of each shard, however many are made within the window. */
const MOST = 250;

interface AheadDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/** Those payments, in no order. `to`: the newest place that the list asks for, which begins with its time; an old one has no new payments. */
export async function paymentsAhead(deps: AheadDeps, caller: Caller, to?: string): Promise<readonly Payment[]> {
  const { table, clock } = deps;
  const since = timeText(clock.nowMs() - WINDOW_MS);
  const [newest, waiting] = await Promise.all([
    to !== undefined && to < since ? [] : newestRecords(table, PAYMENT, caller, { least: LEAST, since, most: MOST }),
    waitingKeys(table, PAYMENT.name, caller.scope).then((keys) => loadRecords(table, PAYMENT, caller.scope, keys)),
  ]);
  return [...new Map([...waiting, ...newest].map((payment) => [payment.body, payment])).values()];
}
