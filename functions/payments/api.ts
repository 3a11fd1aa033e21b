/** The operations of the payments context. */
import { listCharges, retrieveCharge } from './charges.ts';
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from './disputes.ts';
import { cancelIntent, captureIntent } from './follow-up.ts';
import { listIntents, retrieveIntent } from './intent-reads.ts';
import { confirmIntent, createIntent } from './intents.ts';
import { listRefunds, retrieveRefund } from './refund-reads.ts';
import { createRefund } from './refunds.ts';
import { searchCharges, searchIntents } from './search.ts';

export const paymentsOperations = [
  createIntent,
  listIntents,
  searchIntents,
  retrieveIntent,
  confirmIntent,
  captureIntent,
  cancelIntent,
  createRefund,
  listRefunds,
  retrieveRefund,
  listCharges,
  searchCharges,
  retrieveCharge,
  listDisputes,
  retrieveDispute,
  updateDispute,
  closeDispute,
] as const;
