/**
 * A search walks the objects that a selective token leads to, or all of them in the order of their ids, newest first, and looks at each
 * as it is now. What one call looks at is bounded: a page may be short, even empty, and still say where the next begins.
 */
import * as z from 'zod/mini';
import { type ApiError, invalidParameter, redacted } from '../api/errors.ts';
import type { Call, Caller, Reply } from '../api/operation.ts';
import { listShape, nonEmpty } from '../api/params.ts';
import { OBJECT_KEY_LENGTH, shardsOf, timeText } from '../kernel/ids.ts';
import { ALWAYS_NOTED, fieldOf, namesOf } from '../merchants/search-fields.ts';
import { type Aggregate, type Kind, keyOf, partitionOf, recordOf } from '../table/record.ts';
import { boundOf, type Range, walkShards } from '../table/shards.ts';
import type { Item, Table } from '../table/table.ts';
import { type Fields, parseQuery, type SearchQuery } from './index/query.ts';
import { accessOf, type Token, tokenPartition } from './index/tokens.ts';
import { matches } from './match.ts';

type Record = Pick<Aggregate, 'scope' | 'body' | 'version'>;

/** What is searched: aggregates of one kind, each of which shows as one object or several on the wire. */
export interface Searched<T extends Record> {
  readonly kind: Kind<T>;
  /** `/v1/payment_intents`: the resource's own path. */
  readonly path: string;
  readonly fields: Fields;
  /** The objects of an aggregate, newest first. */
  readonly objectsOf: (value: T, call: Call) => readonly object[];
}

export const searchParams = z.strictObject({
  query: z.string(),
  limit: listShape.limit,
  page: z.optional(nonEmpty()),
});
export type SearchParams = z.infer<typeof searchParams>;

/** Aggregates that one call looks at. */
const EXAMINED = 500;
/** Read at a time by their keys. */
const LOADED = 50;

/** Where a page ended: the last aggregate looked at, and how many of its objects. */
interface Position {
  readonly body: string;
  readonly objects: number;
}

const pageOf = ({ body, objects }: Position): string => Buffer.from(`${body}.${objects}`).toString('base64url');

function positionOf(page: string | undefined): Position | undefined {
  if (page === undefined) return undefined;
  const match = /^([0-9A-Za-z]+)\.([0-9]{1,3})$/.exec(Buffer.from(page, 'base64url').toString('latin1'));
  if (match?.[1]?.length !== OBJECT_KEY_LENGTH)
    throw invalidParameter('Invalid page: it is none of ours.', { param: 'page' });
  return { body: match[1], objects: Number(match[2]) };
}

/**
 * One page of a search.
 * @throws 400 for a query that cannot be parsed, or names what the object does not have
 * @see https://docs.stripe.com/search
 */
export async function search<T extends Record>(
  table: Table,
  searched: Searched<T>,
  call: Call<SearchParams>,
): Promise<Reply> {
  const { limit } = call.params;
  const query = parseQuery(call.params.query, searched.fields, searched.path.slice('/v1/'.length));
  const start = positionOf(call.params.page);
  const data: object[] = [];
  let examined = 0;
  let last: Position | undefined;
  let complete = true;
  walk: for await (const value of candidates(table, searched, call, query, start)) {
    if (examined >= EXAMINED) {
      complete = false;
      break;
    }
    examined += 1;
    const objects = searched.objectsOf(value, call);
    const from = value.body === start?.body ? start.objects : 0;
    for (const [index, object] of objects.slice(from).entries()) {
      if (matches(query, object)) {
        // One more than the page holds: there is a next one, and it begins here.
        complete = data.length < limit;
        if (!complete) break walk;
        data.push(object);
      }
      last = { body: value.body, objects: from + index + 1 };
    }
    last = { body: value.body, objects: objects.length };
  }
  const body = {
    object: 'search_result',
    data,
    has_more: !complete,
    next_page: complete || !last ? null : pageOf(last),
    url: `${searched.path}/search`,
  };
  return { status: 200, body };
}

/**
 * The aggregates that may match, newest first, each once. Notes lead to those that were created since the notes are complete; older ones
 * are walked.
 * @throws 400 for a field that is not noted where nothing else narrows the query
 */
