/** The message of an attempt that could not be counted at once. */
import type { ObjectKey, Scope } from '../../kernel/ids.ts';

/** What the risk features count: one per attempt whose outcome is known. Idempotent by `attempt`. */
export interface AttemptFeature {
  readonly scope: Scope;
  /** Charge id: the business key that makes counting it twice counting it once. */
  readonly attempt: string;
  readonly payment: ObjectKey;
  readonly atMs: number;
  /** Of the card; a wallet has none. */
  readonly fingerprint?: string;
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

/** A payment that the rules want a person to look at. */
export interface Review {
  readonly scope: Scope;
  readonly payment: ObjectKey;
  /** The attempt's number. */
  readonly ordinal: number;
  /** The charge has no intent. */
  readonly direct?: true;
  readonly version: number;
  readonly livemode: boolean;
  readonly open: boolean;
  readonly rule: string;
  readonly createdMs: number;
  readonly closedReason?: 'approved';
  readonly closedMs?: number;
}
