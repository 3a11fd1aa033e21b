/**
 * What ingesting a statement keeps, in the ledger's table: the file under way or booked, the claim of each line, and the lines in suspense. A line belongs
 * to the file that claims it first, for good, so a file that is read again, or by two functions at once, counts its own lines once.
 */
import { createHash } from 'node:crypto';
import type { Handles } from '../channels/port/handles.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import { type ObjectKey, type Scope, timeText } from '../kernel/ids.ts';
import { commitNamed, tryCommit } from '../table/commit.ts';
import { pack, unpack } from '../table/pack.ts';
import { absent, any, equal, type Item, type Key, present, type Table, type Write } from '../table/table.ts';
import { type CheckedLine, moneyOfLine } from './checked-line.ts';
import type { LineCounts } from './record.ts';
import type { Sums, SuspenseReason, Verdict } from './sums.ts';

/** A file of a channel's account: reading, or booked as the statement `body`. */
export interface StatementFile extends ChannelAccount {
  readonly scope: Scope;
  readonly version: number;
  readonly sha256: string;
  /** In so many parts its bytes are stored (parts.ts). */
  readonly parts: number;
  readonly status: 'reading' | 'booked';
  readonly startedMs: number;
  /** Lines of the whole file. */
  readonly lineCount: number;
  /** What the lines so far add up to; `read` of them are claimed. */
  readonly counts: LineCounts;
  readonly sums: Sums;
  readonly body?: ObjectKey;
}

const fileKey = (
  { scope, sha256 }: Pick<StatementFile, 'scope' | 'sha256'>,
  { channel, account }: ChannelAccount,
): Key => ({
  pk: `${scope}#file`,
  sk: `${channel}#${account}#${sha256}`,
});
const fileOf = (item: Item): StatementFile => unpack<StatementFile>(item.doc as Uint8Array);

export async function loadFile(
  table: Table,
  of: ChannelAccount & Pick<StatementFile, 'scope' | 'sha256'>,
): Promise<StatementFile | undefined> {
  const item = await table.get('ledger', fileKey(of, of));
  return item && fileOf(item);
}

/** Writes the file: version 1 must not exist yet, a later one must follow the one it was made from. */
export const putFile = (file: StatementFile): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...fileKey(file, file), status: file.status, v: file.version, doc: pack(file) },
  when: file.version === 1 ? absent : equal('v', file.version - 1),
});

/** Files of every merchant that are being read: one that stays here broke off. */
const READING = 'statements-reading';
const readingKey = ({ scope, sha256, channel, account }: StatementFile): Key => ({
  pk: READING,
  sk: `${scope}#${channel}#${account}#${sha256}`,
});

/** Notes that the file is being read; written with its first version. */
export const noteReading = (file: StatementFile): Write => ({
  kind: 'put',
  table: 'ledger',
  item: { ...readingKey(file), startedMs: file.startedMs },
  when: any(absent, present),
});
/** Takes the note away; with the booking. */
export const forgetReading = (file: StatementFile): Write => ({
  kind: 'delete',
  table: 'ledger',
  key: readingKey(file),
  when: any(absent, present),
});

/** Names of the files that were begun before `ms` and are not booked. */
export async function readingSince(table: Table, ms: number): Promise<readonly string[]> {
  const { items } = await table.query('ledger', { pk: READING });
  return items.filter(({ startedMs }) => Number(startedMs) < ms).map(({ sk }) => sk);
}

/** The name of a line in keys: the same line of the account has the same, in any file. */
const nameOf = ({ channel, account }: ChannelAccount, { id }: CheckedLine): string =>
  createHash('sha256').update(`${channel}|${account}|${id}`).digest('hex');

const claimKey = (scope: Scope, name: string): Key => ({
  pk: `${scope}#line#${name.charAt(0)}`,
  sk: name.slice(0, 40),
});

/** `ours`: the line counts for this file, with the verdict of the first claim. `known`: another one counts. `differs`: another one, with other money. */
export type Claim = { readonly is: 'ours'; readonly verdict: Verdict } | { readonly is: 'known' | 'differs' };

