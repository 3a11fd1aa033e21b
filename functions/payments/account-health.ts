/**
 * How accounts at channels do, from what is stored already: the newest payments of the scope, and the newest callback of each account. Nothing is counted
 * on the payment path (docs/adr/0036).
 */
import { newestCallbackMs } from '../channels/callbacks/store.ts';
import { type ChannelAccount, sameAccount } from '../channels/port/port.ts';
import type { AccountHealth } from '../channels/wire.ts';
import { seconds } from '../kernel/clock.ts';
import { type Scope, shardsOf } from '../kernel/ids.ts';
import { partitionOf } from '../table/record.ts';
import { boundOf, type Range, walkShards } from '../table/shards.ts';
import type { Table } from '../table/table.ts';
import { type Attempt, isOrder } from './attempt.ts';
import type { Payment } from './payment.ts';
import { PAYMENT, paymentOf } from './store.ts';

const DAY_MS = 24 * 3_600_000;
/** Payments that are looked at, whatever was sold: the cost of a read does not grow. */
const NEWEST = 100;

/** The health of these accounts of a scope, in their order. */
export async function accountsHealth(
  table: Table,
  { scope, shards, nowMs }: { readonly scope: Scope; readonly shards: number; readonly nowMs: number },
  accounts: readonly ChannelAccount[],
): Promise<readonly AccountHealth[]> {
  if (accounts.length === 0) return [];
  const [payments, callbacks] = await Promise.all([
    newestPayments(table, scope, shards, { from: bound(nowMs - DAY_MS) }),
    Promise.all(accounts.map((account) => newestCallbackMs(table, account))),
  ]);
  return accounts.map((account, index) => healthOf(payments, account, callbacks[index]));
}

/** A time in ms, as the bound of a walk. */
const bound = (ms: number): string => boundOf(seconds(ms), 0)!;

async function newestPayments(
  table: Table,
  scope: Scope,
  shards: number,
  range: Range,
  most = NEWEST,
): Promise<readonly Payment[]> {
  const walk = walkShards(table, {
    tableName: 'payments',
    partitions: shardsOf(shards).map((shard) => partitionOf(PAYMENT, scope, shard)),
    range,
    newestFirst: true,
    pageSize: Math.ceil(most / shards),
  });
  const payments: Payment[] = [];
  for await (const item of walk) {
    payments.push(paymentOf(item));
    if (payments.length === most) break;
  }
  return payments;
}

/** A callback that has not come by then is late at any channel. */
const LATE_MS = 10 * 60_000;
/** Successes of an hour are looked at, at most so many payments, and so many without a callback are silence. */
const LOOKED_BACK_MS = 3_600_000;
const MOST_LOOKED_AT = 25;
const SILENT_SUCCESSES = 5;

/**
 * Accounts that are silent: they took at least five payments between 70 and 10 minutes ago, and no callback of theirs has arrived since the first of them.
 * Every channel reports a payment that succeeded, and not each reports one that did not.
 */
export async function silentAccounts(
  table: Table,
  { scope, shards, nowMs }: { readonly scope: Scope; readonly shards: number; readonly nowMs: number },
  accounts: readonly ChannelAccount[],
): Promise<readonly ChannelAccount[]> {
  if (accounts.length === 0) return [];
  const range = { from: bound(nowMs - LATE_MS - LOOKED_BACK_MS), to: bound(nowMs - LATE_MS) };
  const payments = await newestPayments(table, scope, shards, range, MOST_LOOKED_AT);
  if (payments.length < SILENT_SUCCESSES) return [];
  const callbacks = await Promise.all(accounts.map((account) => newestCallbackMs(table, account)));
  return accounts.filter((account, index) => isSilent(payments, account, callbacks[index]));
}

/** Pure. */
export function isSilent(payments: readonly Payment[], account: ChannelAccount, callbackMs = 0): boolean {
  const since = payments
    .flatMap(({ attempts }) => attempts)
    .filter(
      ({ status, channel, createdMs }) =>
        SUCCEEDED.has(status) && sameAccount(channel, account) && createdMs > callbackMs,
    );
  return since.length >= SILENT_SUCCESSES;
}

/** What these payments, newest first, and the time of the newest callback say of an account. Pure. */
export function healthOf(
  payments: readonly Payment[],
  account: ChannelAccount,
  callbackMs: number | undefined,
): AccountHealth {
  // What risk blocked was never sent.
  const attempts = payments
    .flatMap((payment) => payment.attempts)
    .filter((attempt) => !attempt.blocked && sameAccount(attempt.channel, account));
  const failed = attempts.filter(({ status }) => status === 'failed');
  const succeeded = attempts.filter(({ status }) => SUCCEEDED.has(status));
  const decided = failed.length + succeeded.length;
  const last = failed.reduce<Attempt | undefined>(
    (newest, each) => (newest && atOf(newest) >= atOf(each) ? newest : each),
    undefined,
  );
  return {
    attempts: attempts.length,
    succeeded: succeeded.length,
    failed: failed.length,
    success_rate: decided === 0 ? null : Math.round((succeeded.length / decided) * 1000) / 1000,
    latency_ms: median([...failed, ...succeeded].flatMap(latencyOf)),
    last_error: last
      ? { code: last.decline?.code ?? 'unknown', class: last.decline?.class ?? null, at: seconds(atOf(last)) }
      : null,
    last_callback: callbackMs === undefined ? null : seconds(callbackMs),
  };
}

/** What was held or taken once: a cancel or a refund later is no failure of the channel. */
const SUCCEEDED: ReadonlySet<Attempt['status']> = new Set(['authenticated', 'authorized', 'captured', 'voided']);

const atOf = ({ settledMs, createdMs }: Attempt): number => settledMs ?? createdMs;

/** Where a payer had to act, their time is not the channel's. */
const latencyOf = (attempt: Attempt): readonly number[] =>
  attempt.settledMs === undefined || isOrder(attempt) || attempt.action || attempt.actionUrl !== undefined
    ? []
    : [attempt.settledMs - attempt.createdMs];

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
