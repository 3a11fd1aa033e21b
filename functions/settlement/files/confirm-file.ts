/**
 * What the operator reports of a payout file, as a bank's answer: paid, but for the payouts that are named with a failure. Reported again it changes nothing,
 * and a payout that is named after it was paid is one that the bank sent back.
 */
import { orderKey, orderOf, stateOf } from '../../channels/file/bank.ts';
import type { Payout } from '../../payouts/payout.ts';
import { payoutByReference } from '../../payouts/store.ts';
import { tryCommit } from '../../table/commit.ts';
import { any, equal, type Table, type Write } from '../../table/table.ts';
import { type BankDeps, commitOutcome } from '../pay.ts';
import { fileItem, fileKey, type PayoutFile, payoutFileOf } from './payout-file.ts';
import { membersOf } from './write-file.ts';

/** A payout that the operator names is not in the file. */
export class NotInFile extends Error {
  override readonly name = 'NotInFile';
}

export interface Confirmation {
  readonly paid: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Applies it to every payout of a file that was written. `failures`: codes by payout id.
 * @returns the payouts as they stand then
 * @throws NotInFile before anything is changed
 */
export async function confirmFile(
  deps: Pick<BankDeps, 'table' | 'clock'>,
  file: PayoutFile,
  failures: ReadonlyMap<string, string>,
): Promise<Confirmation> {
  const { table } = deps;
  const references = await membersOf(table, file.id);
  const payouts: Payout[] = [];
  for (const reference of references) {
    const payout = await payoutByReference(table, reference);
    if (!payout) throw new NotInFile(`the order ${reference} of ${file.id} has no payout`);
    payouts.push(payout);
  }
  const ids = new Set(payouts.map(({ body }) => `po_${body}`));
  for (const id of failures.keys()) if (!ids.has(id)) throw new NotInFile(`${id} is not in the payout file ${file.id}`);
  const ended: Payout[] = [];
  for (const payout of payouts) ended.push(await report(deps, file, payout, failures.get(`po_${payout.body}`)));
  await markConfirmed(table, file, deps.clock.nowMs());
  const named = (status: Payout['status']) =>
    ended.flatMap((payout) => (payout.status === status ? [`po_${payout.body}`] : []));
  return { paid: named('paid'), failed: named('failed') };
}

/** The order first, which the settlement and the janitor ask about; then the payout. A break between the two is closed by either. */
async function report(
  deps: Pick<BankDeps, 'table' | 'clock'>,
  { id }: PayoutFile,
  payout: Payout,
  code: string | undefined,
): Promise<Payout> {
  const { table } = deps;
  const key = orderKey(payout.reference);
  const set = (changes: Record<string, string>, when: Extract<Write, { kind: 'update' }>['when']): Write => ({
    kind: 'update',
    table: 'ledger',
    key,
    set: changes,
    when,
  });
  const ordered = equal('status', 'ordered');
  // False: it was reported before, and what was reported first stands, but for what came back.
  if (code === undefined) await tryCommit(table, set({ status: 'paid', traceId: id }, ordered));
  else await tryCommit(table, set({ status: 'failed', code }, any(ordered, equal('status', 'paid'))));
  const item = await table.get('ledger', key);
  if (!item) throw new Error(`the order ${payout.reference} is gone`);
  return commitOutcome(deps, payout, stateOf(orderOf(item)));
}

async function markConfirmed(table: Table, { livemode, id }: PayoutFile, nowMs: number): Promise<void> {
  const item = await table.get('ledger', fileKey(livemode, id));
  const { file, n } = payoutFileOf(item!);
  if (file.confirmedMs !== undefined) return;
  const confirmed = fileItem({ ...file, confirmedMs: nowMs }, n);
  // A conflict: another call was first.
  await tryCommit(table, { kind: 'put', table: 'ledger', item: confirmed, when: equal('status', 'written') });
}