/**
 * Claims the line, the n-th of its file. The verdict is frozen with the claim: a file that is read again after a break has the same sums, whatever was
 * learned about the line's object since.
 */
export async function claimLine(
  table: Table,
  file: Pick<StatementFile, 'scope' | 'sha256'> & ChannelAccount,
  { line, n, verdict }: { readonly line: CheckedLine; readonly n: number; readonly verdict: Verdict },
): Promise<Claim> {
  const { scope, sha256 } = file;
  const claimed = {
    file: sha256.slice(0, 32),
    n,
    money: moneyOfLine(line),
    as: verdict.as === 'booked' ? 'booked' : verdict.reason,
    expected: verdict.as === 'booked' ? (verdict.expectedFee ?? 0n) : 0n,
  };
  const item = { ...claimKey(scope, nameOf(file, line)), ...claimed };
  const conflict = await commitNamed(table, { claim: { kind: 'put', table: 'ledger', item, when: absent } });
  if (!conflict) return { is: 'ours', verdict };
  const { old } = conflict;
  if (!old) throw new Error(`the claim of line ${n} of ${sha256} cannot be read`);
  if (old.file === claimed.file && Number(old.n) === n) return { is: 'ours', verdict: verdictIn(old) };
  return { is: old.money === claimed.money ? 'known' : 'differs' };
}

function verdictIn({ as, expected }: Item): Verdict {
  if (as !== 'booked') return { as: 'suspended', reason: as as SuspenseReason };
  return { as: 'booked', expectedFee: BigInt(expected as bigint) };
}

/** A line that waits for a person. `differs`: a line of the same name was counted with other money, and this one moves none. */
export interface SuspendedLine extends ChannelAccount {
  readonly reason: SuspenseReason | 'differs';
  readonly id: string;
  readonly type: CheckedLine['type'];
  readonly ourReference?: string;
  readonly handles?: Handles;
  readonly gross: bigint;
  readonly currency: string;
  readonly net: bigint;
  readonly netCurrency: string;
  readonly occurredMs: number;
  readonly sha256: string;
  /** Its place in the file. */
  readonly line: number;
  readonly listedMs: number;
}

const suspensePartition = (scope: Scope): string => `${scope}#suspense`;

/** Lists the line; one that is listed stays as it is. */
export async function listSuspended(
  table: Table,
  file: Pick<StatementFile, 'scope' | 'sha256'> & ChannelAccount,
  line: CheckedLine,
  { reason, listedMs }: Pick<SuspendedLine, 'reason' | 'listedMs'>,
): Promise<void> {
  const { scope, channel, account, sha256 } = file;
  const { id, type, ourReference, handles, gross, currency, net, netCurrency, occurredMs, at } = line;
  const apart = reason === 'differs' ? `${sha256}${at.line}` : '';
  const name = createHash('sha256')
    .update(`${nameOf(file, line)}${apart}`)
    .digest('hex')
    .slice(0, 32);
  const suspended: SuspendedLine = {
    channel,
    account,
    reason,
    id,
    type,
    ...(ourReference !== undefined && { ourReference }),
    ...(handles !== undefined && { handles }),
    gross,
    currency,
    net,
    netCurrency,
    occurredMs,
    sha256,
    line: at.line,
    listedMs,
  };
  const item = {
    pk: suspensePartition(scope),
    sk: `${timeText(occurredMs)}${name}`,
    status: reason,
    doc: pack(suspended),
  };
  await tryCommit(table, { kind: 'put', table: 'ledger', item, when: absent });
}

/** A page of the lines in suspense, oldest first. */
export async function suspendedLines(
  table: Table,
  scope: Scope,
  page: { readonly limit?: number; readonly after?: string },
) {
  const { items, after } = await table.query('ledger', { pk: suspensePartition(scope), ...page });
  return { lines: items.map((item) => unpack<SuspendedLine>(item.doc as Uint8Array)), after };
}
