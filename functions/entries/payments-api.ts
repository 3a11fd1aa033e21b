/** The HTTP routes on payment intents, refunds, charges, customers, disputes and setup intents. */
import { httpHandler } from '../api/http.ts';
import { testControls } from '../channels/sandbox/controls.ts';
import { sandboxApiKey } from '../channels/sandbox/credentials.ts';
import { unservedAtPayments } from '../empty-lists/unserved-at-payments.ts';
import { expandLoaders } from './expansion.ts';
import { forRequests, httpDeps } from './http-deps.ts';
import { paymentsDeps } from './payments-deps.ts';
import { paymentsOperations } from './payments-operations.ts';
import type { Platform } from './platform.ts';
import { sending } from './sending.ts';

export function create(platform: Platform) {
  const on = forRequests(platform);
  const deps = paymentsDeps(on, { ...sending(on), mayPost: true });
  const controls = testControls({
    http: on.http,
    baseUrl: on.env.SANDBOX_URL!,
    apiKey: sandboxApiKey(deps.credentials),
  });
  return httpHandler(
    { ...httpDeps(on), ...deps, testControls: controls, loaders: expandLoaders(on.table) },
    paymentsOperations,
    unservedAtPayments,
  );
}
