/** What the queues behind the fan-out carry. Deterministic per stream record: the same record twice makes the same messages. */

import type { Scope } from '../kernel/ids.ts';

/** One message per commit and endpoint. */
export interface DeliveryMessage {
  readonly scope: Scope;
  readonly endpoint: string;
  /** Key of the events item: one commit with its events. */
  readonly events: { readonly pk: string; readonly sk: string };
  /** How many endpoints each of the commit's events goes to; only a first attempt knows without counting. */
  readonly endpoints?: readonly number[];
  /** The number of the attempt in its schedule. Default: the first. */
  readonly attempt?: number;
  /** A merchant asked for it: this event of the commit, once, beside the schedule. */
  readonly only?: number;
}
