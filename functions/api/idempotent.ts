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
  completeKey,
  type IdempotencyDeps,
  keepForOwner,
  type LockResult,
  lockKey,
  type StoredReply,
  unlockKey,
} from './idempotency.ts';
import type { AnyOperation, Call, Reply } from './operation.ts';
import type { RawRequest } from './raw-request.ts';

/** The key is this request's: `call` may run, once what it reads is there. */
export interface Taken {
  readonly locked: Extract<LockResult, { kind: 'mine' }>;
  readonly call: Call<never>;
  readonly loading: Loading;
}

/** Takes the key beside the first reads; or returns what the request is answered instead, as another one has the key. */
export async function takeKey<Deps extends IdempotencyDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'lock'>,
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
  const [locked, loading] = await Promise.all([lockKey(deps, keyed, key), outcomeOf(operation.read?.(deps, call))]);
  if (locked.kind === 'replay') return { reply: await replay(deps, operation, call, locked.reply, exchange) };
  if (locked.kind === 'busy')
    return { reply: await replyWhileLocked(deps, operation, { ...call, lock: locked.lock }, locked.owner, exchange) };
  return { locked, call: { ...call, lock: locked.lock }, loading };
}

type Loading = { readonly value: unknown } | { readonly error: unknown };
const outcomeOf = async (promise: Promise<unknown> | undefined): Promise<Loading> => {
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
  const earlier = call.lock.resumed ? await operation.committedReply?.(deps, call) : undefined;
  return earlier && { ...earlier, stored: false };
}

/** Keeps the reply for retries, unless the stream stores it. */
export async function keepReply(deps: IdempotencyDeps, { locked, call }: Taken, reply: Reply): Promise<void> {
  if (reply.stored || reply.text) return;
  const { status, storedBody, body } = reply;
  await completeKey(deps, locked, { status, body: storedBody ?? body, requestId: call.requestId });
}

/** Keeps a refusal like a reply. What never began, or broke off, leaves the key to the next try. */
export async function keepRefusal(deps: IdempotencyDeps, { locked, call }: Taken, error: unknown): Promise<void> {
  if (error instanceof ApiError && error.stored)
    await completeKey(deps, locked, { status: error.status, body: { error: error.body }, requestId: call.requestId });
  else await unlockKey(deps, locked, { forget: error instanceof ApiError && error.status === 400 });
}

async function replay<Deps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'lock'>,
  { status, body }: StoredReply,
  exchange: Exchange,
): Promise<Reply> {
  exchange.replayed = true;
  const restored = status === 200 ? await operation.restoreSecrets?.(deps, call, body) : undefined;
  return { status, body: withClientSecrets(restored ?? body, call.caller.settings) };
}

/** The holder of the key, or one before it, may have committed already, while the stream has not stored the reply yet. What is sent is kept. */
async function replyWhileLocked<Deps extends IdempotencyDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Call<never>,
  owner: string,
  exchange: Exchange,
): Promise<Reply> {
  const reply = await operation.committedReply?.(deps, call);
  if (!reply) throw idempotencyInUse();
  const { status, storedBody, body } = reply;
  const isKept = await keepForOwner(deps, call.lock.keyHash!, { status, body: storedBody ?? body, requestId: owner });
  if (!isKept) throw idempotencyInUse();
  exchange.replayed = true;
  return reply;
}
