/** What a payment copies of a payment method, and what may be shown of its card. */
import type { BillingDetails } from '../api/person.ts';
import type { CardSource } from '../channels/port/port.ts';
import type { ObjectKey } from '../kernel/ids.ts';

/** The card as it may be shown: copied from the payment method when an attempt is made. */
export interface CardFacts {
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly funding: 'credit' | 'debit' | 'prepaid' | 'unknown';
  readonly country: string;
  readonly fingerprint: string;
}

/** A payment method as far as a payment needs it. */
export interface MethodFacts {
  readonly id: `pm_${string}`;
  readonly card: CardFacts;
  readonly source: CardSource;
  readonly billing?: BillingDetails;
  /** Test mode only: the risk level that the published test number stands for. */
  readonly testRisk?: 'elevated' | 'highest' | 'blocked';
  /** Whom it was attached to when it was used. */
  readonly customer?: ObjectKey;
  /** Its owner has confirmed that it may be charged later. */
  readonly setUp?: true;
}
