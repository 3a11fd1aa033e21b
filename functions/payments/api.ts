/** The operations of the payments context. */
import { listCharges, retrieveCharge } from './charges.ts';
import { cancelIntent, captureIntent } from './follow-up.ts';
import { listIntents, retrieveIntent } from './intent-reads.ts';
import { confirmIntent, createIntent } from './intents.ts';
import { listRefunds, retrieveRefund } from './refund-reads.ts';
import { createRefund } from './refunds.ts';

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
