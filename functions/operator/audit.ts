/**
 * The audit of one merchant and mode: every record against its entries, every entry against its record, batches against manifests and payouts,
 * balances against entries (I1, I2, I4 to I6, I9, I10, I18), and records against the channel's own list (I11, I15). It changes nothing. It walks
 * everything, in steps of bounded time and memory: the cursor of one step is all that the next one needs.
 */
import * as z from 'zod/mini';
import type { ChannelAccount } from '../channels/port/port.ts';
import { type Scope, shardsOf, timeText } from '../kernel/ids.ts';
import { journalPartition } from '../ledger/keys.ts';
import { POSTED_MS } from '../ledger/post.ts';
import { entryOf, loadPeriod } from '../ledger/store.ts';
import type { Settings } from '../merchants/merchant.ts';
import { batchOf, batchPartition } from '../settlement/batch-record.ts';
import { statementOf, statementPartition } from '../statements/record.ts';
import { MONEY_KINDS } from '../stream/records.ts';
import { partitionOf } from '../table/record.ts';
import type { Item } from '../table/table.ts';
import { auditBatches, type BatchAuditDeps } from './audit-batches.ts';
import { auditEntries, auditTotals, type BooksAudit, walkedTotals } from './audit-books.ts';
import { auditChannel, parsePlace, placeText } from './audit-channel.ts';
import { auditRecords, auditStatements } from './audit-records.ts';
import type { ChannelAuditDeps } from './channel-pairs.ts';
import { CommandError } from './command-error.ts';

/** Records or entries of one query; batches one by one, for each may be behind a manifest of a hundred thousand entries. */
const PAGE = { records: 100, batches: 1, statements: 100, entries: 100 } as const;
/** No query begins later in a step: the function has 15 minutes, and people wait for each step. */
const STEP_MS = 30_000;

export interface AuditDeps extends BatchAuditDeps, ChannelAuditDeps {}

/** What a step looked at. */
export interface Counts {
  readonly records: number;
  readonly batches: number;
  readonly statements: number;
  readonly entries: number;
  /** Charges, refunds and payouts that the channel listed. */
  readonly listed: number;
}

export interface AuditStep {
  readonly looked: Counts;
  /** What does not agree, each with the ids of what it is about. */
  readonly differences: readonly string[];
  /** Set while there is more: the next step's. */
  readonly cursor?: string;
  /** After the last step: sum of the accounts per currency. */
  readonly sums?: BooksAudit['sums'];
  /** A period was closed meanwhile, so the entries counted so far may overlap with those that it took: the audit starts again. */
  readonly again?: true;
}

const amount = z.pipe(
  z.string().check(z.regex(/^-?\d{1,30}$/)),
  z.transform((text) => BigInt(text)),
);
/** Where a step ended. */
const cursors = z.strictObject({
  at: z.int().check(z.minimum(0)),
  after: z.optional(z.string().check(z.maxLength(200))),
  /** When the audit began: what is committed later is not compared. */
  startMs: z.int(),
  periodVersion: z.int(),
  totals: z.record(z.string(), amount),
});
type Cursor = z.infer<typeof cursors>;

/** A partition that is walked. */
interface Place {
  readonly table: 'payments' | 'ledger';
  readonly pk: string;
  readonly what: Exclude<keyof Counts, 'listed'>;
}

/**
 * The first account at a channel, then every partition, then the other accounts: one that is added meanwhile moves no place. Batches before entries: a
 * release that is posted meanwhile is later than both.
 */
const placesOf = (
  scope: Scope,
  { shards, accounts: [first, ...others] }: Settings,
): readonly (ChannelAccount | Place)[] => [
  ...(first ? [first] : []),
  ...Object.values(MONEY_KINDS).flatMap((kind) =>
    shardsOf(shards).map(
      (shard): Place => ({ table: 'payments', pk: partitionOf(kind, scope, shard), what: 'records' }),
    ),
  ),
  { table: 'ledger', pk: batchPartition(scope), what: 'batches' },
  { table: 'ledger', pk: statementPartition(scope), what: 'statements' },
  ...shardsOf(shards).map((shard): Place => ({ table: 'ledger', pk: journalPartition(scope, shard), what: 'entries' })),
  ...others,
];

export interface AuditRequest {
  readonly cursor?: string | undefined;
  /** What either side of the channel's comparison changed later than this before now is no difference yet. */
  readonly settlingMs: number;
}

/**
 * Carries out one step.
 * @throws CommandError for a cursor that is none, and where the channel does not answer
 */
