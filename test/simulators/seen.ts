/** What tests see of the acquirer's records: charges and refunds in the port's terms, with the sums that an audit compares. */
import type { AttemptOutcome, OperationFacts, OperationOutcome } from '../../functions/channels/port/port.ts';
import { attemptState, readCharge, readRefund, refundOutcome } from '../../functions/channels/sandbox/wire.ts';
import {
  type AuthorizeParams,
  authorizedOf,
  type Charge,
  capturedOf,
  done,
  refundedOf,
  takenOf,
} from '../../functions/sandbox/charge.ts';
import type { Refund } from '../../functions/sandbox/refund.ts';
import { chargeView, refundView } from '../../functions/sandbox/wire.ts';

export interface ChargeSeen {
  readonly request: AuthorizeParams;
  readonly outcome: AttemptOutcome;
  /** Minor units that were authorized, increments included. */
  readonly authorized: bigint;
  /** Minor units taken, minus what was voided. */
  readonly captured: bigint;
  /** Nothing more can be captured: the last capture was made. */
  readonly closed: boolean;
  /** Of these, what was given back or is about to be. */
  readonly refunded: bigint;
  readonly voided: boolean;
  readonly operations: ReadonlyMap<number, OperationOutcome>;
  readonly facts: ReadonlyMap<number, OperationFacts>;
}

export interface RefundSeen {
  readonly request: {
    readonly reference: string;
    readonly payment: string;
    readonly amount: bigint;
    readonly currency: string;
  };
  readonly outcome: OperationOutcome;
}

/** Records never change, and only an order at a wallet and money of a refund that fails later turn by themselves: all other views are kept. */
const charges = new WeakMap<Charge, ChargeSeen>();
const refunds = new WeakMap<Refund, RefundSeen>();

export function seenCharge(charge: Charge, nowMs: number): ChargeSeen {
  const known = charges.get(charge);
  if (known) return known;
  const { attempt, operations, operationFacts } = attemptState(
    readCharge(chargeView(charge, nowMs, 'http://acquirer.test/challenge'))!,
  );
  const captures = done(charge, 'capture');
  const made: ChargeSeen = {
    request: charge.params,
    outcome: attempt as AttemptOutcome,
    authorized: authorizedOf(charge),
    captured: takenOf(charge, nowMs),
    closed: captures.some(({ keepsRest }) => !keepsRest) || capturedOf(charge, nowMs) === authorizedOf(charge),
    refunded: refundedOf(charge, nowMs),
    voided: done(charge, 'void').length > 0,
    operations,
    facts: operationFacts!,
  };
  if (!charge.order && !charge.returns) charges.set(charge, made);
  return made;
}

export function seenRefund(refund: Refund, nowMs: number): RefundSeen {
  const known = refunds.get(refund);
  if (known) return known;
  const { reference, charge: payment, amount, currency } = refund.params;
  const outcome = refundOutcome(readRefund(refundView(refund, nowMs))!);
  const made = { request: { reference, payment, amount, currency }, outcome };
  if (outcome.kind !== 'failed') refunds.set(refund, made);
  return made;
}
