/** One message: one commit's events to one endpoint, in order. What fails is tried again ever later, for three days, then given up. */
import type { Seal } from '../channels/credentials.ts';
import type { Clock } from '../shared/clock.ts';
import { API_VERSION } from '../shared/decode.ts';
import type { Body } from '../shared/ids.ts';
import type { Table } from '../shared/table.ts';
import { openSecret } from './endpoints.ts';
import type { DeliveryMessage } from './messages.ts';
import type { send } from './sender.ts';
import { deleteFailure, type Endpoint, loadCommit, loadEndpoint, putFailure, wants } from './store.ts';
import { renderEvent } from './wire.ts';

export interface DeliveryDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly seal: Pick<Seal, 'open'>;
  readonly send: typeof send;
  readonly allowPrivate: boolean;
}

/**
 * Seconds from each failed attempt to the next: twelve attempts in less than three days. SQS counts its limit of 12 hours from when the
 * message was received, so the longest step leaves what an attempt may take.
 */
export const BACKOFF_SECONDS: readonly number[] = [
  10, 60, 300, 1_800, 7_200, 18_000, 36_000, 43_000, 43_000, 43_000, 43_000,
];
const LONGEST_SECONDS = 43_000;
/** No attempt is made later than this after the commit; attempts that our own failures cost do not count. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/** done: delivered, nobody to deliver to any more, or given up (the failure stands in the table). retry: once more after so many seconds. */
export type Delivered =
  | { readonly kind: 'done'; readonly status: string }
  | { readonly kind: 'retry'; readonly status: string; readonly afterSeconds: number };

/** Delivers the message for the `attempt`-th time, from 1. An event that was delivered before a later one failed is sent again: deliveries are at least once. */
export async function deliver(deps: DeliveryDeps, message: DeliveryMessage, attempt: number): Promise<Delivered> {
  const { scope, events } = message;
  const [endpoint, commit] = await Promise.all([
    loadEndpoint(deps.table, scope, message.endpoint as Body),
    loadCommit(deps.table, events),
  ]);
  if (!endpoint || !commit || !wants(endpoint, commit.types)) return { kind: 'done', status: 'dropped' };
  const secret = await openSecret(deps.seal, endpoint);
  let status = 'nothing to send';
  for (const [index, type] of commit.types.entries()) {
    if (!wants(endpoint, [type])) continue;
    const payload = JSON.stringify(
      renderEvent(commit, index, endpoint.apiVersion ?? API_VERSION, message.endpoints),
      undefined,
      2,
    );
    const sent = await deps.send({
      url: endpoint.url,
      payload,
      secret,
      nowMs: deps.clock.nowMs(),
      allowPrivate: deps.allowPrivate,
    });
    status = sent.status;
    if (!sent.delivered) return postponed(deps, message, endpoint, attempt, status, commit.change.new.committedMs);
  }
  if (attempt > 1) await deps.table.commit(deleteFailure(scope, endpoint.body, events));
  return { kind: 'done', status };
}

async function postponed(
  deps: DeliveryDeps,
  { scope, events }: DeliveryMessage,
  endpoint: Endpoint,
  attempt: number,
  status: string,
  committedMs: number,
): Promise<Delivered> {
  const atMs = deps.clock.nowMs();
  await deps.table.commit(putFailure(scope, endpoint.body, events, { attempts: attempt, status, atMs }));
  const afterSeconds = BACKOFF_SECONDS[attempt - 1] ?? LONGEST_SECONDS;
  if (atMs + afterSeconds * 1000 > committedMs + GIVE_UP_MS) return { kind: 'done', status: `given up: ${status}` };
  return { kind: 'retry', status, afterSeconds };
}
