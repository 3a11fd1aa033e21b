/** The operations of the payments context. */
import { listCharges, retrieveCharge } from './charges.ts';
import { cancelIntent, captureIntent } from './follow-up.ts';
import { confirmIntent, createIntent, listIntents, retrieveIntent } from './intents.ts';
import { createRefund, listRefunds, retrieveRefund } from './refunds.ts';

export const paymentsOperations = [
  createIntent,
  listIntents,
  retrieveIntent,
  confirmIntent,
  captureIntent,
  cancelIntent,
  createRefund,
  listRefunds,
  retrieveRefund,
  listCharges,
  retrieveCharge,
] as const;
