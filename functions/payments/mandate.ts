/** The mandate that a confirmation names, and whether it allows the payment. */
import type Stripe from 'stripe';
import { noSuchReference, refused } from '../api/errors.ts';
import type { Call } from '../api/operation.ts';
import type { PaymentsDeps } from './deps.ts';

/** The mandate that a confirmation names. @throws 400 resource_missing */
export async function requestedMandate(
  deps: Pick<PaymentsDeps, 'mandate'>,
  { caller, params }: Omit<Call<{ readonly mandate?: string | undefined }>, 'lock'>,
): Promise<Stripe.Mandate | undefined> {
  if (params.mandate === undefined) return undefined;
  const mandate = await deps.mandate(caller.scope, params.mandate);
  if (!mandate) throw noSuchReference('mandate', params.mandate, 'mandate');
  return mandate;
}

/** @throws payment_intent_mandate_invalid for one that is over, or of another card */
export function assertMandate(mandate: Stripe.Mandate | undefined, method: string): void {
  if (!mandate || (mandate.status === 'active' && mandate.payment_method === method)) return;
  throw refused('The provided mandate is invalid and can not be used for the payment intent.', {
    code: 'payment_intent_mandate_invalid',
    param: 'mandate',
  });
}
