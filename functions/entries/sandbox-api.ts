/** Lambda entry of the sandbox's HTTP routes. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import type { SandboxDeps } from '../sandbox/api.ts';
import { TIMINGS } from '../sandbox/behavior.ts';
import { callbackQueue } from '../sandbox/queue.ts';
import { serve } from '../sandbox/routes.ts';
import { dynamoTable } from '../table/dynamo-table.ts';

const log = logger('sandbox-api');
const deps: SandboxDeps = {
  table: dynamoTable(),
  clock: systemClock,
  random: systemRandom,
  timings: TIMINGS,
  publicUrl: `${process.env.PUBLIC_URL}/v1/sandbox`,
  schedule: callbackQueue(new SQSClient(), process.env.SANDBOX_CALLBACKS_QUEUE_URL!),
};

export const handler = async (event: GatewayEvent): Promise<GatewayResult> => {
  const startedMs = Date.now();
  const { method, path: sent, headers, body } = rawRequestOf(event);
  // Below `/v1` in every stack; pages that 0.1 linked to are at the root.
  const path = sent.replace(/^\/v1(?=\/)/, '');
  const answer = await serve(deps, { method, path, authorization: headers.authorization, body }).catch(
    (error: unknown) => ({
      status: 500,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: { code: 'failed', message: 'the sandbox failed' } }),
      error: error instanceof Error ? error.stack : String(error),
    }),
  );
  // A challenge's address holds its secret: only the route is logged.
  const route = path.split('/').slice(0, 3).join('/');
  log.info('request', {
    method,
    route,
    status: answer.status,
    ms: Date.now() - startedMs,
    ...('error' in answer && { error: answer.error }),
  });
  return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
};
