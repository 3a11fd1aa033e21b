/**
 * From the bytes of a statement to its entries. The file is read twice: once to check every line before any is used, and once to claim the lines and sum
 * them. Each step is bounded and may break off anywhere: the next one carries on, and a line counts once.
 */
import { type ParseStatement, StatementRefused } from '../channels/port/statement.ts';
import type { Clock } from '../kernel/clock.ts';
import { periodKey } from '../ledger/keys.ts';
import { isOpenAt, journalPut } from '../ledger/store.ts';
import { commitNamed, LOST, retryRaces, tryCommit } from '../table/commit.ts';
import type { ByteFiles } from '../table/files.ts';
import type { Table } from '../table/table.ts';
import { type CheckedLine, checkedLine } from './checked-line.ts';
import { verdictsOf } from './match.ts';
import { bytesOf, type StoredFile } from './parts.ts';
import { entriesOfStatement, type LineCounts, putStatement, type Statement, statementBody } from './record.ts';
import {
  claimLine,
  forgetReading,
  listSuspended,
  loadFile,
  noteReading,
  putFile,
  type StatementFile,
} from './store.ts';
import { type Sums, withLine } from './sums.ts';

export interface IngestDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly files: Pick<ByteFiles, 'getBytes'>;
}

/** Lines that are held at a time: claimed side by side, with one note of what they add up to. */
const LINES_AT_ONCE = 100;
const NOTHING: LineCounts = { read: 0, booked: 0, suspended: 0, known: 0 };

/**
 * Carries on with the file until it is booked, or the clock reaches `untilMs` after some progress. A file that is booked stays as it is.
 * @throws StatementRefused for a file of which a line is not as the channel documents it; nothing of it is used
 * @throws PartsDiffer where the stored bytes are not the file
 */
export async function ingest(
  deps: IngestDeps,
  stored: StoredFile,
  parse: ParseStatement,
  untilMs: number,
): Promise<StatementFile> {
  let file = (await loadFile(deps.table, stored)) ?? (await begin(deps, stored, parse));
  if (file.status === 'booked') return file;
  const { read } = file.counts;
  for await (const lines of linesFrom(deps, file, parse, read)) {
    const next = await withLines(deps, file, lines);
    // Another function reads the same file: the caller asks again, and goes on from what that one has done.
    if (!(await tryCommit(deps.table, putFile(next)))) return (await loadFile(deps.table, stored)) ?? file;
    file = next;
    if (deps.clock.nowMs() >= untilMs && file.counts.read < file.lineCount) return file;
  }
  return book(deps, file);
}

/** Reads the whole file, so that a fault in its last line is found before its first is used. */
async function begin(deps: IngestDeps, stored: StoredFile, parse: ParseStatement): Promise<StatementFile> {
  let lineCount = 0;
  for await (const line of parse(bytesOf(deps.files, stored))) {
    checkedLine(line);
    lineCount += 1;
  }
  const { scope, channel, account, sha256, parts } = stored;
  const file: StatementFile = {
    scope,
    channel,
    account,
    sha256,
    parts,
    version: 1,
    status: 'reading',
    startedMs: deps.clock.nowMs(),
    lineCount,
    counts: NOTHING,
    sums: {},
  };
  if (await tryCommit(deps.table, putFile(file), noteReading(file))) return file;
  return (await loadFile(deps.table, stored)) ?? file;
}

/** The lines behind the first `skip`, in groups. The digest is compared when the last one has been read. */
async function* linesFrom(
  deps: IngestDeps,
  file: StatementFile,
  parse: ParseStatement,
  skip: number,
): AsyncGenerator<readonly CheckedLine[], void> {
  let n = 0;
  let group: CheckedLine[] = [];
  for await (const line of parse(bytesOf(deps.files, file))) {
    n += 1;
    if (n <= skip) continue;
    if (n > file.lineCount) throw new StatementRefused('the file has more lines than when it was checked', line.at);
    group.push(checkedLine(line));
    if (group.length < LINES_AT_ONCE || n === file.lineCount) continue;
    yield group;
    group = [];
  }
  if (n !== file.lineCount) throw new Error(`the statement ${file.sha256} has ${n} lines, and had ${file.lineCount}`);
  if (group.length > 0) yield group;
}

/** The file with these lines claimed, listed where they wait for a person, and added up. */
async function withLines(deps: IngestDeps, file: StatementFile, lines: readonly CheckedLine[]): Promise<StatementFile> {
  const { table, clock } = deps;
  const first = file.counts.read + 1;
  const verdicts = await verdictsOf(table, file, lines);
  const claims = await Promise.all(
    lines.map((line, at) => claimLine(table, file, { line, n: first + at, verdict: verdicts[at]! })),
  );
  let sums: Sums = file.sums;
  const counts = { ...file.counts };
  const listed: Promise<void>[] = [];
  for (const [at, claim] of claims.entries()) {
    const line = lines[at]!;
    const reason =
      claim.is === 'differs'
        ? 'differs'
        : claim.is === 'ours' && claim.verdict.as === 'suspended'
          ? claim.verdict.reason
          : undefined;
    if (reason !== undefined) listed.push(listSuspended(table, file, line, { reason, listedMs: clock.nowMs() }));
    counts.read += 1;
    counts[claim.is !== 'ours' ? 'known' : claim.verdict.as] += 1;
    if (claim.is === 'ours') sums = withLine(sums, line, claim.verdict);
  }
  await Promise.all(listed);
  return { ...file, version: file.version + 1, counts, sums };
}

/** Books the sums: the record, its entries and the file's end are one transaction, so a file is booked once. */
async function book(deps: IngestDeps, file: StatementFile): Promise<StatementFile> {
  const { table, clock } = deps;
  const { scope, channel, account, sha256, counts, sums } = file;
  return retryRaces(
    async () => {
      const nowMs = clock.nowMs();
      const body = statementBody(file, nowMs);
      const statement: Statement = { scope, body, channel, account, sha256, lines: counts, sums, createdMs: nowMs };
      const booked: StatementFile = { ...file, version: file.version + 1, status: 'booked', body };
      const conflict = await commitNamed(table, {
        file: putFile(booked),
        reading: forgetReading(booked),
        statement: putStatement(statement),
        entries: entriesOfStatement(statement).map((entry) => journalPut(scope, entry)),
        period: { kind: 'check', table: 'ledger', key: periodKey(scope), when: isOpenAt(nowMs) },
      });
      if (!conflict) return booked;
      if (conflict.on === 'file') return (await loadFile(table, file)) ?? file;
      // A close came between: booked again, with a time behind it.
      return LOST;
    },
    () => {
      throw new Error(`the statement ${sha256} of ${channel} ${account} cannot be booked: its period is being closed`);
    },
  );
}
