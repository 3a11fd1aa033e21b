/** Lists that are limited to one payment, named by its intent or its charge. */
import { noSuchReference } from '../api/errors.ts';
import type { Scope } from '../kernel/ids.ts';
import type { PaymentsDeps } from './deps.ts';
import type { Payment } from './payment.ts';
import { paymentById, paymentOfCharge } from './store.ts';

/** The payment that the list is limited to, if it is. @throws 400 resource_missing */
export async function filteredPayment(
  deps: PaymentsDeps,
  scope: Scope,
  {
    payment_intent: intent,
    charge,
  }: { readonly payment_intent?: string | undefined; readonly charge?: string | undefined },
): Promise<Payment | undefined> {
  if (intent !== undefined) {
    const payment = await paymentById(deps.table, scope, intent);
    if (!payment) throw noSuchReference('payment_intent', intent, 'payment_intent');
    return payment;
  }
  if (charge === undefined) return undefined;
  const found = await paymentOfCharge(deps.table, scope, charge);
  if (!found) throw noSuchReference('charge', charge, 'charge');
  return found.payment;
}
