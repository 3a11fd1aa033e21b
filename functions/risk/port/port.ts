/** What payments may ask of risk: read the velocity features in one batch, then decide without I/O. */

import type { Scope } from '../../kernel/ids.ts';
import type { Currency } from '../../kernel/money.ts';
import type { RiskDecision } from './risk.ts';

export interface RiskSubject {
  readonly scope: Scope;
  readonly livemode: boolean;
  readonly amount: bigint;
  readonly currency: Currency;
  /** The card, as far as the rules judge it. A wallet judges its own accounts. */
  readonly card?: {
    readonly fingerprint: string;
    readonly funding: string;
    /** A published test id stands for one card that every test of a merchant uses. */
    readonly published?: true;
    readonly testRisk?: 'elevated' | 'highest' | 'blocked';
  };
  readonly email?: string;
  readonly atMs: number;
}

export interface Risk {
  /** One batch read and the rules. Fails open: features that cannot be read in time count as zero, and the reasons say so. */
  assess(subject: RiskSubject): Promise<RiskDecision>;
}
