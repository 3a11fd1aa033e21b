/** Refunds of the simulator. */
import { balanceOf, type ChargeRecord, type RefundRecord } from './books.ts';
import { invalid, missing, refused } from './errors.ts';
import { type Form, textOf, textsIn } from './form.ts';
import { integerIn, intentOf } from './payments.ts';
import { renderCharge, renderRefund } from './render.ts';
import { emit, move, type World } from './world.ts';

function refundedCharge(world: World, form: Form): ChargeRecord {
  const id = textOf(form, 'charge');
  const intentId = textOf(form, 'payment_intent');
  if (id === undefined && intentId === undefined)
    throw invalid('One of the following params should be provided for this request: payment_intent or charge.');
  if (id !== undefined) {
    const charge = world.books.charges.get(id);
    if (!charge) throw missing('charge', id, 'id');
    return charge;
  }
  const charge = world.books.charges.get(intentOf(world, intentId!).chargeId ?? '');
  if (!charge || charge.amountCaptured === 0)
    throw refused(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  return charge;
}

/** Gives back a part or all of what was captured. */
export function createRefund(world: World, form: Form) {
  const charge = refundedCharge(world, form);
  const { currency } = charge.intent;
  const left = charge.amountCaptured - charge.amountRefunded;
  if (charge.disputed)
    throw refused(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
  if (left === 0) throw refused(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  const amount = integerIn(form, 'amount', 1) ?? left;
  if (amount > left)
    throw refused(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    });
  if (world.leastBalance !== undefined && (balanceOf(world.books)[currency] ?? 0) - amount < world.leastBalance)
    throw refused('Insufficient funds in your Stripe balance to refund this amount.', { code: 'balance_insufficient' });
  const refund: RefundRecord = {
    id: world.id('re'),
    created: world.nowSeconds(),
    charge,
    amount,
    metadata: textsIn(form, 'metadata'),
    status: charge.intent.card.refunds === 'pending' ? 'pending' : 'succeeded',
  };
  world.books.refunds.set(refund.id, refund);
  charge.amountRefunded += amount;
  refund.balanceTransaction = move(world, charge, {
    amount: -amount,
    fee: 0,
    type: 'refund',
    category: 'refund',
    source: refund.id,
  }).id;
  emit(world, 'refund.created', renderRefund(refund));
  emit(world, 'charge.refunded', renderCharge(charge));
  return renderRefund(refund);
}

export function refundOf(world: World, id: string): RefundRecord {
  const refund = world.books.refunds.get(id);
  if (!refund) throw missing('refund', id, 'refund');
  return refund;
}

/** The payer's bank takes the refund, or sends it back: also one that had succeeded. */
export function finishRefund(world: World, refund: RefundRecord, outcome: 'succeeded' | 'failed'): void {
  if (refund.status === outcome || refund.status === 'failed') return;
  refund.status = outcome;
  if (outcome === 'failed') {
    refund.failureReason = 'expired_or_canceled_card';
    refund.charge.amountRefunded -= refund.amount;
    move(world, refund.charge, {
      amount: refund.amount,
      fee: 0,
      type: 'refund_failure',
      category: 'refund_failure',
      source: refund.id,
    });
  }
  emit(world, outcome === 'failed' ? 'refund.failed' : 'refund.updated', renderRefund(refund));
}
