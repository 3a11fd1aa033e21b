/** What the functions of a running stack gave up is given back to them, as an operator does it (docs/runbook.md). */
import { ask } from '../../bin/embedded/control/client.ts';
import type { QueueCounts } from '../../bin/embedded/queues/operator-rows.ts';

/** The functions that read the stream. */
const READERS = ['ledger-on-payment', 'notifications-on-change'];

/** Redrives every dead-letter queue, and gives each reader of the stream the changes that it gave up. Returns how many messages and changes. */
export async function giveBack(socket: string): Promise<number> {
  let given = 0;
  for (const { queue, oldestMs } of await ask<readonly QueueCounts[]>(socket, 'queues')) {
    if (!queue.endsWith('-dead') || oldestMs === undefined) continue;
    given += (await ask<{ readonly messages: number }>(socket, 'redrive', { queue })).messages;
  }
  for (const name of READERS) given += (await ask<{ readonly changes: number }>(socket, 'replay', { name })).changes;
  return given;
}
