/**
 * A Lambda function behind the API: routes, authenticates, decodes, parses, claims the idempotency key, runs the operation, expands
 * and answers. Every answer has Stripe's shape, whatever happens; one log line per request says what became of it.
 */

import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type * as z from 'zod/mini';
import type { Clock } from '../kernel/clock.ts';
import { newBody, type RandomText } from '../kernel/ids.ts';
import { jsonText } from '../kernel/json.ts';
import { ownLogger } from '../kernel/log.ts';
import type { Table } from '../table/table.ts';
import { API_VERSION, versionOf } from './api-version.ts';
import { type Authenticate, authenticator, keyAmong } from './authenticate.ts';
import { assertClientSecret, withClientSecrets } from './client-secret.ts';
import { CROSS_ORIGIN, PREFLIGHT, publicPaths } from './cors.ts';
import { decodedPath, expandPaths, parse, refuseConnect, treeOf } from './decode.ts';
import { lacksId } from './empty-segments.ts';
import { ApiError, idempotencyInUse, internalError, secretKeyRequired, unrecognizedUrl } from './errors.ts';
import { assertExpandable, expand } from './expand.ts';
import type { Tree } from './form.ts';
import { assertKey, type Claimed, claimKey, completeKey, isKey, releaseKey, type StoredReply } from './idempotency.ts';
import { fitting } from './long-answers.ts';
import type { Call, Loaders, Operation, Reply } from './operation.ts';
import { payerView, readableExpansions } from './payer-view.ts';
import type { FailureLimit, Limit } from './rate-limit.ts';
import { clientOf, type GatewayEvent, type GatewayResult, type RawRequest, rawRequestOf } from './raw-request.ts';

export interface HttpDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  /** What `expand[]` may load in this function. */
  readonly loaders?: Loaders;
  /** Refuses a key that asks too often; it runs before anything is parsed or stored. */
  readonly limit?: Limit;
  /** Refuses an address that too often fails to authenticate. */
  readonly failures?: FailureLimit;
}

/** An operation whose parameters and loads are its own business: what its schema gives goes to its own functions, unseen here. */
export type AnyOperation<Deps> = Omit<Operation<Deps, never, never>, 'params' | 'read'> & {
  readonly params: z.ZodMiniType;
  readonly read?: (deps: Deps, call: Omit<Call<never>, 'claim'>) => Promise<unknown>;
};

/** What one request knows of itself while it is answered. */
interface Exchange {
  readonly requestId: string;
  apiVersion: string;
  route?: string;
  scope?: string;
  /** Names the caller's key in the log; it opens nothing. */
  keyId?: string;
  idempotencyKey?: string;
  replayed?: boolean;
  /** A page of another origin asks, and may be answered. */
  crossOrigin?: boolean;
  /** The caller has a publishable key, so the answer holds what a payer may read. */
  publicly?: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The event on its way through the router, which reads only `requestContext.http`. */
interface Routed {
  readonly version: '2.0';
  readonly requestContext: { readonly http: { readonly method: string; readonly path: string } };
  readonly request: RawRequest;
  readonly exchange: Exchange;
  pathParameters?: Record<string, string>;
}

/** The handler of a function that serves these operations; any other route below its prefixes is Stripe's 404. */
export function httpHandler<Deps extends HttpDeps>(deps: Deps, operations: readonly AnyOperation<Deps>[]) {
  const authenticate = authenticator(deps.table, deps.clock, deps.failures);
  const log = ownLogger();
  const routes = [
    ...operations.map((operation) => ({
      method: operation.method as string,
      path: operation.path,
      handler: (event: Routed) => serve(deps, authenticate, operation, event),
    })),
    ...publicPaths(operations).map((path) => ({
      method: 'OPTIONS',
      path,
      handler: async ({ exchange }: Routed): Promise<Answer> => {
        exchange.crossOrigin = true;
        return { status: 204, body: '', contentType: 'text/plain', headers: PREFLIGHT };
      },
    })),
  ];
  const withoutId = lacksId(operations.map(({ path }) => path));
  const route = httpRouter({
    routes: routes as never,
    notFoundResponse: ({ method, path }) => {
      throw unrecognizedUrl(method, path);
    },
  }) as unknown as (event: Routed) => Promise<Answer>;

  return middy<GatewayEvent, GatewayResult>(async (event: GatewayEvent) => {
    const startedMs = deps.clock.nowMs();
    const raw = rawRequestOf(event);
    const request = { ...raw, path: raw.path.replace(/\/{2,}/g, '/') };
    const exchange: Exchange = { requestId: `req_${deps.random(14)}`, apiVersion: API_VERSION };
    const http = { method: request.method, path: request.path };
    const answer = await attempt(
      exchange,
      async () => {
        if (withoutId(raw.path)) throw unrecognizedUrl(raw.method, raw.path);
        return route({ version: '2.0', requestContext: { http }, request, exchange });
      },
      (error) => log.error('request failed', { requestId: exchange.requestId, error: error as Error }),
    );
    log.info('request', {
      requestId: exchange.requestId,
      method: request.method,
      route: exchange.route ?? 'none',
      status: answer.status,
      ms: deps.clock.nowMs() - startedMs,
      scope: exchange.scope,
      keyId: exchange.keyId,
      ...clientOf(request),
      ...(exchange.replayed && { replayed: true }),
    });
    return resultOf(answer, exchange);
  });
}

/** The answer, or the error's; what is not a refusal of ours is a 500 that says nothing of its cause. */
async function attempt(
  exchange: Exchange,
  run: () => Promise<Answer>,
  failed: (error: unknown) => void,
): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ApiError)) failed(error);
    return answerOf(error instanceof ApiError ? error : internalError(), exchange);
  }
}