export async function audit(
  deps: AuditDeps,
  scope: Scope,
  settings: Settings,
  { cursor, settlingMs }: AuditRequest,
): Promise<AuditStep> {
  const { shards } = settings;
  const untilMs = deps.clock.nowMs() + STEP_MS;
  const places = placesOf(scope, settings);
  let place = cursor === undefined ? await beginning(deps, scope) : parseCursor(cursor);
  let looked: Counts = { records: 0, batches: 0, statements: 0, entries: 0, listed: 0 };
  const differences: string[] = [];
  do {
    const at = places[place.at];
    if (!at) {
      const books = await auditTotals(deps, scope, shards, { ...place, asOfMs: asOf(place) });
      if (!books) return { looked, differences, again: true };
      return { looked, differences: [...differences, ...books.wrong, ...unbalanced(books)], sums: books.sums };
    }
    const page =
      'channel' in at
        ? await channelPage(deps, scope, { account: at, shards, settlingMs }, place)
        : await pageOf(deps, scope, at, place);
    looked = { ...looked, [page.what]: looked[page.what] + page.count };
    differences.push(...page.differences);
    const next = page.after === undefined ? { at: place.at + 1 } : { at: place.at, after: page.after };
    place = { startMs: place.startMs, periodVersion: place.periodVersion, totals: page.totals, ...next };
  } while (deps.clock.nowMs() < untilMs);
  return { looked, differences, cursor: textOf(place) };
}

/** What was looked at, and where the place goes on. */
interface Page {
  readonly what: keyof Counts;
  readonly count: number;
  readonly differences: readonly string[];
  readonly totals: Cursor['totals'];
  readonly after: string | undefined;
}

async function pageOf(deps: AuditDeps, scope: Scope, { table, pk, what }: Place, place: Cursor): Promise<Page> {
  const page = await deps.table.query(table, {
    pk,
    limit: PAGE[what],
    // A batch's key begins with the end of its period.
    ...(what !== 'batches' && { to: timeText(place.startMs + 1) }),
    ...(place.after !== undefined && { after: place.after }),
  });
  const differences = await auditPage[what](deps, scope, page.items, place);
  const totals = what === 'entries' ? await totalsAfter(deps, scope, page.items, place) : place.totals;
  return { what, count: page.items.length, differences, totals, after: page.after };
}

/** A window of the time for which the account's channel lists. */
async function channelPage(
  deps: AuditDeps,
  scope: Scope,
  listing: { readonly account: ChannelAccount; readonly shards: number; readonly settlingMs: number },
  { startMs, after, totals }: Cursor,
): Promise<Page> {
  const of = { scope, ...listing, startMs };
  const { listed, differences, next } = await auditChannel(
    deps,
    of,
    after === undefined ? undefined : parsePlace(after),
  );
  return { what: 'listed', count: listed, differences, totals, after: next && placeText(next) };
}

/** What was posted by then under a time of its own is in the journal, or becomes a late entry. */
const asOf = ({ startMs }: Cursor): number => startMs - POSTED_MS;

async function beginning({ table, clock }: AuditDeps, scope: Scope): Promise<Cursor> {
  const period = await loadPeriod(table, scope);
  return { at: 0, startMs: clock.nowMs(), periodVersion: period?.version ?? 0, totals: {} };
}

type AuditPage = (deps: AuditDeps, scope: Scope, items: readonly Item[], place: Cursor) => Promise<readonly string[]>;
const auditPage: Readonly<Record<Place['what'], AuditPage>> = {
  records: (deps, scope, items, { startMs }) => auditRecords(deps, scope, items, startMs),
  batches: (deps, _scope, items) => auditBatches(deps, items.map(batchOf)),
  statements: (deps, scope, items) => auditStatements(deps, scope, items.map(statementOf)),
  entries: (deps, scope, items) => auditEntries(deps, scope, items.map(storedOf)),
};

const storedOf = (item: Item) => ({ key: { pk: item.pk, sk: item.sk }, entry: entryOf(item) });

async function totalsAfter(deps: AuditDeps, scope: Scope, items: readonly Item[], place: Cursor) {
  const period = await loadPeriod(deps.table, scope);
  return walkedTotals(deps, scope, period, {
    stored: items.map(storedOf),
    asOfMs: asOf(place),
    totals: place.totals,
  });
}

const unbalanced = ({ sums }: BooksAudit): readonly string[] =>
  sums.flatMap(({ currency, balance }) => (balance === '0' ? [] : [`unbalanced ${currency} sums to ${balance}`]));

const textOf = (place: Cursor): string =>
  Buffer.from(
    JSON.stringify(place, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ).toString('base64url');

function parseCursor(text: string): Cursor {
  try {
    return z.parse(cursors, JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (error) {
    throw new CommandError(`cursor: ${text} is none`, { cause: error });
  }
}