async function* candidates<T extends Record>(
  table: Table,
  { kind }: Searched<T>,
  { caller }: Call<SearchParams>,
  query: SearchQuery,
  start: Position | undefined,
): AsyncGenerator<T> {
  const access = accessOf(query, caller.settings.searchFields);
  if (access.by === 'nothing') throw notNoted(caller, access.fields);
  const range = rangeOf(query, start);
  if (access.by === 'walk') {
    yield* walked(table, kind, caller, range);
    return;
  }
  const since = access.sinceMs === 0 ? undefined : timeText(access.sinceMs);
  if (since === undefined || range.to === undefined || range.to >= since)
    yield* noted(
      table,
      kind,
      caller,
      access.tokens,
      since === undefined ? range : { ...range, from: later(range, since) },
    );
  if (since !== undefined) yield* walked(table, kind, caller, { ...range, to: earlier(range, since) });
}

const later = ({ from }: Range, since: string): string => (from !== undefined && from > since ? from : since);
const earlier = ({ to }: Range, since: string): string => (to !== undefined && to < since ? to : since);

async function* walked<T extends Record>(
  table: Table,
  kind: Kind<T>,
  { scope, settings }: Caller,
  range: Range,
): AsyncGenerator<T> {
  const partitions = shardsOf(settings.shards).map((shard) => partitionOf(kind, scope, shard));
  const walk = { range, newestFirst: true, pageSize: LOADED, tableName: 'payments', partitions } as const;
  for await (const item of walkShards(table, walk)) yield recordOf(kind, item);
}

/** The aggregates that have one of the tokens; they are read by their keys. */
async function* noted<T extends Record>(
  table: Table,
  kind: Kind<T>,
  { scope, settings }: Caller,
  tokens: readonly Token[],
  range: Range,
): AsyncGenerator<T> {
  const shards = shardsOf(settings.shards);
  const partitions = tokens.flatMap((token) => shards.map((shard) => tokenPartition(scope, kind.name, token, shard)));
  const load = async (objectKeys: readonly string[]): Promise<readonly T[]> => {
    const keys = objectKeys.map((objectKey) => ({
      table: 'payments' as const,
      key: keyOf(kind, scope, objectKey as T['body']),
    }));
    return (await table.getMany(keys))
      .filter((item): item is Item => item !== undefined)
      .map((item) => recordOf(kind, item));
  };
  let objectKeys: string[] = [];
  let previous: string | undefined;
  const walk = { range, newestFirst: true, pageSize: LOADED, tableName: 'search', partitions } as const;
  for await (const { sk } of walkShards(table, walk)) {
    // Two tokens may lead to the same object.
    if (sk === previous) continue;
    previous = sk;
    objectKeys.push(sk);
    if (objectKeys.length < LOADED) continue;
    yield* await load(objectKeys);
    objectKeys = [];
  }
  yield* await load(objectKeys);
}

/** Names what is missing and the command that adds it: an empty result would say that no such object exists. */
function notNoted({ merchant, livemode, settings }: Caller, fields: readonly string[]): ApiError {
  const served = namesOf(settings.searchFields);
  const wanted = [...new Set([...served, ...fields.map(fieldOf)])].join();
  const mode = livemode ? ' --live' : '';
  return invalidParameter(
    `This account has no search by ${fields.map((field) => `\`${redacted(field)}\``).join(', ')}. Combine it (AND) with one of: ${[ALWAYS_NOTED, ...served].join(', ')}. The operator of this API can enable it: npm run -s merchant -- set --merchant ${merchant}${mode} --search-fields ${wanted}`,
    { param: 'query' },
  );
}

/** Bounds on the order of ids that the query's own bounds on `created` are, where every clause must hold. */
function rangeOf({ join, clauses }: SearchQuery, start: Position | undefined): Range {
  const created = clauses.filter(
    ({ path, negated, value }) => join === 'and' && path[0] === 'created' && !negated && typeof value === 'number',
  );
  const bounds = (operators: Readonly<{ [operator: string]: number }>): readonly string[] =>
    created.flatMap(({ operator, value }) => {
      const plus = operators[operator];
      const bound = plus === undefined ? undefined : boundOf(Number(value), plus);
      return bound === undefined ? [] : [bound];
    });
  const from = bounds({ '>': 1, '>=': 0, ':': 0 }).toSorted().at(-1);
  const to = [...bounds({ '<': 0, '<=': 1, ':': 1 }), ...(start ? [start.body] : [])].toSorted()[0];
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
