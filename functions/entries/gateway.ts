/** Lambda entry of every path that no other function has: `/healthz`, the API's description, the account, empty lists, and Stripe's 404. */
import type { Context } from 'aws-lambda';
import { httpHandler } from '../api/http.ts';
import { pageFor } from '../api/pages.ts';
import type { GatewayEvent, GatewayResult } from '../api/raw-request.ts';
import { systemRandom } from '../kernel/clock.ts';
import { gatewayOperations } from './gateway-operations.ts';
import { httpDeps } from './http-deps.ts';

const api = httpHandler(httpDeps(), gatewayOperations);

export const handler = async (event: GatewayEvent, context: Context): Promise<GatewayResult> =>
  pageFor(event, `req_${systemRandom(14)}`) ?? (await api(event, context));
