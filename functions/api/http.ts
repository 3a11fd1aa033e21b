/**
 * A Lambda function behind the API: routes, authenticates, decodes, parses, locks the idempotency key, runs the operation, expands
 * and answers. Every answer has Stripe's shape, whatever happens; one log line per request says what became of it.
 */

import middy from '@middy/core';
import type { Clock } from '../kernel/clock.ts';
import { newObjectKey, type RandomText } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { loadedOnce } from '../kernel/once.ts';
import { Contended, type Table } from '../table/table.ts';
import { type Answer, answerOf, type Exchange, logLine, preflightAnswer, refusalAnswer, resultOf } from './answer.ts';
import { API_VERSION, versionOf } from './api-version.ts';
import { type Authenticate, authenticator, keyAmong } from './authenticate.ts';
import { assertClientSecret } from './client-secret.ts';
import { decodedPath, expandPaths, namesOwnAccount, parse, treeOf } from './decode.ts';
import { ApiError, internalError, invalidParameter, lockTimeout, secretKeyRequired } from './errors.ts';
import type { Tree } from './form.ts';
import { isKey } from './idempotency.ts';
import { earlierReply, keepRefusal, keepReply, loadedBy, takeKey } from './idempotent.ts';
import type { AnyOperation, Call, Caller, Loaders, Reply } from './operation.ts';
import { readableExpansions } from './payer-view.ts';
import type { FailureLimit, Limit } from './rate-limit.ts';
import { type GatewayEvent, type GatewayResult, type RawRequest, rawRequestOf } from './raw-request.ts';
import { type Route, routedPath, router } from './route.ts';
import { withNewestNames } from './versions/as-of.ts';

export interface HttpDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly log: Logger;
  /** Of the proxy before an emulator, which hands paths over (raw-request.ts). */
  readonly rawPathToken?: string | undefined;
  /** What `expand[]` may load in this function. */
  readonly loaders?: Loaders;
  /** Refuses a key that asks too often; it runs before anything is parsed or stored. */
  readonly limit?: Limit;
  /** Refuses an address that too often fails to authenticate. */
  readonly failures?: FailureLimit;
}

/**
 * The handler of a function that serves these operations, and refuses those of Stripe's that it does not serve. Any other route below its
 * prefixes is Stripe's 404.
 */
export function httpHandler<Deps extends HttpDeps>(
  deps: Deps,
  operations: readonly AnyOperation<Deps>[],
  unserved: readonly AnyOperation<object>[] = [],
) {
  const authenticate = authenticator(deps.table, deps.clock, deps.failures);
  const { log } = deps;
  const routeOf = router<Deps>([...operations, ...unserved]);

  return middy<GatewayEvent, GatewayResult>(async (event: GatewayEvent) => {
    const startedMs = deps.clock.nowMs();
    const raw = rawRequestOf(event, deps.rawPathToken);
    const request = { ...raw, path: routedPath(raw.path) };
    const exchange: Exchange = { requestId: `req_${deps.random(14)}`, apiVersion: API_VERSION };
    const answer = await attempt(
      exchange,
      async () => {
        const route = routeOf(raw);
        if (route.kind === 'operation') return serve(deps, authenticate, route, request, exchange);
        exchange.crossOrigin = true;
        return preflightAnswer;
      },
      (error) => log.error('request failed', { requestId: exchange.requestId, error: error as Error }),
    );
    log.info('request', logLine(exchange, request, answer, deps.clock.nowMs() - startedMs));
    return resultOf(answer, exchange);
  });
}

/**
 * The answer, or the error's; what is not a refusal of ours is a 500 that says nothing of its cause. An item that other requests keep busy is a 429,
 * and the next try of the key continues.
 */
async function attempt(
  exchange: Exchange,
  run: () => Promise<Answer>,
  failed: (error: unknown) => void,
): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    const refusal = error instanceof Contended ? lockTimeout() : error;
    if (!(refusal instanceof ApiError)) failed(error);
    return refusalAnswer(refusal instanceof ApiError ? refusal : internalError(), exchange);
  }
}

