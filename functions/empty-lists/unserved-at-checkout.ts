/** What Stripe has below the paths of the checkout function, and Sluice does not carry out. */
import type { AnyOperation } from '../api/operation.ts';
import { onNone } from './unserved.ts';

export const unservedAtCheckout: readonly AnyOperation<object>[] = onNone(
  'products/*/features',
  'product_feature',
  'GET DELETE',
);
