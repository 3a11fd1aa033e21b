/** The entries of the functions that the main process runs, by their names in lib/functions.json. The vault's process has the others. */
import { create as channelsCallback } from '../../../functions/entries/channels-callback.ts';
import { create as checkoutApi } from '../../../functions/entries/checkout-api.ts';
import { create as gateway } from '../../../functions/entries/gateway.ts';
import { create as ledgerApi } from '../../../functions/entries/ledger-api.ts';
import { create as ledgerOnPayment } from '../../../functions/entries/ledger-on-payment.ts';
import { create as ledgerOnRetry } from '../../../functions/entries/ledger-on-retry.ts';
import { create as merchantsAudit } from '../../../functions/entries/merchants-audit.ts';
import { create as merchantsOperator } from '../../../functions/entries/merchants-operator.ts';
import { create as merchantsRecovery } from '../../../functions/entries/merchants-recovery.ts';
import { create as merchantsTreasury } from '../../../functions/entries/merchants-treasury.ts';
import { create as notificationsApi } from '../../../functions/entries/notifications-api.ts';
import { create as notificationsDue } from '../../../functions/entries/notifications-due.ts';
import { create as notificationsOnChange } from '../../../functions/entries/notifications-on-change.ts';
import { create as notificationsOnDelivery } from '../../../functions/entries/notifications-on-delivery.ts';
import { create as notificationsOnRetry } from '../../../functions/entries/notifications-on-retry.ts';
import { create as paymentsApi } from '../../../functions/entries/payments-api.ts';
import { create as paymentsJanitor } from '../../../functions/entries/payments-janitor.ts';
import { create as paymentsOnCallback } from '../../../functions/entries/payments-on-callback.ts';
import { create as paymentsReturn } from '../../../functions/entries/payments-return.ts';
import type { Platform } from '../../../functions/entries/platform.ts';
import { create as riskApi } from '../../../functions/entries/risk-api.ts';
import { create as riskOnAttempts } from '../../../functions/entries/risk-on-attempts.ts';
import { create as sandboxApi } from '../../../functions/entries/sandbox-api.ts';
import { create as sandboxOnDue } from '../../../functions/entries/sandbox-on-due.ts';
import { create as sandboxOpenAccount } from '../../../functions/entries/sandbox-open-account.ts';
import { create as settlementApi } from '../../../functions/entries/settlement-api.ts';
import { create as settlementDue } from '../../../functions/entries/settlement-due.ts';
import { create as settlementStep } from '../../../functions/entries/settlement-step.ts';
import { create as vaultExpiredCodes } from '../../../functions/entries/vault-expired-codes.ts';
import type { FunctionName } from '../../../lib/function-names.ts';
import type { VaultFunction } from '../vault/entries.ts';

/** Each takes the event that its trigger sends: that event's type is a matter of the trigger and the entry. */
export type Entry = (on: Platform) => (event: never, ...context: never[]) => Promise<unknown>;

export const ENTRIES: Readonly<Record<Exclude<FunctionName, VaultFunction>, Entry>> = {
  'payments-api': paymentsApi,
  'payments-on-callback': paymentsOnCallback,
  'payments-return': paymentsReturn,
  'payments-janitor': paymentsJanitor,
  'checkout-api': checkoutApi,
  'vault-expired-codes': vaultExpiredCodes,
  'channels-callback': channelsCallback,
  'risk-api': riskApi,
  'risk-on-attempts': riskOnAttempts,
  'ledger-api': ledgerApi,
  'ledger-on-payment': ledgerOnPayment,
  'ledger-on-retry': ledgerOnRetry,
  'settlement-api': settlementApi,
  'settlement-step': settlementStep,
  'settlement-due': settlementDue,
  'notifications-api': notificationsApi,
  'notifications-on-change': notificationsOnChange,
  'notifications-on-retry': notificationsOnRetry,
  'notifications-due': notificationsDue,
  'notifications-on-delivery': notificationsOnDelivery,
  'merchants-operator': merchantsOperator,
  'merchants-audit': merchantsAudit,
  'merchants-recovery': merchantsRecovery,
  'merchants-treasury': merchantsTreasury,
  'sandbox-api': sandboxApi,
  'sandbox-on-due': sandboxOnDue,
  'sandbox-open-account': sandboxOpenAccount,
  gateway: gateway,
};
