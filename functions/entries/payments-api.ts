/** The HTTP routes on payment intents, refunds, charges, customers, disputes and setup intents. */
import { httpHandler } from '../api/http.ts';
import { testControls } from '../channels/test-controls.ts';
import { unservedAtPayments } from '../empty-lists/unserved-at-payments.ts';
import { channelsDeps } from './channels.ts';
import { expandLoaders } from './expansion.ts';
import { httpDeps } from './http-deps.ts';
import { notingFor } from './noting-for.ts';
import { paymentsDeps } from './payments-deps.ts';
import { paymentsOperations } from './payments-operations.ts';
import type { Platform } from './platform.ts';
import { sending } from './sending.ts';

export function create(platform: Platform) {
  const on = notingFor(platform);
  const deps = paymentsDeps(on, { ...sending(on), mayPost: true });
  const controls = testControls(channelsDeps(on, deps.credentials));
  return httpHandler(
    { ...httpDeps(on), ...deps, testControls: controls, loaders: expandLoaders(on.table) },
    paymentsOperations,
    unservedAtPayments,
  );
}
