/** What is served without a key: whether the service is up, and the description of the API. */
import { loadedOnce } from '../kernel/once.ts';
import { API_VERSION } from './api-version.ts';
import type { GatewayResult, RawRequest } from './raw-request.ts';

/** Half of what the function would load at each start, for a path that few ask for. */
const description = loadedOnce(async () =>
  JSON.stringify((await import('./openapi.json', { with: { type: 'json' } })).default),
);

/**
 * The page that a request asks for, or undefined. `/healthz` says that requests arrive, `/openapi.json` describes the API. Both are served
 * below `/v1` too: without a custom domain a REST API has no other addresses.
 */
export async function pageFor({ method, path }: RawRequest, requestId: string): Promise<GatewayResult | undefined> {
  const page = method === 'GET' ? path.replace(/^\/v1(?=\/)/, '') : undefined;
  const headers = {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': API_VERSION,
    'cache-control': 'no-store',
  };
  if (page === '/healthz') return { statusCode: 200, headers, body: '{"status":"ok"}' };
  if (page === '/openapi.json')
    return { statusCode: 200, headers: { ...headers, 'access-control-allow-origin': '*' }, body: await description() };
  return undefined;
}
