/** Whether an object, as it is on the wire, is what a query asks for. Pure. */
import type { Clause, SearchQuery } from './index/query.ts';

/** @see https://docs.stripe.com/search#query-language */
export function matches(query: SearchQuery, object: object): boolean {
  const holds = (clause: Clause): boolean => holdsFor(clause, memberAt(object, clause.path)) !== clause.negated;
  return query.join === 'and' ? query.clauses.every(holds) : query.clauses.some(holds);
}

function memberAt(object: object, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function holdsFor({ operator, value }: Clause, member: unknown): boolean {
  if (member === undefined || member === null) return value === null;
  if (value === null) return false;
  const own = typeof member === 'string' ? member.toLowerCase() : member;
  switch (operator) {
    case ':':
      return own === value;
    case '~':
      return typeof own === 'string' && own.includes(String(value));
    case '>':
      return typeof own === 'number' && own > Number(value);
    case '<':
      return typeof own === 'number' && own < Number(value);
    case '>=':
      return typeof own === 'number' && own >= Number(value);
    case '<=':
      return typeof own === 'number' && own <= Number(value);
    default:
      return operator satisfies never;
  }
}
