/** What is served without a key: whether the service is up, and the description of the API. */
import { API_VERSION } from './api-version.ts';
import openApi from './openapi.json' with { type: 'json' };
import type { GatewayResult, RawRequest } from './raw-request.ts';

const description = JSON.stringify(openApi);

/**
 * The page that a request asks for, or undefined. `/healthz` says that requests arrive, `/openapi.json` describes the API. Both are served
 * below `/v1` too: without a custom domain a REST API has no other addresses.
 */
export function pageFor({ method, path }: RawRequest, requestId: string): GatewayResult | undefined {
  const page = method === 'GET' ? path.replace(/^\/v1(?=\/)/, '') : undefined;
  const headers = {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': API_VERSION,
    'cache-control': 'no-store',
  };
  if (page === '/healthz') return { statusCode: 200, headers, body: '{"status":"ok"}' };
  if (page === '/openapi.json')
    return { statusCode: 200, headers: { ...headers, 'access-control-allow-origin': '*' }, body: description };
  return undefined;
}
