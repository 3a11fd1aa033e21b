/** Objects as a version of the API has them. They are made in the newest version, and each later change is taken back, newest first. */
import type { Members, VersionChange } from './change.ts';
import { VERSION_CHANGES } from './changes.ts';
import { precedes } from './published.ts';

/**
 * The body as of the version, with every object inside it. Events keep their own version: it was decided when they were made. The body itself
 * is returned where nothing differs.
 */
export function asOf<T>(body: T, version: string): T {
  const changes = VERSION_CHANGES.filter(({ since }) => precedes(version, since));
  return changes.length === 0 ? body : (rendered(body, changes) as T);
}

/** The parameters of a request in this version by their newest names. A request that has both names keeps both. */
export function withNewestNames<T>(
  { method, path }: { readonly method: string; readonly path: string },
  given: Readonly<Record<string, T>>,
  version: string,
): Readonly<Record<string, T>> {
  let named = given;
  for (const { since, renamed } of VERSION_CHANGES) {
    if (!renamed || !precedes(version, since) || !renamed.operations.includes(`${method} ${path}`)) continue;
    const { [renamed.from]: value, ...rest } = named;
    if (value !== undefined && !Object.hasOwn(named, renamed.to)) named = { ...rest, [renamed.to]: value };
  }
  return named;
}

/** Whether a member that only earlier versions have can be expanded in this one. */
export const wasExpandable = (object: string, member: string, version: string): boolean =>
  VERSION_CHANGES.some(
    ({ since, objects, expandable = [] }) =>
      precedes(version, since) && objects.includes(object) && expandable.includes(member),
  );

function rendered(value: unknown, changes: readonly VersionChange[]): unknown {
  if (Array.isArray(value)) return value.map((member: unknown) => rendered(member, changes));
  if (typeof value !== 'object' || value === null) return value;
  const { object } = value as { readonly object?: unknown };
  if (object === 'event') return value;
  const members: Members = Object.fromEntries(
    // The names in metadata are the merchant's own, also `object`.
    Object.entries(value).map(([name, member]) => [name, name === 'metadata' ? member : rendered(member, changes)]),
  );
  return changes
    .filter(({ objects }) => objects.some((name) => name === object))
    .reduce((later, { before }) => before(later), members);
}
