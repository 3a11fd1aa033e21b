/** Every path that no other function has: `/healthz`, the API's description, the account, empty lists, and Stripe's 404. */
import type { Context } from 'aws-lambda';
import { accountLoaders } from '../account/loaders.ts';
import { httpHandler } from '../api/http.ts';
import { pageFor } from '../api/pages.ts';
import { type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { unservedAtGateway } from '../empty-lists/unserved-at-gateway.ts';
import { gatewayOperations } from './gateway-operations.ts';
import { httpDeps } from './http-deps.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const api = httpHandler({ ...httpDeps(on), loaders: accountLoaders(on.table) }, gatewayOperations, unservedAtGateway);
  return async (event: GatewayEvent, context: Context): Promise<GatewayResult> =>
    (await pageFor(rawRequestOf(event, on.env.RAW_PATH_TOKEN), `req_${on.random(14)}`)) ?? api(event, context);
}
