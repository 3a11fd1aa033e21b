/** Charges: a view of the payments' attempts; retrieve and list. */
import { noSuch } from '../shared/errors.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import type { PaymentsDeps } from './deps.ts';
import { retrieveParams } from './params.ts';
import { hasCharge, type Payment } from './payment.ts';
import { paymentOfCharge } from './store.ts';
import { renderCharge } from './wire.ts';

/** The charge that the path names. @throws 404 resource_missing */
async function load(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<{ readonly payment: Payment; readonly ordinal: number }> {
  const id = call.path['id'] ?? '';
  const found = await paymentOfCharge(deps.table, call.caller.scope, id);
  const attempt = found?.payment.attempts.find((candidate) => candidate.ordinal === found.ordinal);
  if (!found || !attempt || !hasCharge(attempt)) throw noSuch('charge', id);
  return found;
}
