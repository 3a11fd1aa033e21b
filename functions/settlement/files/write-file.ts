/**
 * Writing payout files. An order is claimed by one file, for good, in the transaction that also counts it in the file. The file's end is written on the
 * condition of that count, so no order is in a file and not in its bytes. What breaks off is carried on by the next call.
 */
import { createHash } from 'node:crypto';
import { orderKey, unfiledKey, unfiledPartition } from '../../channels/file/bank.ts';
import type { Clock } from '../../kernel/clock.ts';
import { newObjectKey, type RandomText, type Scope } from '../../kernel/ids.ts';
import type { BankDetails } from '../../merchants/bank-details.ts';
import type { BankAccount } from '../../merchants/merchant.ts';
import { listScopes } from '../../merchants/store.ts';
import { payoutByReference } from '../../payouts/store.ts';
import { pagesOf } from '../../table/bulk.ts';
import { LOST, retryRaces, tryCommit } from '../../table/commit.ts';
import type { Files } from '../../table/files.ts';
import { absent, all, equal, missing, present, type Table, type Write } from '../../table/table.ts';
import { pain001 } from './pain001.ts';
import { payoutCsv } from './payout-csv.ts';
import {
  bytesKey,
  type Debtor,
  fileItem,
  fileKey,
  filesPartition,
  membersPartition,
  type PayoutFile,
  type PayoutFormat,
  payoutFileOf,
  type Transfer,
} from './payout-file.ts';

export interface PayoutFilesDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly files: Files;
  /** Opens the details of a bank account; undefined for one that has none. */
  readonly details: (scope: Scope, bank: BankAccount) => Promise<BankDetails | undefined>;
}

/** More do not fit the answer of a function: the rest is in the next file. */
const MOST_TRANSFERS = 4_000;
/** Orders claimed in one transaction: three writes each, and the file's. */
const CLAIMED_AT_ONCE = 30;
/** Files that are looked at for one that is still open. */
const RECENT = 50;

/** What cannot be put into a file names the payout, and no detail of its bank account. */
export class NoBankDetails extends Error {
  override readonly name = 'NoBankDetails';
}

export interface WantedFile {
  readonly livemode: boolean;
  readonly format: PayoutFormat;
  readonly debtor: Debtor;
}

/**
 * Writes a file with every order that none has, or ends the one that an earlier call began. It has the format and the debtor of the call that ends it: the
 * earlier one may have been refused for its own. Undefined where there is no order.
 * @throws NoBankDetails for a payout whose bank account has no details
 */
export async function writePayoutFile(deps: PayoutFilesDeps, wanted: WantedFile): Promise<PayoutFile | undefined> {
  const file = (await openFile(deps.table, wanted.livemode)) ?? (await newFile(deps, wanted));
  await claimOrders(deps.table, file);
  return retryRaces(
    () => end(deps, file.id, wanted),
    () => {
      throw new Error(`the payout file ${file.id} changes too often to write it`);
    },
  );
}

async function openFile(table: Table, livemode: boolean): Promise<PayoutFile | undefined> {
  const { items } = await table.query('ledger', { pk: filesPartition(livemode), newestFirst: true, limit: RECENT });
  const open = items.filter(({ status }) => status === 'open').map(payoutFileOf);
  // Two calls may have begun one each: the one with orders first, for nothing else ends it.
  return (open.findLast(({ n }) => n > 0) ?? open.at(-1))?.file;
}

async function newFile(
  { table, clock, random }: PayoutFilesDeps,
  { livemode, format, debtor }: WantedFile,
): Promise<PayoutFile> {
  const nowMs = clock.nowMs();
  const file: PayoutFile = { id: `pf_${newObjectKey(nowMs, random)}`, livemode, format, debtor, createdMs: nowMs };
  await table.commit({ kind: 'put', table: 'ledger', item: fileItem(file, 0), when: absent });
  return file;
}

/** Claims the orders of every merchant that no file has. */
async function claimOrders(table: Table, file: PayoutFile): Promise<void> {
  let room = MOST_TRANSFERS - (await membersOf(table, file.id)).length;
  for await (const { scope, livemode } of listScopes(table)) {
    if (livemode !== file.livemode) continue;
    for await (const page of pagesOf(table, 'ledger', { pk: unfiledPartition(scope) }))
      for (let from = 0; from < page.length && room > 0; from += CLAIMED_AT_ONCE) {
        const group = page.slice(from, Math.min(from + CLAIMED_AT_ONCE, from + room)).map(({ sk }) => sk);
        if (await claim(table, file, group)) room -= group.length;
        // Another file has one of them: the others one by one.
        else for (const one of group) if (await claim(table, file, [one])) room -= 1;
      }
  }
}

