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
