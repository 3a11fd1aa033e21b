/** The cash balance of a customer at Stripe: nothing fills one, so nothing is available. */
import type Stripe from 'stripe';
import type { Operation } from '../api/operation.ts';
import { noParams } from '../api/params.ts';
import type { CustomersDeps } from '../customers/deps.ts';
import { loadActive } from '../customers/operations/reads.ts';

export const renderCashBalance = (customer: string, livemode: boolean): Stripe.CashBalance => ({
  object: 'cash_balance',
  available: null,
  customer,
  customer_account: null,
  livemode,
  settings: { reconciliation_mode: 'automatic', using_merchant_default: true },
});

/**
 * @throws 404 resource_missing for what is no customer, or is deleted
 * @see https://docs.stripe.com/api/cash_balance/retrieve
 */
export const retrieveCashBalance: Operation<CustomersDeps, object> = {
  method: 'GET',
  path: '/v1/customers/{id}/cash_balance',
  params: noParams,
  returns: { object: 'cash_balance' },
  run: async (deps, call) => {
    await loadActive(deps, call);
    return { status: 200, body: renderCashBalance(call.path.id ?? '', call.caller.livemode) };
  },
};
