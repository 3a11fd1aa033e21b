/** Lambda entry of the HTTP routes on Checkout Sessions. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { httpHandler } from '../api/http.ts';
import { checkoutLoaders } from '../checkout/loaders.ts';
import { checkoutOperations } from '../checkout/operations.ts';
import { systemClock } from '../kernel/clock.ts';
import { riskEngine } from '../risk/rules/engine.ts';
import { lambdaVault } from '../vault/client.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { paymentsDeps } from './payments-deps.ts';

const deps = paymentsDeps({
  // One try, as in payments: an authorization without a response is queried, never sent again (I15).
  vault: lambdaVault(new LambdaClient({ maxAttempts: 1 }), process.env.VAULT_FUNCTION!),
  risk: (table) => riskEngine(table, systemClock),
});

export const handler = httpHandler(
  { ...httpDeps(deps.table), ...deps, loaders: { ...expandLoaders(deps.table), ...checkoutLoaders(deps.table) } },
  checkoutOperations,
);
