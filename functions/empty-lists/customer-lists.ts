/** Lists of what belongs to a customer at Stripe and is never there at Sluice. The customer is. */
import * as z from 'zod/mini';
import { emptyPage } from '../api/list.ts';
import type { AnyOperation, Operation } from '../api/operation.ts';
import { type ListParams, listShape, nonEmpty, pageShape } from '../api/params.ts';
import { refusedOperation } from '../api/refused-operation.ts';
import type { CustomersDeps } from '../customers/deps.ts';
import { loadActive } from '../customers/operations/reads.ts';

interface CustomerList {
  /** Below `/v1/customers/{id}/`. */
  readonly name: string;
  readonly object: string;
  readonly params: z.ZodMiniType<ListParams>;
  /** Why none can be created; absent where Stripe has no such operation. */
  readonly refuses?: string;
}

const LISTS: readonly CustomerList[] = [
  {
    name: 'balance_transactions',
    object: 'customer_balance_transaction',
    params: z.strictObject({ ...listShape, invoice: z.optional(nonEmpty()) }),
    refuses: 'Customer balance transactions cannot be created. Sluice has no billing, so a customer has no balance.',
  },
  {
    name: 'subscriptions',
    object: 'subscription',
    params: z.strictObject(pageShape),
    refuses: 'Subscriptions cannot be created. Sluice has no billing.',
  },
  {
    name: 'tax_ids',
    object: 'tax_id',
    params: z.strictObject(pageShape),
    refuses: 'Tax ids cannot be created. Sluice computes no taxes.',
  },
  {
    name: 'cash_balance_transactions',
    object: 'customer_cash_balance_transaction',
    params: z.strictObject(pageShape),
  },
  {
    name: 'bank_accounts',
    object: 'bank_account',
    params: z.strictObject(pageShape),
    refuses: 'Bank accounts cannot be created. Sluice serves cards and wallets.',
  },
];

export const customerListOperations: readonly AnyOperation<CustomersDeps>[] = LISTS.flatMap((list) => {
  const { name, object, params, refuses } = list;
  const path = `/v1/customers/{id}/${name}`;
  const page: Operation<CustomersDeps, ListParams> = {
    method: 'GET',
    path,
    params,
    returns: { object, list: true, empty: true },
    run: async (deps, call) => {
      await loadActive(deps, call);
      return { status: 200, body: emptyPage(`/v1/customers/${call.path.id}/${name}`, object, call.params) };
    },
  };
  return refuses === undefined ? [page] : [page, refusedOperation(path, refuses)];
});
