/** How a payment is stored and named, for who reads one without its journal entries. */
import type { Kind } from '../table/record.ts';
import type { Payment } from './payment.ts';

export const PAYMENT_KIND: Kind<Payment> = {
  name: 'payment',
  letter: 'p',
  prefix: 'pi',
  object: 'payment_intent',
  status: (payment) => payment.status,
};
