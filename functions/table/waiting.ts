/** Commits that wait in the fan-out's retry queue: what their events and notes would list is not there yet (ADR 0007). */
import { seconds } from '../kernel/clock.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import type { Aggregate } from './record.ts';
import { absent, any, type Key, present, type Table, type Write } from './table.ts';

/** As long as a message can wait in a queue and in its dead-letter queue. */
const RETENTION_SECONDS = 28 * 24 * 3600;
/** As many as a list reads: the newest objects. */
const LISTED = 100;
/** Length of an object key. */
const OBJECT_KEY = 22;

type Commit = Pick<Aggregate, 'scope' | 'body' | 'version' | 'committedMs'>;

const partition = (scope: Scope, kind: string): string => `${scope}#q#${kind}`;
const keyOf = (kind: string, { scope, body, version }: Commit): Key => ({
  pk: partition(scope, kind),
  sk: `${body}#${version}`,
});

/** Notes that the commit waits. */
export const noteWaiting = (kind: string, commit: Commit): Write => ({
  kind: 'put',
  table: 'events',
  item: { ...keyOf(kind, commit), expiresAt: seconds(commit.committedMs) + RETENTION_SECONDS },
  when: any(absent, present),
});

/** Takes the note away. Conflicts where there is none. */
export const endWaiting = (kind: string, commit: Commit): Write => ({
  kind: 'delete',
  table: 'events',
  key: keyOf(kind, commit),
  when: present,
});

/** The objects of one kind that have commits waiting, newest first, strongly consistent. */
export async function waitingKeys(table: Table, kind: string, scope: Scope): Promise<readonly ObjectKey[]> {
  const page = await table.query('events', { pk: partition(scope, kind), newestFirst: true, limit: LISTED });
  return [...new Set(page.items.map(({ sk }) => sk.slice(0, OBJECT_KEY) as ObjectKey))];
}
