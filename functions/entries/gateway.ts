/** Lambda entry of `/healthz`, of the API's description, and of every unknown path. */
import { API_VERSION } from '../api/api-version.ts';
import { unrecognizedUrl } from '../api/errors.ts';
import openApi from '../api/openapi.json' with { type: 'json' };
import { type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { systemRandom } from '../kernel/clock.ts';

const description = JSON.stringify(openApi);

/**
 * `/healthz` says that requests arrive, `/openapi.json` describes the API. Both are served below `/v1` too: without a custom domain a REST
 * API has no other addresses. Any other path is a 404 in Stripe's words.
 */
export const handler = async (event: GatewayEvent): Promise<GatewayResult> => {
  const { method, path } = rawRequestOf(event);
  const page = method === 'GET' ? path.replace(/^\/v1(?=\/)/, '') : undefined;
  const headers = {
    'content-type': 'application/json',
    'request-id': `req_${systemRandom(14)}`,
    'stripe-version': API_VERSION,
    'cache-control': 'no-store',
  };
  if (page === '/healthz') return { statusCode: 200, headers, body: '{"status":"ok"}' };
  if (page === '/openapi.json')
    return { statusCode: 200, headers: { ...headers, 'access-control-allow-origin': '*' }, body: description };
  const { status, body } = unrecognizedUrl(method, path);
  return { statusCode: status, headers, body: JSON.stringify({ error: body }) };
};
