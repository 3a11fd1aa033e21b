/** The operations of the payments context. */
import { captureIntent } from './capture.ts';
import { captureCharge } from './charge-capture.ts';
import { createCharge } from './charge-create.ts';
import { updateCharge } from './charge-update.ts';
import { listCharges, retrieveCharge } from './charges.ts';
import { customerOperations } from './customers.ts';
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from './disputes.ts';
import { cancelIntent } from './follow-up.ts';
import { incrementAuthorization } from './increment.ts';
import { listIntents, retrieveIntent } from './intent-reads.ts';
import { updateIntent } from './intent-update.ts';
import { confirmIntent, createIntent } from './intents.ts';
import { retrieveMandate } from './mandates.ts';
import { cancelRefund, updateRefund } from './refund-changes.ts';
import { listRefunds, retrieveRefund } from './refund-reads.ts';
import { createRefund } from './refunds.ts';
import { searchCharges, searchCustomers, searchIntents } from './search.ts';
import { setupOperations } from './setup-intents.ts';
import { disputeCharge, expireAuthorization, expireCharge, expireRefund, failRefund } from './test-helpers.ts';

export const paymentsOperations = [
  ...setupOperations,
  retrieveMandate,
  ...customerOperations,
  searchCustomers,
  createIntent,
  listIntents,
  searchIntents,
  retrieveIntent,
  updateIntent,
  confirmIntent,
  captureIntent,
  incrementAuthorization,
  cancelIntent,
  createRefund,
  listRefunds,
  retrieveRefund,
  updateRefund,
  cancelRefund,
  createCharge,
  listCharges,
  searchCharges,
  retrieveCharge,
  updateCharge,
  captureCharge,
  listDisputes,
  retrieveDispute,
  updateDispute,
  closeDispute,
  expireRefund,
  failRefund,
  disputeCharge,
  expireAuthorization,
  expireCharge,
] as const;
