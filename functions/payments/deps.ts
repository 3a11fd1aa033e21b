/** What the payments context needs from the outside; Lambda entries and tests wire it. */

import type Stripe from 'stripe';
import type { Channel } from '../channels/port/channel.ts';
import type { ReportedDisputes } from '../channels/port/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ObjectKey, RandomText, Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import type { Risk } from '../risk/port/port.ts';
import type { RequestMark } from '../table/record.ts';
import type { Table, Write } from '../table/table.ts';
import type { Vault } from '../vault/port/port.ts';
import type { Attempt } from './attempt.ts';
import type { Payment } from './payment.ts';

/** A payment or setup intent, as far as what moves with it needs it. */
export interface Moved {
  readonly scope: Scope;
  readonly session?: ObjectKey;
  readonly status: string;
  readonly committedMs: number;
  readonly request?: RequestMark;
}

/** The writes of other objects that belong into the transaction that moves a payment or setup intent from `before` to `after`. */
export type Companions = (
  table: Table,
  kind: 'payment' | 'setup',
  before: Moved,
  after: Moved,
) => Promise<readonly Write[]>;

export interface PaymentsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  /** The client of a channel, by its name on the attempt. */
  readonly channel: (name: string) => Channel;
  /** What moves in the same transaction: the Checkout Session that the payment or setup intent belongs to. */
  readonly companions: Companions;
  /** Applies disputes that a channel's answer names, once the payment has its outcome. Fails nothing: their callbacks follow. */
  readonly applyDisputes: (payment: Payment, attempt: Attempt, reports: ReportedDisputes) => Promise<void>;
  /** Whether this function may write the ledger: it posts what is available at once with the outcome. Otherwise the stream does. */
  readonly mayPost: boolean;
  /** The mandate that `mandate_…` names in a scope. */
  readonly mandate: (scope: Scope, id: string) => Promise<Stripe.Mandate | undefined>;
  /** Where channels send payers back to, up to the attempt's own segment (return-address.ts). */
  readonly returnUrl: string;
  readonly vault: Vault;
  readonly risk: Risk;
  /** Settings of a scope, for what no merchant's request is behind (callbacks, jobs). */
  readonly settings: (scope: Scope) => Promise<Settings>;
  /** Notifies the operator of a response that contradicts the record. The consumer of callbacks reports contradicting callbacks. */
  readonly contradicted: (facts: Contradiction) => void;
}

export interface Contradiction {
  readonly scope: Scope;
  readonly reference: string;
  readonly outcome: string;
}
