/** The rules: what they add to the score, and why. Pure; a missing feature never matches. */

import { highAmountOf } from '../../kernel/money.ts';
import type { Velocity } from '../features/features.ts';
import type { RiskSubject } from '../port/port.ts';

/** What a decision is made of. */
export interface Evidence {
  readonly subject: RiskSubject;
  readonly card: Velocity;
  readonly email: Velocity;
}

export interface Rule {
  readonly id: string;
  readonly points: number;
  /** The payer is to be challenged, unless the score asks for more than that. */
  readonly requests3ds?: true;
  readonly matches: (evidence: Evidence) => boolean;
}

/** Points of every payment. */
export const BASE_SCORE = 10;

/**
 * Points add up to the score, 100 at most. A rule whose points alone reach a level decides it. Thresholds are those of card testing
 * as merchants see it: several declines of one card or one address within an hour or two.
 */
export const RULES: readonly Rule[] = [
  { id: 'test_card_always_blocked', points: 90, matches: ({ subject }) => subject.card?.testRisk === 'blocked' },
  { id: 'test_card_highest_risk', points: 80, matches: ({ subject }) => subject.card?.testRisk === 'highest' },
  { id: 'test_card_elevated_risk', points: 58, matches: ({ subject }) => subject.card?.testRisk === 'elevated' },
  {
    id: 'test_card_requests_3ds',
    points: 0,
    requests3ds: true,
    matches: ({ subject }) => subject.card?.testRisk === 'request_3ds',
  },
  { id: 'card_declined_often', points: 68, matches: ({ card }) => card.declined >= 6 },
  { id: 'card_declined_repeatedly', points: 56, matches: ({ card }) => card.declined >= 3 && card.declined < 6 },
  { id: 'card_used_very_often', points: 66, matches: ({ card }) => card.attempts >= 30 },
  { id: 'email_declined_often', points: 68, matches: ({ email }) => email.declined >= 10 },
  { id: 'email_declined_repeatedly', points: 56, matches: ({ email }) => email.declined >= 5 && email.declined < 10 },
  {
    id: 'amount_very_high',
    points: 15,
    matches: ({ subject: { amount, currency } }) => amount >= highAmountOf(currency),
  },
  { id: 'prepaid_card', points: 5, matches: ({ subject }) => subject.card?.funding === 'prepaid' },
];
