/** What an operator does with queues: look, redrive, purge (docs/runbook.md). */
import { counts, move, peek, purge, type QueueCounts } from './operator-rows.ts';
import type { Queues } from './queues.ts';
import { recordOf, type SqsRecord } from './sqs-event.ts';

/** Messages that one commit moves. */
const CHUNK = 500;

/** Messages and ages of every queue. */
export const countsOf = (queues: Queues): readonly QueueCounts[] =>
  queues.store.read((db) => counts(db, queues.queues.values(), queues.clock.nowMs()));

/** The oldest waiting messages of a queue. Nothing changes by looking. */
export function look(queues: Queues, name: string, most: number): readonly SqsRecord[] {
  const queue = queues.queue(name);
  const messages = queues.store.read((db) => peek(db, queue, most, queues.clock.nowMs()));
  return messages.map((message) => recordOf(queue, message));
}

/**
 * Returns all messages of a dead-letter queue to their original queue, with all their deliveries ahead. A crash on the way loses none: the
 * others are still in the dead-letter queue. Returns how many.
 */
export async function redrive(queues: Queues, name: string): Promise<number> {
  const from = queues.queue(name);
  const to = [...queues.queues.values()].filter((each) => each.redrive?.to === name);
  if (to.length !== 1) throw new Error(`queues: ${name} is the dead-letter queue of ${to.length} queues, not of one`);
  let moved = 0;
  const newId = (): number => queues.nextId();
  for (;;) {
    const nowMs = queues.clock.nowMs();
    const chunk = await queues.store.commit((db) => move(db, { from, to: to[0]!, newId, nowMs, most: CHUNK }));
    moved += chunk;
    queues.notice(to[0]!.name);
    if (chunk < CHUNK) return moved;
  }
}

/** Deletes every message of a queue. Returns how many. */
export async function purgeQueue(queues: Queues, name: string): Promise<number> {
  const queue = queues.queue(name);
  return queues.store.commit((db) => purge(db, queue));
}