const textOf = (body: object, { publicly }: Exchange): string => jsonText(publicly ? payerView(body) : body);

function answerOf(error: ApiError, exchange: Exchange): Answer {
  return {
    status: error.status,
    contentType: 'application/json',
    body: textOf({ error: error.body }, exchange),
    headers: {
      ...error.headers,
      ...(error.shouldRetry !== undefined && { 'stripe-should-retry': String(error.shouldRetry) }),
    },
  };
}

function resultOf(answer: Answer, exchange: Exchange): GatewayResult {
  return {
    statusCode: answer.status,
    headers: {
      'content-type': answer.contentType,
      'request-id': exchange.requestId,
      'stripe-version': exchange.apiVersion,
      'cache-control': 'no-store',
      ...(exchange.idempotencyKey !== undefined && { 'idempotency-key': exchange.idempotencyKey }),
      ...(exchange.replayed && { 'idempotent-replayed': 'true' }),
      ...(exchange.crossOrigin && CROSS_ORIGIN),
      ...answer.headers,
    },
    body: answer.body,
  };
}

async function serve<Deps extends HttpDeps>(
  deps: Deps,
  authenticate: Authenticate,
  operation: AnyOperation<Deps>,
  { request, exchange, pathParameters }: Routed,
): Promise<Answer> {
  exchange.route = `${operation.method} ${operation.path}`;
  exchange.crossOrigin = operation.publishable !== undefined && request.headers.origin !== undefined;
  const key = request.headers['idempotency-key'];
  // The response repeats a key even when the request fails. An invalid key is refused later.
  if (operation.method === 'POST' && key !== undefined && isKey(key)) exchange.idempotencyKey = key;
  exchange.apiVersion = versionOf(request.headers['stripe-version']);
  const { authorization } = request.headers;
  const ownKey = operation.publishable && authorization === undefined ? keyAmong(treeOf(request)) : undefined;
  const caller = await authenticate(ownKey === undefined ? authorization : `Bearer ${ownKey}`, request.sourceIp);
  exchange.scope = caller.scope;
  exchange.keyId = caller.keyId;
  await deps.limit?.(caller);
  exchange.publicly = caller.keyType === 'publishable';
  if (exchange.publicly && !operation.publishable) throw secretKeyRequired();
  refuseConnect(request.headers['stripe-account']);
  const { expand: paths, ...given } = treeOf(request);
  if (ownKey !== undefined) delete given.key;
  const call: Omit<Call<never>, 'claim'> = {
    caller,
    params: parse(operation.params, given) as never,
    path: decodedPath(pathParameters ?? {}),
    requestId: exchange.requestId,
    apiVersion: exchange.apiVersion,
    expand: expandPaths(paths),
  };
  assertExpandable(call.expand, operation.returns);
  if (operation.publishable === 'with_secret') assertClientSecret(call);
  operation.check?.(deps, call.params);
  const reply =
    operation.method === 'POST'
      ? await write(deps, operation, call, request, given, exchange)
      : await read(deps, operation, call);
  if (reply.text)
    return {
      status: reply.status,
      body: reply.text.content,
      contentType: reply.text.contentType,
      ...(reply.headers && { headers: reply.headers }),
    };
  return {
    status: reply.status,
    body: fitting(textOf(reply.body, exchange), reply.bare && (() => textOf(reply.bare!, exchange))),
    contentType: 'application/json',
    ...(reply.headers && { headers: reply.headers }),
  };
}

