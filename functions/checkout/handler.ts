/** Lambda entry of the HTTP routes on Checkout Sessions. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { expandLoaders } from '../gateway/loaders.ts';
import { paymentsDeps } from '../payments/wiring.ts';
import { riskEngine } from '../risk/engine.ts';
import { systemClock } from '../shared/clock.ts';
import { httpHandler } from '../shared/http.ts';
import { httpDeps } from '../shared/http-deps.ts';
import { lambdaVault } from '../vault/client.ts';
import { checkoutOperations } from './api.ts';
import { checkoutLoaders } from './loaders.ts';

const deps = paymentsDeps({
  // One try, as in payments: an authorisation that was not heard is asked about, never sent again (I15).
  vault: lambdaVault(new LambdaClient({ maxAttempts: 1 }), process.env.VAULT_FUNCTION!),
  risk: (table) => riskEngine(table, systemClock),
});

export const handler = httpHandler(
  { ...httpDeps(deps.table), ...deps, loaders: { ...expandLoaders(deps.table), ...checkoutLoaders(deps.table) } },
  checkoutOperations,
);
