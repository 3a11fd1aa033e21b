/** What payments may ask of risk: read the velocity features in one batch, then decide without I/O. */

import type { Scope } from '../../kernel/ids.ts';
import type { Currency } from '../../kernel/money.ts';
import type { TestRisk } from '../../kernel/test-cards.ts';
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
    readonly testRisk?: TestRisk;
  };
  readonly email?: string;
  readonly atMs: number;
}

export interface Risk {
  /**
   * The decision about an attempt that is not stored yet: one batch read and the rules. Fails open: features that cannot be read in time count
   * as zero, and the reasons say so. It changes nothing, so a request that dies after it may ask again.
   */
  assess(subject: RiskSubject): Promise<RiskDecision>;
}
