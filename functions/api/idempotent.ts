/**
 * A POST under its idempotency key (`idempotency.ts`): the answer that needs no run, and what the key keeps of a run. `http.ts` runs the
 * operation between these functions, so a write of the operation does not pass through this file.
 */
import type { Exchange } from './answer.ts';
import { withClientSecrets } from './client-secret.ts';
import { ApiError, idempotencyInUse } from './errors.ts';
import type { Tree } from './form.ts';
import {
  assertKey,
  type Claimed,
  claimKey,
  completeKey,
  type IdempotencyDeps,
  releaseKey,
  type StoredReply,
} from './idempotency.ts';
import type { AnyOperation, Call, Reply } from './operation.ts';
import type { RawRequest } from './raw-request.ts';

/** The key is this request's: `call` may run, once what it reads is there. */
export interface Taken {
  readonly claimed: Extract<Claimed, { kind: 'mine' }>;
  readonly call: Call<never>;
  readonly loading: Loading;
}

/** Takes the key beside the first reads; or returns what the request is answered instead, as another one has the key. */
export async function takeKey<Deps extends IdempotencyDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'claim'>,
  asked: { readonly key: string; readonly request: RawRequest; readonly params: Record<string, Tree> },
  exchange: Exchange,
): Promise<Taken | { readonly reply: Reply }> {
  const { key, request, params } = asked;
  assertKey(key);
  const keyed = {
    caller: call.caller,
    method: request.method,
    path: request.path,
    params: { ...params, expand: [...call.expand] },
    requestId: call.requestId,
  };
  const [claimed, loading] = await Promise.all([claimKey(deps, keyed, key), settled(operation.read?.(deps, call))]);
  if (claimed.kind === 'replay') return { reply: await replay(deps, operation, call, claimed.reply, exchange) };
  if (claimed.kind === 'busy')
    return { reply: await peek(deps, operation, { ...call, claim: claimed.claim }, exchange) };
  return { claimed, call: { ...call, claim: claimed.claim }, loading };
}

type Loading = { readonly value: unknown } | { readonly error: unknown };
const settled = async (promise: Promise<unknown> | undefined): Promise<Loading> => {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
};

/** What the operation read. Throws what its reads threw. */
export function loadedBy({ loading }: Taken): unknown {
  if ('error' in loading) throw loading.error;
  return loading.value;
}

/** The previous holder of the key may have committed and crashed before its reply was stored. The reply is sent, and stored now. */
export async function earlierReply<Deps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  { call }: Taken,
): Promise<Reply | undefined> {
  const told = call.claim.resumed ? await operation.peek?.(deps, call) : undefined;
  return told && { ...told, stored: false };
}

/** Keeps the reply for retries, unless the stream stores it. */
export async function keepReply(deps: IdempotencyDeps, { claimed, call }: Taken, reply: Reply): Promise<void> {
  if (reply.stored || reply.text) return;
  const { status, kept, body } = reply;
  await completeKey(deps, claimed, { status, body: kept ?? body, requestId: call.requestId });
}

/** Keeps a refusal like a reply. What never began, or broke off, leaves the key to the next try. */
export async function keepRefusal(deps: IdempotencyDeps, { claimed, call }: Taken, error: unknown): Promise<void> {
  if (error instanceof ApiError && error.stored)
    await completeKey(deps, claimed, { status: error.status, body: { error: error.body }, requestId: call.requestId });
  else await releaseKey(deps, claimed, { forget: error instanceof ApiError && error.status === 400 });
}

async function replay<Deps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'claim'>,
  { status, body }: StoredReply,
  exchange: Exchange,
): Promise<Reply> {
  exchange.replayed = true;
  const retold = status === 200 ? await operation.retold?.(deps, call, body) : undefined;
  return { status, body: withClientSecrets(retold ?? body, call.caller.settings) };
}

/** The holder of the key may have committed already, while the stream has not stored the reply yet. */
async function peek<Deps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Call<never>,
  exchange: Exchange,
): Promise<Reply> {
  const reply = await operation.peek?.(deps, call);
  if (!reply) throw idempotencyInUse();
  exchange.replayed = true;
  return reply;
}
