/** Lambda entry of the HTTP routes on payment intents, refunds and charges. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { httpHandler } from '../api/http.ts';
import { systemClock } from '../kernel/clock.ts';
import { riskEngine } from '../risk/rules/engine.ts';
import { lambdaVault } from '../vault/client.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { paymentsDeps } from './payments-deps.ts';
import { paymentsOperations } from './payments-operations.ts';

const deps = paymentsDeps({
  // One try: an authorization without a response is queried, never sent again (I15).
  vault: lambdaVault(new LambdaClient({ maxAttempts: 1 }), process.env.VAULT_FUNCTION!),
  risk: (table) => riskEngine(table, systemClock),
});

export const handler = httpHandler(
  { ...httpDeps(deps.table), ...deps, loaders: expandLoaders(deps.table) },
  paymentsOperations,
);
