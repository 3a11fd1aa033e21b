/** The function behind `POST /v1/channels/{channel}/callbacks/{account}`. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOf, type GatewayEvent, type GatewayResult, rawRequestOf } from '../api/raw-request.ts';
import { accountReader } from '../channels/accounts/store.ts';
import { serveCallback } from '../channels/callbacks/callbacks.ts';
import { callbacksOf } from '../channels/verifiers.ts';
import { counter } from '../kernel/metrics.ts';
import { packJson } from '../table/pack.ts';
import type { Platform } from './platform.ts';
import { channelCredentials } from './secrets.ts';

export function create({ env, clock, table, client, log }: Platform) {
  const count = counter(env.STACK);
  const sqs = client(SQSClient);
  const { open } = channelCredentials({ table, clock, client, env });
  const deps = {
    clock,
    callbacks: callbacksOf,
    account: accountReader(table, clock),
    credentials: open,
    enqueue: async (message: object, group: string, deduplication: string) => {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: env.CALLBACKS_QUEUE_URL,
          MessageBody: packJson(message),
          MessageGroupId: group,
          MessageDeduplicationId: deduplication,
        }),
      );
    },
  };

  return async (event: GatewayEvent): Promise<GatewayResult> => {
    const request = rawRequestOf(event, env.RAW_PATH_TOKEN);
    const { answer, line, unverified } = await serveCallback(deps, request);
    log.info('request', { ...line, ...clientOf(request) });
    if (unverified) count({ CallbacksUnverified: 1 });
    return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body };
  };
}
