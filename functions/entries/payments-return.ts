/** Lambda entry of `/v1/return/{address}`: payers come back from their banks and wallets. */
import { clientOf, type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { logger } from '../kernel/log.ts';
import { serveReturn } from '../returns/serve.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';

const log = logger('payments-return');
const deps = {
  ...paymentsDeps(withoutSending),
  failed: (error: unknown) => log.error('nothing was learned of a payer who returned', { error: error as Error }),
};

export const handler = async (event: GatewayEvent): Promise<GatewayResult> => {
  const request = rawRequestOf(event);
  const { answer, line } = await serveReturn(deps, request);
  log.info('request', { ...line, ...clientOf(request) });
  return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
};
