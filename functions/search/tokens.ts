/**
 * Selective tokens: the few equalities by which a search finds its objects without walking all of them (ADR 0009). A token is kept
 * hashed: what merchants put into metadata is in no key.
 */
import { createHash } from 'node:crypto';
import { type Body, type Scope, shardOf } from '../shared/ids.ts';
import { absent, type Write } from '../shared/table.ts';
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
 * true costs a read and misleads nobody, while taking it back out of order could lose one that is.
 */
export const putToken = (
  kind: string,
  { scope, body }: { readonly scope: Scope; readonly body: Body },
  token: Token,
): Write => ({
  kind: 'put',
  table: 'search',
  item: { pk: tokenPartition(scope, kind, token, shardOf(body)), sk: body },
  when: absent,
});

/** Members whose equality is noted, beside metadata. */
const NOTED: ReadonlySet<string> = new Set([
  'customer',
  'email',
  'name',
  'phone',
  'payment_method_details.card.fingerprint',
  'payment_method_details.card.last4',
]);

const tokenOf = ({ path, operator, value, negated }: Clause): Token | undefined => {
  const name = path.join('.');
  const noted = path[0] === 'metadata' || NOTED.has(name);
  return noted && operator === ':' && !negated && typeof value === 'string' ? [name, value] : undefined;
};

/** Tokens among which everything that the query asks for is found, or undefined when all objects must be walked. */
export function tokensFor(query: SearchQuery): readonly Token[] | undefined {
  const tokens = query.clauses.map(tokenOf);
  if (query.join === 'or') return tokens.includes(undefined) ? undefined : (tokens as readonly Token[]);
  const [first] = tokens.filter((token) => token !== undefined);
  return first && [first];
}
