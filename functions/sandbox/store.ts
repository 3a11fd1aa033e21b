/**
 * What the sandbox keeps, in its own table. A charge is forgotten two years after its last change, accounts never, and everything else after 90 days; a
 * read tests that itself.
 */
import { timeText } from '../kernel/ids.ts';
import { pack, unpack } from '../table/pack.ts';
import {
  absent,
  any,
  below,
  type Condition,
  equal,
  type Key,
  present,
  type Table,
  type Write,
} from '../table/table.ts';
import type { Account } from './account.ts';
import type { Charge } from './charge.ts';
import type { Payout } from './payout.ts';
import type { Refund } from './refund.ts';

const RETENTION_SECONDS = 90 * 24 * 3600;
/** A charge must be there as long as it can be refunded: no wallet takes refunds for half as long, and cards name no limit. */
const CHARGE_RETENTION_SECONDS = 730 * 24 * 3600;
const seconds = (ms: number): number => Math.floor(ms / 1000);

const accountKey = (id: string): Key => ({ pk: `acct#${id}`, sk: 'account' });
const chargeKey = (account: string, reference: string): Key => ({ pk: `c#${account}#${reference}`, sk: 'charge' });
const refundKey = (account: string, reference: string): Key => ({ pk: `r#${account}#${reference}`, sk: 'refund' });
const payoutKey = (account: string, reference: string): Key => ({ pk: `o#${account}#${reference}`, sk: 'payout' });

export async function loadAccount(table: Table, id: string): Promise<Account | undefined> {
  const item = await table.get('sandbox', accountKey(id));
  return item && unpack<Account>(item.doc as Uint8Array);
}

export const writeAccount = (account: Account): Write => ({
  kind: 'put',
  table: 'sandbox',
  item: { ...accountKey(account.id), doc: pack(account) },
  when: absent,
});

/** A reference that was closed before any charge had it: no charge ever will. */
export interface Tombstone {
  readonly account: string;
  readonly reference: string;
  readonly closedMs: number;
}

async function load<T>(table: Table, key: Key, nowMs: number): Promise<T | undefined> {
  const item = await table.get('sandbox', key);
  if (!item || Number(item.expiresAt) <= seconds(nowMs)) return undefined;
  return unpack<T>(item.doc as Uint8Array);
}

export const loadCharge = (
  table: Table,
  account: string,
  reference: string,
  nowMs: number,
): Promise<Charge | undefined> =>
  load<Charge | Tombstone>(table, chargeKey(account, reference), nowMs).then((record) =>
    record && 'params' in record ? record : undefined,
  );
export const isTombstone = (table: Table, account: string, reference: string, nowMs: number): Promise<boolean> =>
  load<Charge | Tombstone>(table, chargeKey(account, reference), nowMs).then(
    (record) => record !== undefined && !('params' in record),
  );
export const loadRefund = (
  table: Table,
  account: string,
  reference: string,
  nowMs: number,
): Promise<Refund | undefined> => load(table, refundKey(account, reference), nowMs);
export const loadPayout = (
  table: Table,
  account: string,
  reference: string,
  nowMs: number,
): Promise<Payout | undefined> => load(table, payoutKey(account, reference), nowMs);

/** Missing, or expired and not yet deleted. */
const gone = (nowMs: number): Condition => any(absent, below('expiresAt', seconds(nowMs)));

const put = (
  key: Key,
  doc: object,
  nowMs: number,
  when: Condition,
  version = 1,
  retentionSeconds = RETENTION_SECONDS,
): Write => ({
  kind: 'put',
  table: 'sandbox',
  item: { ...key, v: version, doc: pack(doc), expiresAt: seconds(nowMs) + retentionSeconds },
  when,
});

/** Writes the charge as the successor of the version it was made from. */
export const writeCharge = (charge: Charge, nowMs: number): Write =>
  put(
    chargeKey(charge.account, charge.params.reference),
    charge,
    nowMs,
    charge.version === 1 ? gone(nowMs) : equal('v', charge.version - 1),
    charge.version,
    CHARGE_RETENTION_SECONDS,
  );

/** Closes a reference that no charge has. */
export const writeTombstone = (tombstone: Tombstone, nowMs: number): Write =>
  put(chargeKey(tombstone.account, tombstone.reference), tombstone, nowMs, gone(nowMs));

export const writeRefund = (refund: Refund, nowMs: number): Write =>
  put(
    refundKey(refund.account, refund.params.reference),
    refund,
    nowMs,
    refund.version === 1 ? gone(nowMs) : equal('v', refund.version - 1),
    refund.version,
  );

/** Changes noted in one partition: a day of an account (UTC). */
const DAY_MS = 86_400_000;
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
const KINDS = { charge: 'c', refund: 'r', payout: 'o' } as const;
type Listable = keyof typeof KINDS;
const ABOUT: Readonly<Record<string, Listable>> = { c: 'charge', r: 'refund', o: 'payout' };

/**
 * Notes that the charge, refund or payout changes about now, for lists by time. Before the change, so that no change is without its note; a note
 * without a change lists something as it was.
 */
export const writeChange = (account: string, about: Listable, reference: string, nowMs: number): Write => ({
  kind: 'put',
  table: 'sandbox',
  item: {
    pk: `l#${account}#${dayOf(nowMs)}`,
    sk: `${timeText(nowMs)}${KINDS[about]}${reference}`,
    expiresAt: seconds(nowMs) + RETENTION_SECONDS,
  },
  when: any(absent, present),
});

/** A page of the changes of one day, oldest first; `after` is the sort key where it goes on. */
export async function loadChanges(
  table: Table,
  account: string,
  day: number,
  range: { readonly sinceMs: number; readonly untilMs: number; readonly after: string; readonly limit: number },
): Promise<{
  readonly changes: readonly { readonly about: Listable; readonly reference: string }[];
  readonly after?: string;
}> {
  const { items, after } = await table.query('sandbox', {
    pk: `l#${account}#${day}`,
    from: timeText(range.sinceMs),
    to: `${timeText(range.untilMs)}~`,
    limit: range.limit,
    ...(range.after !== '' && { after: range.after }),
  });
  const changes = items.map(({ sk }) => ({ about: ABOUT[sk.charAt(7)]!, reference: sk.slice(8) }));
  return { changes, ...(after !== undefined && { after }) };
}

export const writePayout = (payout: Payout, nowMs: number): Write =>
  put(payoutKey(payout.account, payout.params.reference), payout, nowMs, gone(nowMs));
