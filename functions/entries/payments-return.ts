/** The function behind `/v1/return/{address}`: payers come back from their banks and wallets. */
import { clientOf, type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { serveReturn } from '../returns/serve.ts';
import { notingFor } from './noting-for.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const { env, log } = on;
  const deps = {
    ...paymentsDeps(notingFor(on), withoutSending),
    failed: (error: unknown) => log.error('nothing was learned of a payer who returned', { error: error as Error }),
  };

  return async (event: GatewayEvent): Promise<GatewayResult> => {
    const request = rawRequestOf(event, env.RAW_PATH_TOKEN);
    const { answer, line } = await serveReturn(deps, request);
    log.info('request', { ...line, ...clientOf(request) });
    return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
  };
}
