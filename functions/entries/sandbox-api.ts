/** The sandbox's HTTP routes. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import type { SandboxDeps } from '../sandbox/api.ts';
import { TIMINGS } from '../sandbox/behavior.ts';
import { callbackQueue } from '../sandbox/queue.ts';
import { serve } from '../sandbox/routes.ts';
import type { Platform } from './platform.ts';

export function create({ env, clock, random, table, client, log }: Platform) {
  const deps: SandboxDeps = {
    table,
    clock,
    random,
    timings: TIMINGS,
    publicUrl: `${env.PUBLIC_URL}/v1/sandbox`,
    schedule: callbackQueue(client(SQSClient), env.SANDBOX_CALLBACKS_QUEUE_URL!),
  };

  return async (event: GatewayEvent): Promise<GatewayResult> => {
    const startedMs = clock.nowMs();
    const { method, path: sent, headers, body } = rawRequestOf(event, env.RAW_PATH_TOKEN);
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
      ms: clock.nowMs() - startedMs,
      ...('error' in answer && { error: answer.error }),
    });
    return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
  };
}