async function serve<Deps extends HttpDeps>(
  deps: Deps,
  authenticate: Authenticate,
  { operation, path }: Extract<Route<Deps>, { kind: 'operation' }>,
  request: RawRequest,
  exchange: Exchange,
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
  if (namesOwnAccount(caller, request.headers)) exchange.account = caller.merchant;
  if (operation.refuses !== undefined) throw invalidParameter(operation.refuses);
  if (operation.unserved) throw operation.unserved(decodedPath(path));
  const { expand: paths, ...given } = treeOf(request);
  if (ownKey !== undefined) delete given.key;
  if (operation.publishable) readHeadersAmong(given, caller, request, exchange);
  const call: Omit<Call<never>, 'lock'> = {
    caller,
    params: (await parse(operation, withNewestNames(operation, given, exchange.apiVersion))) as never,
    path: decodedPath(path),
    requestId: exchange.requestId,
    apiVersion: exchange.apiVersion,
    expand: expandPaths(paths),
  };
  if (call.expand.length > 0) (await expansion()).assertExpandable(call.expand, operation.returns, call.apiVersion);
  if (operation.publishable === 'with_secret') assertClientSecret(call);
  operation.check?.(deps, call.params);
  const reply = await (operation.method === 'POST'
    ? write(deps, operation, call, { request, params: given, exchange })
    : runOnce(deps, operation, call));
  return answerOf(reply, exchange);
}

/**
 * Stripe.js has its headers among the parameters, because a page that sends headers of its own needs a preflight. They leave the
 * parameters and count as the headers would; a header comes first. @throws 400 for a version, 403 for another account
 */
function readHeadersAmong(
  given: Record<string, Tree>,
  caller: Caller,
  { headers }: RawRequest,
  exchange: Exchange,
): void {
  const { _stripe_version: version, _stripe_account: account } = given;
  for (const name of ['_stripe_version', '_stripe_account', 'is_stripe_sdk']) delete given[name];
  if (typeof version === 'string' && headers['stripe-version'] === undefined) exchange.apiVersion = versionOf(version);
  if (typeof account === 'string' && namesOwnAccount(caller, { 'stripe-account': account }))
    exchange.account = caller.merchant;
}

/** Of no use to a request without `expand[]`. */
const expansion = loadedOnce(() => import('./expand.ts'));

/** Without a key there is nothing to replay, and nothing to carry on. */
async function runOnce<Deps extends HttpDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'lock'>,
): Promise<Reply> {
  const { shards } = call.caller.settings;
  const objectKey = newObjectKey(deps.clock.nowMs(), deps.random, operation.method === 'POST' ? shards : undefined);
  const loaded: unknown = await operation.read?.(deps, call);
  return carryOut(deps, operation, { ...call, lock: { objectKey, resumed: false } }, loaded);
}

/** A POST under its idempotency key: its reply, also a refusal, is kept for retries. */
async function write<Deps extends HttpDeps>(
  deps: Deps,
  operation: AnyOperation<Deps>,
  call: Omit<Call<never>, 'lock'>,
  asked: { readonly request: RawRequest; readonly params: Record<string, Tree>; readonly exchange: Exchange },
): Promise<Reply> {
  const key = asked.request.headers['idempotency-key'];
  if (key === undefined) return runOnce(deps, operation, call);
  const taken = await takeKey(deps, operation, call, { ...asked, key }, asked.exchange);
  if ('reply' in taken) return taken.reply;
  let reply: Reply;
  try {
    const loaded = loadedBy(taken);
    const { again } = taken.call.lock.resumed ? deps.table : {};
    // An earlier try may have died before its commit was noted for the lists.
    const own = again ? { ...deps, table: again } : deps;
    reply =
      (await earlierReply(own, operation, taken)) ??
      (await carryOut(own, operation, taken.call, again ? await operation.read?.(own, call) : loaded));
  } catch (error) {
    await keepRefusal(deps, taken, error);
    throw error;
  }
  await keepReply(deps, taken, reply);
  return reply;
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
  const { expand } = await expansion();
  const body = await expand(reply.body, paths, deps.loaders ?? {}, call.caller);
  return { ...reply, body, ...(operation.method === 'POST' && { unexpanded: reply.body }) };
}
