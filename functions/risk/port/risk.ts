/** Types of a risk decision, as it is stored with an attempt and rendered as `charge.outcome`. */
export type RiskLevel = 'normal' | 'elevated' | 'highest' | 'not_assessed';

/** The reason that says: judged without velocity, for the features could not be read in time. */
export const FEATURES_UNAVAILABLE = 'features_unavailable';

/**
 * block: nothing is sent to a channel. review: a person looks at the payment once it is paid. request_3ds: the channel is asked to challenge
 * the payer, where the card and the payer can be asked.
 */
export type RiskAction = 'allow' | 'block' | 'review' | 'request_3ds';

export interface RiskDecision {
  readonly action: RiskAction;
  readonly level: RiskLevel;
  /** 0 to 100 (Stripe Radar's scale: from 65 elevated, from 75 highest). */
  readonly score: number;
  /** Id of the rule that decided, when one did. */
  readonly rule?: string;
  /** Reason codes, strongest first. */
  readonly reasons: readonly string[];
}
