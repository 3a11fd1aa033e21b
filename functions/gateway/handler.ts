/** Lambda entry of `/healthz`, of the API's description, and of every path that nobody serves. */
import { API_VERSION } from '../shared/api-version.ts';
import { systemRandom } from '../shared/clock.ts';
import { shown, unrecognizedUrl } from '../shared/errors.ts';
import { type GatewayEvent, type GatewayResult, rawRequestOf } from '../shared/raw-request.ts';
import openApi from './openapi.json' with { type: 'json' };

const description = JSON.stringify(openApi);

/** `/healthz` answers whoever asks whether requests arrive here; anything else is not ours, in Stripe's words. */
export const handler = async (event: GatewayEvent): Promise<GatewayResult> => {
  const { method, path } = rawRequestOf(event);
  const headers = {
    'content-type': 'application/json',
    'request-id': `req_${systemRandom(14)}`,
    'stripe-version': API_VERSION,
    'cache-control': 'no-store',
  };
  if (path === '/healthz' && method === 'GET') return { statusCode: 200, headers, body: '{"status":"ok"}' };
  if (path === '/openapi.json' && method === 'GET')
    return { statusCode: 200, headers: { ...headers, 'access-control-allow-origin': '*' }, body: description };
  const { status, body } = unrecognizedUrl(method, shown(path));
  return { statusCode: status, headers, body: JSON.stringify({ error: body }) };
};
