/** Lambda entry of the HTTP routes on payment intents, refunds and charges. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { httpHandler } from '../api/http.ts';
import { testControls } from '../channels/sandbox/controls.ts';
import { sandboxApiKey } from '../channels/sandbox/credentials.ts';
import { systemClock } from '../kernel/clock.ts';
import { httpClient } from '../kernel/http-client.ts';
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

const controls = testControls({
  http: httpClient,
  baseUrl: process.env.SANDBOX_URL!,
  apiKey: sandboxApiKey(deps.credentials),
});

export const handler = httpHandler(
  { ...httpDeps(deps.table), ...deps, testControls: controls, loaders: expandLoaders(deps.table) },
  paymentsOperations,
);
