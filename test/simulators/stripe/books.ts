/** The simulator's own books: every object that it made, the money that moved, and the events that it owes. */
import type { PlayedCard } from './cards.ts';

export interface Intent {
  readonly id: string;
  readonly created: number;
  readonly currency: string;
  readonly manual: boolean;
  readonly card: PlayedCard;
  readonly network: string;
  readonly returnUrl?: string;
  readonly multicapture: boolean;
  readonly incremental: boolean;
  readonly descriptorSuffix?: string;
  amount: number;
  received: number;
  capturable: number;
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'succeeded' | 'canceled';
  metadata: Readonly<Record<string, string>>;
  chargeId?: string;
  lastError?: Readonly<Record<string, unknown>>;
  canceledFor?: string;
}

export interface ChargeRecord {
  readonly id: string;
  readonly created: number;
  readonly intent: Intent;
  readonly metadata: Readonly<Record<string, string>>;
  readonly failure?: { readonly code: string; readonly message: string };
  amount: number;
  captured: boolean;
  amountCaptured: number;
  amountRefunded: number;
  disputed: boolean;
  balanceTransaction?: string;
}

export interface SetupRecord {
  readonly id: string;
  readonly created: number;
  readonly card: PlayedCard;
  readonly metadata: Readonly<Record<string, string>>;
  readonly returnUrl?: string;
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';
  lastError?: Readonly<Record<string, unknown>>;
}

export interface RefundRecord {
  readonly id: string;
  readonly created: number;
  readonly charge: ChargeRecord;
  readonly amount: number;
  readonly metadata: Readonly<Record<string, string>>;
  status: 'pending' | 'succeeded' | 'failed';
  failureReason?: string;
  balanceTransaction?: string;
}

export interface DisputeRecord {
  readonly id: string;
  readonly created: number;
  readonly charge: ChargeRecord;
  readonly amount: number;
  readonly reason: string;
  readonly dueBy: number;
  status: string;
  evidence: Readonly<Record<string, string>>;
  submissions: number;
  transactions: MoneyMovement[];
}

/** A balance transaction. */
export interface MoneyMovement {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  readonly fee: number;
  readonly currency: string;
  readonly type: string;
  readonly category: string;
  readonly source?: string;
  readonly description?: string;
}

export interface EventRecord {
  readonly id: string;
  readonly created: number;
  readonly type: string;
  /** The event as it is sent, byte for byte. */
  readonly body: string;
}

export interface Books {
  readonly intents: Map<string, Intent>;
  readonly charges: Map<string, ChargeRecord>;
  readonly setups: Map<string, SetupRecord>;
  readonly refunds: Map<string, RefundRecord>;
  readonly disputes: Map<string, DisputeRecord>;
  readonly money: MoneyMovement[];
  readonly events: EventRecord[];
}

export const emptyBooks = (): Books => ({
  intents: new Map(),
  charges: new Map(),
  setups: new Map(),
  refunds: new Map(),
  disputes: new Map(),
  money: [],
  events: [],
});

/** What the simulator owes its account, by currency, in minor units. */
export function balanceOf(books: Books): Readonly<Record<string, number>> {
  const balance: Record<string, number> = {};
  for (const { amount, fee, currency } of books.money) balance[currency] = (balance[currency] ?? 0) + amount - fee;
  return balance;
}
