/** Lambda entry of the HTTP routes on Checkout Sessions, and on the products and prices that they sell. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { httpHandler } from '../api/http.ts';
import { checkoutLoaders, inSessions } from '../checkout/loaders.ts';
import { systemClock } from '../kernel/clock.ts';
import { productLoaders } from '../products/loaders.ts';
import { riskEngine } from '../risk/rules/engine.ts';
import { lambdaVault } from '../vault/client.ts';
import { checkoutFunctionOperations } from './checkout-operations.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { paymentsDeps } from './payments-deps.ts';

const deps = paymentsDeps({
  // One try, as in payments: an authorization without a response is queried, never sent again (I15).
  vault: lambdaVault(new LambdaClient({ maxAttempts: 1 }), process.env.VAULT_FUNCTION!),
  risk: (table) => riskEngine(table, systemClock),
});

const described = inSessions(deps.table);
const loaders = {
  ...expandLoaders(deps.table),
  ...checkoutLoaders(deps.table),
  ...productLoaders(deps.table, described),
};

export const handler = httpHandler(
  { ...httpDeps(deps.table), ...deps, loaders, inSessions: described },
  checkoutFunctionOperations,
);
