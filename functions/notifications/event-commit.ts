/** The events of a commit: as the fan-out stores them, and as the list shows them before it has. */
import type { Call } from '../api/operation.ts';
import { changesAhead } from '../stream/ahead.ts';
import { eventTypesOf, previousAttributes } from '../stream/events.ts';
import { type Change, kindOf } from '../stream/kinds.ts';
import { announcedBy } from '../table/announces.ts';
import type { NotificationsDeps } from './deps.ts';
import { type EventCommit, eventKey } from './store.ts';

/** What is kept of a change. `types`: of its events, at least one. */
export function eventCommitOf(change: Change, types: readonly string[]): EventCommit {
  const previous = previousAttributes(change, types);
  const rendered = change.old && kindOf(change).rendered?.(change.old, change.new);
  return { types, change: rendered ? ({ ...change, new: rendered } as Change) : change, ...(previous && { previous }) };
}

/** Commits with events that the fan-out may not have stored yet, by their sort keys. `to`: the newest place that the list asks for. */
export async function commitsAhead(
  deps: Pick<NotificationsDeps, 'table' | 'clock'>,
  caller: Pick<Call['caller'], 'scope' | 'settings'>,
  to?: string,
): Promise<ReadonlyMap<string, EventCommit>> {
  // A record of 0.1 does not say what it announces. It is no news.
  const changes = (await changesAhead(deps, caller, to)).filter((change) => announcedBy(change.new) !== undefined);
  const bySortKey = new Map<string, EventCommit>();
  for (const change of changes) {
    const types = eventTypesOf(change);
    if (types.length === 0) continue;
    const commit = eventCommitOf(change, types);
    const { sk } = eventKey(commit);
    // Of a note and of the payment itself, the note has the image before.
    if (!bySortKey.has(sk)) bySortKey.set(sk, commit);
  }
  return bySortKey;
}
