/**
 * Endpoints that do not answer. Waiting for them costs seconds per event, which others would have to wait for too: so one attempt at a
 * time finds out whether such an endpoint is back, and every other counts as failed without being made.
 */
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import { absent, any, below, type Item, type Key, present, type Table, type Write } from '../table/table.ts';

const OPEN_MS = 30_000;

export const circuitKey = (scope: Scope, endpoint: ObjectKey): Key => ({ pk: `${scope}#park`, sk: endpoint });

const openFrom = (key: Key, nowMs: number, when: Extract<Write, { kind: 'update' }>['when']): Write => ({
  kind: 'update',
  table: 'events',
  key,
  set: { untilMs: nowMs + OPEN_MS, expiresAt: Math.floor(nowMs / 1000) + 24 * 3600 },
  when,
});

/** Whether an attempt may be made: the circuit is closed, or its time is over and no other attempt probes the endpoint. */
export async function mayTry(table: Table, key: Key, item: Item | undefined, nowMs: number): Promise<boolean> {
  if (!item) return true;
  if (Number(item.untilMs) > nowMs) return false;
  return tryCommit(table, openFrom(key, nowMs, below('untilMs', nowMs + 1)));
}

/** The endpoint did not answer. */
export const openCircuit = (table: Table, key: Key, nowMs: number): Promise<boolean> =>
  tryCommit(table, openFrom(key, nowMs, any(absent, below('untilMs', nowMs + OPEN_MS))));

/** The endpoint answered, whatever it said. */
export const closeCircuit = (table: Table, key: Key): Promise<boolean> =>
  tryCommit(table, { kind: 'delete', table: 'events', key, when: present });
