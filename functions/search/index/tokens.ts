/**
 * Selective tokens: the few equalities by which a search finds its objects without walking all of them (ADR 0009). A token is kept
 * hashed: what merchants put into metadata is in no key.
 */
import { createHash } from 'node:crypto';
import { type ObjectKey, type Scope, shardOf } from '../../kernel/ids.ts';
import { isSelective, notedSince, type SearchFields } from '../../merchants/search-fields.ts';
import { absent, type Write } from '../../table/table.ts';
import type { Clause, SearchQuery } from './query.ts';

/** A member of an object on the wire and what it holds. */
export type Token = readonly [path: string, value: string];

/** Tokens of metadata: every pair is one. */
export const metadataTokens = (metadata: Readonly<Record<string, string>>): readonly Token[] =>
  Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, value]);

const hashOf = ([path, value]: Token): string =>
  createHash('sha256').update(`${path}\n${value.toLowerCase()}`).digest('base64url').slice(0, 22);

/** Partition of the aggregates of one kind (its name) that have the token, in one shard. */
export const tokenPartition = (scope: Scope, kind: string, token: Token, shard: string): string =>
  `${scope}#${kind}#${hashOf(token)}#${shard}`;

/**
 * Notes that the aggregate has the token. A note is never taken back: a search looks at the object itself, so one that is no longer
 * true costs a read and returns no wrong result, while removing it out of order could lose a valid one.
 */
export const putToken = (
  kind: string,
  { scope, body }: { readonly scope: Scope; readonly body: ObjectKey },
  token: Token,
): Write => ({
  kind: 'put',
  table: 'search',
  item: { pk: tokenPartition(scope, kind, token, shardOf(body)), sk: body },
  when: absent,
});

const tokenOf = ({ path, operator, value, negated }: Clause): Token | undefined => {
  const name = path.join('.');
  return isSelective(name) && operator === ':' && !negated && typeof value === 'string' ? [name, value] : undefined;
};

/** How a query finds its objects: by notes that are complete since a time (ms), or by walking all of them. */
export type Access =
  | { readonly by: 'notes'; readonly tokens: readonly Token[]; readonly sinceMs: number }
  | { readonly by: 'walk' }
  /** Only these fields would narrow the query, and none of them is noted. */
  | { readonly by: 'nothing'; readonly fields: readonly string[] };

/**
 * The tokens among which everything that the query asks for is found. A selective field that is not noted may stand beside one that is;
 * alone it leads to no object, and a walk of every object for one equality would return empty pages instead of a reply.
 */
export function accessOf(query: SearchQuery, noted: SearchFields | undefined): Access {
  const tokens = query.clauses.map(tokenOf);
  if (query.join === 'or' && tokens.includes(undefined)) return { by: 'walk' };
  const known = tokens.flatMap((token) => {
    const sinceMs = token && notedSince(noted, token[0]);
    return token && sinceMs !== undefined ? [{ token, sinceMs }] : [];
  });
  const fields = tokens.flatMap((token) => (token && notedSince(noted, token[0]) === undefined ? [token[0]] : []));
  if (query.join === 'or' ? fields.length > 0 : known.length === 0 && fields.length > 0)
    return { by: 'nothing', fields };
  if (known.length === 0) return { by: 'walk' };
  const used = query.join === 'or' ? known : [known.reduce((best, one) => (one.sinceMs < best.sinceMs ? one : best))];
  return {
    by: 'notes',
    tokens: used.map(({ token }) => token),
    sinceMs: Math.max(...used.map(({ sinceMs }) => sinceMs)),
  };
}
