/** The operations of the payments context. */

import { captureCharge } from '../charges/capture.ts';
import { listCharges, retrieveCharge } from '../charges/charges.ts';
import { createCharge } from '../charges/create.ts';
import { updateCharge } from '../charges/update.ts';
import { customerOperations } from '../customers/operations/customers.ts';
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from '../disputes/disputes.ts';
import { retrieveCashBalance } from '../empty-lists/cash-balance.ts';
import { customerListOperations } from '../empty-lists/customer-lists.ts';
import { confirmIntent } from '../payments/confirm.ts';
import { createIntent } from '../payments/create.ts';
import { captureIntent } from '../payments/operations/capture.ts';
import { cancelIntent } from '../payments/operations/hold-commits.ts';
import { incrementAuthorization } from '../payments/operations/increment.ts';
import { listIntents, retrieveIntent } from '../payments/reads.ts';
import { updateIntent } from '../payments/update.ts';
import { cancelRefund, updateRefund } from '../refunds/changes.ts';
import {
  createChargeRefund,
  listChargeRefunds,
  refundChargeInPath,
  retrieveChargeRefund,
  updateChargeRefund,
} from '../refunds/of-charge.ts';
import { listRefunds, retrieveRefund } from '../refunds/reads.ts';
import { createRefund } from '../refunds/refunds.ts';
import { searchCharges, searchCustomers, searchIntents } from '../search/operations.ts';
import { retrieveMandate } from '../setup-intents/mandates.ts';
import { setupOperations } from '../setup-intents/setup-intents.ts';
import {
  disputeCharge,
  expireAuthorization,
  expireCharge,
  expireRefund,
  failRefund,
} from '../test-helpers/payments.ts';

export const paymentsOperations = [
  ...setupOperations,
  retrieveMandate,
  ...customerOperations,
  ...customerListOperations,
  retrieveCashBalance,
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
  listChargeRefunds,
  retrieveChargeRefund,
  updateChargeRefund,
  createChargeRefund,
  refundChargeInPath,
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
