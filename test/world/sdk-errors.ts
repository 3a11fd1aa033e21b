/** What a call of the SDK throws. */
import type Stripe from 'stripe';

/** The error, as the SDK makes it of the answer. Rejects when nothing is thrown. */
export const thrown = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as Stripe.errors.StripeError,
  );

/** What each of several calls throws. All are awaited at once: a rejection before its turn would be unhandled. */
export const allThrown = (calls: readonly Promise<unknown>[]): Promise<readonly Stripe.errors.StripeError[]> =>
  Promise.all(calls.map(thrown));
