/**
 * Which lines of a statement our records account for: the object has entries at this channel over exactly the line's gross. Whether all lines of an object
 * together are right, and which objects have no line, is for reconciliation.
 */
import type { ChannelAccount } from '../channels/port/port.ts';
import { DISPUTE } from '../disputes/store.ts';
import { type ObjectKey, parseChannelReference, type Scope } from '../kernel/ids.ts';
import { accounts } from '../ledger/accounts.ts';
import { credited, type JournalEntry } from '../ledger/entry.ts';
import { linkedToPayment, PAYMENT } from '../payments/store.ts';
import { REFUND } from '../refunds/store.ts';
import { changeOf } from '../stream/change.ts';
import { everyEntryOf } from '../stream/posting.ts';
import { getAll, pagesOf } from '../table/bulk.ts';
import { keyOf, recordOf } from '../table/record.ts';
import type { Item, Key, Table } from '../table/table.ts';
import type { CheckedLine } from './checked-line.ts';
import type { Verdict } from './sums.ts';

/** Whose lines they are. */
export interface LinesOf extends ChannelAccount {
  readonly scope: Scope;
}

const BOOKED: Verdict = { as: 'booked' };
const UNKNOWN: Verdict = { as: 'suspended', reason: 'unknown' };
const OTHER_AMOUNT: Verdict = { as: 'suspended', reason: 'amount' };
const ADJUSTMENT: Verdict = { as: 'suspended', reason: 'adjustment' };

/** The verdict on each line, in their order. One read per line that names an object, a hundred at a time. */
export async function verdictsOf(
  table: Table,
  of: LinesOf,
  lines: readonly CheckedLine[],
): Promise<readonly Verdict[]> {
  const keys = lines.map((line) => recordKeyOf(of, line));
  const wanted = keys.filter((key) => key !== undefined);
  const items = await getAll(
    table,
    wanted.map((key) => ({ table: 'payments', key })),
  );
  const found = new Map(items.flatMap((item, at) => (item ? [[textOf(wanted[at]!), item] as const] : [])));
  return Promise.all(
    lines.map((line, at) => {
      const key = keys[at];
      return verdictOf(table, of, line, key && found.get(textOf(key)));
    }),
  );
}

const textOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** Where the record of the line stands: of its refund, or of its payment. */
function recordKeyOf({ scope }: LinesOf, { type, ourReference }: CheckedLine): Key | undefined {
  if (type === 'fee' || type === 'payout' || type === 'adjustment') return undefined;
  const parsed = ourReference === undefined ? undefined : parseChannelReference(ourReference);
  if (!parsed || parsed.scope !== scope) return undefined;
  const isRefund = parsed.ordinal === 0;
  if (isRefund !== (type === 'refund') && isRefund) return undefined;
  return keyOf(isRefund ? REFUND : PAYMENT, scope, parsed.objectKey);
}

async function verdictOf(table: Table, of: LinesOf, line: CheckedLine, item: Item | undefined): Promise<Verdict> {
  if (line.type === 'fee' || line.type === 'payout') return BOOKED;
  if (line.type === 'adjustment') return ADJUSTMENT;
  if (!item) return UNKNOWN;
  if (line.type === 'dispute' || line.type === 'dispute_reversed') return disputeVerdict(table, of, line);
  const entries = entriesAt(of, line, entriesIn(item));
  if (entries.length === 0) return UNKNOWN;
  const amounts = entries.map((entry) => owedBy(of, entry)).filter((amount) => amount !== 0n);
  const taken = amounts.filter((amount) => amount > 0n).reduce((sum, amount) => sum + amount, 0n);
  // A channel lists a payment in one line, also where we captured it in several.
  return amounts.includes(line.gross) || (line.type === 'payment' && taken === line.gross && taken > 0n)
    ? BOOKED
    : OTHER_AMOUNT;
}

const entriesIn = (item: Item): readonly JournalEntry[] => everyEntryOf(changeOf(undefined, item)!);

/** The object's entries under the line's reference and in its currency. The return of unapplied money has its payment's. */
function entriesAt(of: LinesOf, line: CheckedLine, entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const isReturn = line.type === 'refund' && parseChannelReference(line.ourReference!)!.ordinal > 0;
  return entries.filter(
    (entry) =>
      entry.currency === line.currency &&
      owedBy(of, entry) !== 0n &&
      (isReturn ? entry.type === 'surplus_returned' : entry.reference === line.ourReference),
  );
}

/** What the entry adds to what the channel owes. */
const owedBy = ({ channel }: LinesOf, entry: JournalEntry): bigint => -credited(entry, accounts.channel(channel));

/** Disputes are linked to their payment. Their fee was booked with them, so only what the channel keeps beyond it is new. */
async function disputeVerdict(table: Table, of: LinesOf, line: CheckedLine): Promise<Verdict> {
  const { scope } = of;
  const payment = parseChannelReference(line.ourReference!)!.objectKey;
  const disputes = (await linkedItems(table, scope, payment))
    .filter(({ kind }) => kind === DISPUTE.name)
    .map((item) => ({ dispute: recordOf(DISPUTE, item), entries: entriesAt(of, line, entriesIn(item)) }))
    .filter(({ entries }) => entries.length > 0);
  if (disputes.length === 0) return UNKNOWN;
  const isReversal = line.type === 'dispute_reversed';
  const same = disputes.find(
    ({ dispute, entries }) =>
      entries.some(({ type }) => type === (isReversal ? 'dispute_won' : 'dispute_opened')) &&
      (isReversal ? dispute.amount : -dispute.amount) === line.gross,
  );
  if (!same) return OTHER_AMOUNT;
  return isReversal ? BOOKED : { as: 'booked', expectedFee: same.dispute.fee };
}

async function linkedItems(table: Table, scope: Scope, payment: ObjectKey): Promise<readonly Item[]> {
  const keys: Key[] = [];
  const query = { index: 'links', pk: linkedToPayment(scope, payment) } as const;
  for await (const page of pagesOf(table, 'payments', query)) keys.push(...page.map(({ pk, sk }) => ({ pk, sk })));
  const items = await getAll(
    table,
    keys.map((key) => ({ table: 'payments', key })),
  );
  return items.filter((item) => item !== undefined);
}
