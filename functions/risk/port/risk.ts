/** Types of a risk decision, as it is frozen on an attempt and rendered as `charge.outcome`. */
export type RiskLevel = 'normal' | 'elevated' | 'highest' | 'not_assessed';

/** The reason that says: judged without velocity, for the features could not be read in time. */
export const FEATURES_UNAVAILABLE = 'features_unavailable';

export interface RiskDecision {
  readonly action: 'allow' | 'block' | 'review';
  readonly level: RiskLevel;
  /** 0 to 100 (Stripe Radar's scale: from 65 elevated, from 75 highest). */
  readonly score: number;
  /** Id of the rule that decided, when one did. */
  readonly rule?: string;
  /** Reason codes, strongest first. */
  readonly reasons: readonly string[];
}
