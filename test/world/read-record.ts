/** A stored record beside the object that the public API shows of it. */
import type Stripe from 'stripe';
import type { Change } from '../../functions/stream/kinds.ts';

/** What the record says, and the object that the public API shows of it. */
export async function readOf(stripe: Stripe, change: Change): Promise<readonly [wanted: object, object: object]> {
  const { body } = change.new;
  switch (change.kind) {
    case 'payment': {
      const { status, amount, direct, attempts } = change.new;
      const charge = `ch_${body}${attempts.at(-1)?.ordinal}`;
      if (direct) return [{ id: charge, amount: Number(amount) }, await stripe.charges.retrieve(charge)];
      return [{ status, amount: Number(amount) }, await stripe.paymentIntents.retrieve(`pi_${body}`)];
    }
    case 'refund': {
      const { status, amount } = change.new;
      return [{ status, amount: Number(amount) }, await stripe.refunds.retrieve(`re_${body}`)];
    }
    case 'dispute': {
      const { status, amount } = change.new;
      return [{ status, amount: Number(amount) }, await stripe.disputes.retrieve(`du_${body}`)];
    }
    case 'payout': {
      const { status, amount } = change.new;
      return [{ status, amount: Number(amount) }, await stripe.payouts.retrieve(`po_${body}`)];
    }
    case 'setup':
      return [{ status: change.new.status }, await stripe.setupIntents.retrieve(`seti_${body}`)];
    case 'customer':
      return [{ id: `cus_${body}`, object: 'customer' }, await stripe.customers.retrieve(`cus_${body}`)];
    case 'method':
      return [{ id: `pm_${body}`, type: 'card' }, await stripe.paymentMethods.retrieve(`pm_${body}`)];
    case 'checkout_session':
      return [{ status: change.new.status }, await stripe.checkout.sessions.retrieve(`cs_test_${body}`)];
    case 'product': {
      const { name, ownId = `prod_${body}` } = change.new;
      return [{ name }, await stripe.products.retrieve(ownId)];
    }
    case 'price':
      return [{ unit_amount: Number(change.new.unitAmount) }, await stripe.prices.retrieve(`price_${body}`)];
    default:
      return change satisfies never;
  }
}
