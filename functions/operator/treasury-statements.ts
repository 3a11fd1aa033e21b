/** Statements of channels by hand: their bytes stored in parts, booked step by step, and the lines that wait for a person. */
import { createHash } from 'node:crypto';
import { loadAccount } from '../channels/accounts/store.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import type { FetchStatement, ParseStatement } from '../channels/port/statement.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import { type Currency, decimalText } from '../kernel/money.ts';
import { listScopes } from '../merchants/store.ts';
import { exactText } from '../statements/exact.ts';
import { ingest } from '../statements/ingest.ts';
import { PART_BYTES, storePart } from '../statements/parts.ts';
import { type StatementFile, type SuspendedLine, suspendedLines } from '../statements/store.ts';
import { costsOf, unroundedOf } from '../statements/sums.ts';
import type { ByteFiles } from '../table/files.ts';
import type { Table } from '../table/table.ts';
import { CommandError } from './command-error.ts';

export interface StatementsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly bytes: ByteFiles;
  /** Loads the parser of a channel's statements; undefined for a channel that has none. */
  readonly parser: (channel: string) => (() => Promise<ParseStatement>) | undefined;
  /** Loads how a channel's statements are fetched; undefined for a channel of which an operator names a file. */
  readonly fetcher: (channel: string) => (() => Promise<FetchStatement>) | undefined;
  /** So many lines of a statement that was booked wait for a person. */
  readonly suspended: (lines: number) => void;
}

interface OfMerchant {
  readonly merchant: string;
  readonly mode: 'test' | 'live';
}
type OfAccount = OfMerchant & ChannelAccount;

/** No group of lines begins later in a call: a person waits for it. */
const STEP_MS = 60_000;
/** Lines of one page of those in suspense. */
const PAGE = 100;
/** A statement that is fetched is held in memory until its digest is known; a larger one is named as a file. */
const MOST_FETCHED_BYTES = 64 * 1024 * 1024;

/** The merchant's scope in a mode. @throws CommandError when it has none */
async function scopeOf(table: Table, { merchant, mode }: OfMerchant): Promise<Scope> {
  for await (const entry of listScopes(table))
    if (entry.merchant === merchant && entry.livemode === (mode === 'live')) return entry.scope;
  throw new CommandError(`merchant: ${merchant} has no ${mode} mode`);
}

/** The account, which must be the merchant's in this mode. @throws CommandError */
async function accountOf({ table }: StatementsDeps, of: OfAccount) {
  const { channel, account } = of;
  const scope = await scopeOf(table, of);
  const stored = await loadAccount(table, { channel, account });
  if (stored?.scope !== scope) throw new CommandError(`account: ${channel}/${account} is no account of this merchant`);
  return { scope, channel, account };
}

export async function storeStatementPart(
  deps: StatementsDeps,
  command: OfAccount & { readonly sha256: string; readonly part: number; readonly base64: string },
): Promise<object> {
  const of = { ...(await accountOf(deps, command)), sha256: command.sha256 };
  await storePart(deps.bytes, of, command.part, Buffer.from(command.base64, 'base64'));
  return { stored: command.part };
}

/** One step of booking. The caller asks again while the status is `reading`. */
export async function bookStatement(
  deps: StatementsDeps,
  command: OfAccount & { readonly sha256: string; readonly parts: number },
): Promise<object> {
  const load = deps.parser(command.channel);
  if (!load) throw new CommandError(`channel: ${command.channel} has no statements`);
  const stored = { ...(await accountOf(deps, command)), sha256: command.sha256, parts: command.parts };
  const file = await ingest(ingestDeps(deps), stored, await load(), deps.clock.nowMs() + STEP_MS);
  if (file.status === 'booked' && file.counts.suspended > 0) deps.suspended(file.counts.suspended);
  return renderFile(file);
}

const ingestDeps = ({ table, clock, bytes }: StatementsDeps) => ({ table, clock, files: bytes });

/** Fetches the statement of a day and stores its bytes. @returns what `book-statement` needs */
export async function fetchStatement(
  deps: StatementsDeps,
  command: OfAccount & { readonly date: string },
): Promise<object> {
  const load = deps.fetcher(command.channel);
  if (!load) throw new CommandError(`channel: statements of ${command.channel} are not fetched; name a file`);
  const of = await accountOf(deps, command);
  const fetch = await load();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of fetch(of, command.date)) {
    pieces.push(piece);
    length += piece.length;
    if (length > MOST_FETCHED_BYTES) throw new CommandError('statement: too large to be fetched; name a file');
  }
  const bytes = Buffer.concat(pieces);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const parts = Math.ceil(bytes.length / PART_BYTES);
  for (let part = 1; part <= parts; part++)
    await storePart(deps.bytes, { ...of, sha256 }, part, bytes.subarray((part - 1) * PART_BYTES, part * PART_BYTES));
  return { sha256, parts };
}

/** A page of the lines in suspense, oldest first. */
export async function unmatched(
  { table }: StatementsDeps,
  command: OfMerchant & { readonly after?: string | undefined },
): Promise<object> {
  const page = { limit: PAGE, ...(command.after !== undefined && { after: command.after }) };
  const { lines, after } = await suspendedLines(table, await scopeOf(table, command), page);
  return { lines: lines.map(renderSuspended), ...(after !== undefined && { after }) };
}

/** The file for people: amounts are decimals of the major unit. */
function renderFile({ channel, account, sha256, status, lineCount, counts, sums, body }: StatementFile): object {
  const currencies = (Object.keys(sums).sort() as Currency[]).map((currency) => {
    const of = sums[currency]!;
    const text = (amount: bigint): string => decimalText(amount, currency);
    const { cost, disputeCost, rounding } = costsOf(currency, of);
    return {
      currency,
      settled: text(of.settled),
      cost: text(cost),
      dispute_cost: text(disputeCost),
      rounding: text(rounding),
      fees_exact: exactText(of.fees + of.disputeFees),
      fees_unrounded: exactText(unroundedOf(currency, of)),
      suspense_over: text(of.over),
      suspense_short: text(of.short),
      ...(of.exchanged !== 0n && { exchanged: text(of.exchanged) }),
    };
  });
  const of = { statement: body ?? null, channel, account, sha256, status };
  return { ...of, lines: { total: lineCount, ...counts }, currencies };
}

const renderSuspended = (line: SuspendedLine): object => ({
  ...line,
  gross: String(line.gross),
  net: String(line.net),
  occurredMs: undefined,
  listedMs: undefined,
  occurred: new Date(line.occurredMs).toISOString(),
  listed: new Date(line.listedMs).toISOString(),
});