/** Whether this file has claimed them: all or none. */
const claim = (table: Table, { id, livemode }: PayoutFile, references: readonly string[]): Promise<boolean> =>
  tryCommit(
    table,
    {
      kind: 'update',
      table: 'ledger',
      key: fileKey(livemode, id),
      add: { n: references.length },
      when: equal('status', 'open'),
    },
    ...references.flatMap((reference): Write[] => [
      { kind: 'delete', table: 'ledger', key: unfiledKey(reference), when: present },
      {
        kind: 'update',
        table: 'ledger',
        key: orderKey(reference),
        set: { file: id },
        when: all(present, missing('file')),
      },
      { kind: 'put', table: 'ledger', item: { pk: membersPartition(id), sk: reference }, when: absent },
    ]),
  );

/** References of the transfers of a file, in their order. */
export async function membersOf(table: Table, id: string): Promise<readonly string[]> {
  const references: string[] = [];
  for await (const page of pagesOf(table, 'ledger', { pk: membersPartition(id) }))
    references.push(...page.map(({ sk }) => sk));
  return references;
}

/** Stores the bytes, and ends the file with them unless an order came meanwhile. */
async function end(
  deps: PayoutFilesDeps,
  id: string,
  { livemode, format, debtor }: WantedFile,
): Promise<PayoutFile | undefined | typeof LOST> {
  const { table, clock, files } = deps;
  const item = await table.get('ledger', fileKey(livemode, id));
  if (!item) throw new Error(`there is no payout file ${id}`);
  const { file, n } = payoutFileOf(item);
  if (file.written) return file;
  const references = await membersOf(table, id);
  if (references.length !== n) return LOST;
  if (n === 0) return undefined;
  const transfers = await Promise.all(references.map((reference) => transferOf(deps, reference)));
  // The file is dated when it is written: one that was begun and stayed empty is older.
  const atMs = clock.nowMs();
  const dated = { ...file, format, debtor, createdMs: atMs };
  const content = format === 'csv' ? payoutCsv(transfers) : pain001(dated, transfers);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const key = bytesKey(dated, sha256);
  await files.put(key, content, format === 'csv' ? 'text/csv' : 'application/xml');
  const sums: Record<string, bigint> = {};
  for (const { currency, amount } of transfers) sums[currency] = (sums[currency] ?? 0n) + amount;
  const written: PayoutFile = { ...dated, written: { atMs, key, sha256, count: n, sums } };
  const write: Write = {
    kind: 'put',
    table: 'ledger',
    item: fileItem(written, n),
    when: all(equal('status', 'open'), equal('n', n)),
  };
  return (await tryCommit(table, write)) ? written : LOST;
}

async function transferOf({ table, details }: PayoutFilesDeps, reference: string): Promise<Transfer> {
  const payout = await payoutByReference(table, reference);
  if (!payout) throw new NoBankDetails(`the order ${reference} has no payout`);
  const to = await details(payout.scope, payout.bank);
  if (!to) throw new NoBankDetails(`po_${payout.body}: its bank account has no details for a payout file`);
  return {
    reference: payout.reference,
    amount: payout.amount,
    currency: payout.currency,
    to,
    text: payout.statementDescriptor ?? `po_${payout.body}`,
  };
}

/** The file, or undefined. */
export async function loadPayoutFile(table: Table, livemode: boolean, id: string): Promise<PayoutFile | undefined> {
  const item = await table.get('ledger', fileKey(livemode, id));
  return item && payoutFileOf(item).file;
}

/** Ids of the newest files that were written and not confirmed, the newest first. */
export async function unconfirmedFiles(table: Table, livemode: boolean): Promise<readonly string[]> {
  const { items } = await table.query('ledger', { pk: filesPartition(livemode), newestFirst: true, limit: RECENT });
  return items
    .map((item) => payoutFileOf(item).file)
    .flatMap(({ id, written, confirmedMs }) => (written && confirmedMs === undefined ? [id] : []));
}

/** The bytes of a file that was written: the same each time. @throws Error where they are gone or were changed */
export async function contentOf({ files }: Pick<PayoutFilesDeps, 'files'>, file: PayoutFile): Promise<string> {
  const { key, sha256 } = file.written!;
  const content = await files.get(key);
  if (content === undefined) throw new Error(`the payout file ${key} is gone`);
  if (createHash('sha256').update(content).digest('hex') !== sha256)
    throw new Error(`the payout file ${key} was changed`);
  return content;
}