async function read<Deps extends HttpDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'claim'>,
): Promise<Reply> {
  const loaded: unknown = await operation.read?.(deps, call);
  return carryOut(
    deps,
    operation,
    { ...call, claim: { body: newBody(deps.clock.nowMs(), deps.random), resumed: false } },
    loaded,
  );
}

async function carryOut<Deps extends HttpDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Call<never>,
  loaded: unknown,
): Promise<Reply> {
  const reply = await operation.run(deps, call, loaded as never);
  const paths = readableExpansions(call.expand, operation.returns, call.caller);
  if (paths.length === 0 || reply.status !== 200) return reply;
  const body = await expand(reply.body, paths, deps.loaders ?? {}, call.caller);
  return { ...reply, body, ...(operation.method === 'POST' && { bare: reply.body }) };
}

/** A POST: takes its idempotency key beside the first reads, and keeps what it was answered. */
async function write<Deps extends HttpDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'claim'>,
  request: RawRequest,
  params: Record<string, Tree>,
  exchange: Exchange,
): Promise<Reply> {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return writeOnce(deps, operation, call);
  assertKey(key);
  const asked = {
    caller: call.caller,
    method: request.method,
    path: request.path,
    params: { ...params, expand: [...call.expand] },
    requestId: call.requestId,
  };
  const [claimed, loading] = await Promise.all([claimKey(deps, asked, key), settled(operation.read?.(deps, call))]);
  if (claimed.kind === 'replay') return replay(deps, operation, call, claimed.reply, exchange);
  if (claimed.kind === 'busy') return peek(deps, operation, { ...call, claim: claimed.claim }, exchange);
  return holding(deps, claimed, call, async () => {
    if ('error' in loading) throw loading.error;
    const mine = { ...call, claim: claimed.claim };
    // The previous holder of the key may have committed and crashed before its reply was stored. The reply is sent, and stored now.
    const told = claimed.claim.resumed ? await operation.peek?.(deps, mine) : undefined;
    return told ? { ...told, stored: false } : carryOut(deps, operation, mine, loading.value);
  });
}

/** Without a key there is nothing to replay, and nothing to carry on. */
async function writeOnce<Deps extends HttpDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'claim'>,
): Promise<Reply> {
  const body = newBody(deps.clock.nowMs(), deps.random, call.caller.settings.shards);
  const loaded: unknown = await operation.read?.(deps, call);
  return carryOut(deps, operation, { ...call, claim: { body, resumed: false } }, loaded);
}

type Settled = { readonly value: unknown } | { readonly error: unknown };
const settled = async (promise: Promise<unknown> | undefined): Promise<Settled> => {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
};

/** Runs the request under its key: its reply, also a refusal, is stored; what never began, or broke off, leaves the key to the next try. */
async function holding(
  deps: HttpDeps,
  claimed: Extract<Claimed, { kind: 'mine' }>,
  call: Omit<Call<never>, 'claim'>,
  run: () => Promise<Reply>,
): Promise<Reply> {
  const requestId = call.requestId;
  let reply: Reply;
  try {
    reply = await run();
  } catch (error) {
    if (error instanceof ApiError && error.stored)
      await completeKey(deps, claimed, { status: error.status, body: { error: error.body }, requestId });
    else await releaseKey(deps, claimed, { forget: error instanceof ApiError && error.status === 400 });
    throw error;
  }
  if (!reply.stored && !reply.text)
    await completeKey(deps, claimed, { status: reply.status, body: reply.kept ?? reply.body, requestId });
  return reply;
}

async function replay<Deps extends HttpDeps>(
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
async function peek<Deps extends HttpDeps>(
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
