/**
 * The bank account that payouts go to. A payout that fails at the bank disables the account: no payout is made to it until the operator
 * changes it, which gives it another id (docs.stripe.com/api/external_account_bank_accounts/object, `status`).
 */
import type Stripe from 'stripe';
import type { Scope } from '../kernel/ids.ts';
import type { BankAccount } from '../merchants/merchant.ts';
import { absent, type Key, type Table, type Write } from '../table/table.ts';
import type { Payout } from './payout.ts';

/** Item of a disabled account in the payments table. It has no `kind`: the stream's consumers pass it by. */
export const disabledBankKey = (scope: Scope, { id }: Pick<BankAccount, 'id'>): Key => ({
  pk: `${scope}#bank`,
  sk: id,
});

/** Why the account is disabled, as a payout failure code; undefined while it is enabled. */
export async function disabledBecause(
  table: Pick<Table, 'get'>,
  scope: Scope,
  bank: Pick<BankAccount, 'id'>,
): Promise<string | undefined> {
  const item = await table.get('payments', disabledBankKey(scope, bank));
  return item && (item.code as string);
}

/** Disables the account of a payout that failed; conflicts when an earlier one did. */
export const disableBank = (payout: Payout): Write => ({
  kind: 'put',
  table: 'payments',
  item: {
    ...disabledBankKey(payout.scope, payout.bank),
    code: payout.failureCode ?? 'could_not_process',
    payout: payout.body,
    disabledMs: payout.committedMs,
  },
  when: absent,
});

/** Holds while the account is enabled: part of every transaction that makes a payout. */
export const bankIsEnabled = (scope: Scope, bank: Pick<BankAccount, 'id'>): Write => ({
  kind: 'check',
  table: 'payments',
  key: disabledBankKey(scope, bank),
  when: absent,
});

/** The disabled account, as Stripe shows it. */
export const renderDisabledBank = ({ bank, currency, merchant }: Payout): Stripe.BankAccount => ({
  id: bank.id,
  object: 'bank_account',
  ...(merchant !== undefined && { account: merchant }),
  account_holder_name: bank.holder,
  account_holder_type: 'company',
  account_type: null,
  available_payout_methods: ['standard'],
  bank_name: bank.bankName,
  country: bank.country,
  currency,
  default_for_currency: true,
  fingerprint: null,
  last4: bank.last4,
  metadata: {},
  routing_number: null,
  status: 'errored',
});
