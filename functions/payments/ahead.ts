/**
 * Payments that the lists made from the stream may not show yet: the newest ones, and those whose commits wait in a retry queue (ADR 0007).
 * Read from the payments themselves, strongly consistent, so that a list shows what was just written (I17).
 */
import { newestRecords } from '../api/newest.ts';
import type { Caller } from '../api/operation.ts';
import type { Clock } from '../kernel/clock.ts';
import { timeText } from '../kernel/ids.ts';
import { keyOf } from '../table/record.ts';
import type { Table } from '../table/table.ts';
import { waitingKeys } from '../table/waiting.ts';
import type { Payment } from './payment.ts';
import { PAYMENT, paymentOf } from './store.ts';

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

/** Those payments, newest first. `to`: the newest place that the list asks for, which begins with its time; an old one has no new payments. */
export async function paymentsAhead(deps: AheadDeps, caller: Caller, to?: string): Promise<readonly Payment[]> {
  const since = timeText(deps.clock.nowMs() - WINDOW_MS);
  const [newest, waiting] = await Promise.all([
    to !== undefined && to < since
      ? []
      : newestRecords(deps.table, PAYMENT, caller, { least: LEAST, since, most: MOST }),
    waitingPayments(deps.table, caller),
  ]);
  const byKey = new Map([...waiting, ...newest].map((payment) => [payment.body, payment]));
  return [...byKey.values()].sort((a, b) => (a.body < b.body ? 1 : -1));
}

async function waitingPayments(table: Table, { scope }: Caller): Promise<readonly Payment[]> {
  const keys = await waitingKeys(table, PAYMENT.name, scope);
  if (keys.length === 0) return [];
  const items = await table.getMany(keys.map((key) => ({ table: 'payments', key: keyOf(PAYMENT, scope, key) })));
  return items.flatMap((item) => (item ? [paymentOf(item)] : []));
}
