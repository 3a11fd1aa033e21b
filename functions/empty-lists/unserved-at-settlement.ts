/** What Stripe has below the paths of the settlement function, and Sluice does not carry out. */
import type { AnyOperation } from '../api/operation.ts';
import { refusedWith } from './unserved.ts';

export const unservedAtSettlement: readonly AnyOperation<object>[] = refusedWith(
  'The transactions of a payout are listed by GET /v1/balance_transactions?payout=.',
  'GET:payouts/*/transactions',
);
