/** The HTTP routes on Checkout Sessions, and on the products and prices that they sell. */
import { httpHandler } from '../api/http.ts';
import { checkoutLoaders, inSessions } from '../checkout/loaders.ts';
import { unservedAtCheckout } from '../empty-lists/unserved-at-checkout.ts';
import { productLoaders } from '../products/loaders.ts';
import { checkoutFunctionOperations } from './checkout-operations.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { notingFor } from './noting-for.ts';
import { paymentsDeps } from './payments-deps.ts';
import type { Platform } from './platform.ts';
import { sending } from './sending.ts';

export function create(platform: Platform) {
  const on = notingFor(platform);
  const { table } = on;
  const described = inSessions(table);
  const loaders = { ...expandLoaders(table), ...checkoutLoaders(table), ...productLoaders(table, described) };
  return httpHandler(
    { ...httpDeps(on), ...paymentsDeps(on, { ...sending(on), mayPost: false }), loaders, inSessions: described },
    checkoutFunctionOperations,
    unservedAtCheckout,
  );
}
