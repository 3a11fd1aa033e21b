/** What the queues behind the fan-out carry. Deterministic per stream record: the same record twice makes the same messages. */

import type { Body, Scope } from '../kernel/ids.ts';
import type { Review } from '../risk/reviews/review.ts';

/** One message per commit and endpoint. */
export interface DeliveryMessage {
  readonly scope: Scope;
  readonly endpoint: string;
  /** Key of the events item: one commit with its events. */
  readonly events: { readonly pk: string; readonly sk: string };
  /** How many endpoints each of the commit's events goes to; only a first attempt knows without counting. */
  readonly endpoints?: readonly number[];
  /** Which attempt of its schedule: the first unless told. */
  readonly attempt?: number;
  /** A merchant asked for it: this event of the commit, once, beside the schedule. */
  readonly only?: number;
}

/** What the risk features count: one per attempt whose outcome is known. Idempotent by `attempt`. */
export interface AttemptFeature {
  readonly scope: Scope;
  /** Charge id: the business key that makes counting it twice counting it once. */
  readonly attempt: string;
  readonly payment: Body;
  readonly atMs: number;
  readonly fingerprint: string;
  readonly email?: string;
  readonly outcome: 'authorized' | 'declined' | 'blocked';
  /** It was judged without its features: risk failed open. */
  readonly unseen?: true;
}
export interface FeaturesMessage {
  readonly attempts: readonly AttemptFeature[];
  /** Reviews that the same attempts open. */
  readonly reviews: readonly Review[];
}
