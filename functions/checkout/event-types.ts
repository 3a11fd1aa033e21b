/**
 * Types of the events that a commit of a Checkout Session announces: its end, once, and once what became of a payment that its channel decided
 * after that (docs.stripe.com/payments/checkout/fulfill-orders).
 */
import type { Session } from './session.ts';

export function sessionTypes(old: Session | undefined, { status, delayed }: Session): readonly string[] {
  if (old?.status === status) {
    const news = delayed !== undefined && delayed !== 'pending' && delayed !== old.delayed;
    return news ? [`checkout.session.async_payment_${delayed}`] : [];
  }
  if (status === 'open') return [];
  return [status === 'complete' ? 'checkout.session.completed' : 'checkout.session.expired'];
}
