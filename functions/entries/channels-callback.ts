/** The function behind `/v1/channels`: where channels call back, and where merchants read their accounts. */
import type { Context } from 'aws-lambda';
import { httpHandler } from '../api/http.ts';
import type { Caller } from '../api/operation.ts';
import { clientOf, type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { routedPath } from '../api/route.ts';
import { accountReader } from '../channels/accounts/store.ts';
import { serveCallback } from '../channels/callbacks/callbacks.ts';
import { channelOperations } from '../channels/operations.ts';
import type { ChannelAccount } from '../channels/port/port.ts';
import { unservedAtChannels } from '../channels/unserved.ts';
import { callbacksOf } from '../channels/verifiers.ts';
import { counter } from '../kernel/metrics.ts';
import { accountsHealth } from '../payments/account-health.ts';
import { callbacksQueue } from './callbacks-queue.ts';
import { httpDeps } from './http-deps.ts';
import type { Platform } from './platform.ts';
import { channelCredentials } from './secrets.ts';

/** Whether a request is a channel's: it is then answered in the channel's words, and needs no key. */
export const isCallback = (path: string): boolean => /^\/v1\/channels\/[^/]+\/callbacks(?:\/|$)/.test(path);

export function create(on: Platform) {
  const { env, clock, table, client, log } = on;
  const count = counter(env.STACK);
  const { open } = channelCredentials({ table, clock, client, env });
  const deps = {
    clock,
    callbacks: callbacksOf,
    account: accountReader(table, clock),
    credentials: open,
    enqueue: callbacksQueue({ env, client }),
  };

  const api = httpHandler(
    {
      ...httpDeps(on),
      health: ({ scope, settings: { shards } }: Caller, accounts: readonly ChannelAccount[]) =>
        accountsHealth(table, { scope, shards, nowMs: clock.nowMs() }, accounts),
    },
    channelOperations,
    unservedAtChannels,
  );

  return async (event: GatewayEvent, context: Context): Promise<GatewayResult> => {
    const request = rawRequestOf(event, env.RAW_PATH_TOKEN);
    if (!isCallback(routedPath(request.path))) return api(event, context);
    const { answer, line, unverified } = await serveCallback(deps, request);
    log.info('request', { ...line, ...clientOf(request) });
    if (unverified) count({ CallbacksUnverified: 1 });
    return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
  };
}
