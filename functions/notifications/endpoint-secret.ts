/** Signing secrets of webhook endpoints: created, stored encrypted, returned once, and rolled with a time in which the old one signs too. */

import { lockTimeout, noSuch } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import type { Seal } from '../channels/port/credentials.ts';
import { bodyOf } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import type { NotificationsDeps } from './deps.ts';
import { type RollSecretParams, rollSecretParams } from './params.ts';
import { type Endpoint, loadEndpoint, putEndpoint } from './store.ts';
import { renderEndpoint } from './wire.ts';

type Named = Pick<Endpoint, 'scope' | 'body'>;

/** What seals a signing secret: it opens for exactly this endpoint. */
const contextOf = ({ scope, body }: Named) => ({ purpose: 'webhook-secret', scope, endpoint: body });

/** A fresh secret for the endpoint, in clear and sealed. */
export async function newSecret(
  { random, seal }: Pick<NotificationsDeps, 'random' | 'seal'>,
  endpoint: Named,
): Promise<{ readonly secret: string; readonly sealed: Uint8Array }> {
  const secret = `whsec_${random(32)}`;
  return { secret, sealed: await seal.seal(Buffer.from(secret), contextOf(endpoint)) };
}

const opened = async (seal: Pick<Seal, 'open'>, endpoint: Named, sealed: Uint8Array): Promise<string> =>
  Buffer.from(await seal.open(sealed, contextOf(endpoint))).toString('utf8');

/** The secrets that sign at `nowMs`: the endpoint's own, and the one before while a roll's time is not over. */
export function signingSecrets(
  seal: Pick<Seal, 'open'>,
  endpoint: Endpoint,
  nowMs: number,
): Promise<readonly string[]> {
  const { secret, previousSecret, previousUntilMs = 0 } = endpoint;
  const sealed = previousSecret && previousUntilMs > nowMs ? [secret, previousSecret] : [secret];
  return Promise.all(sealed.map((one) => opened(seal, endpoint, one)));
}

/** The secret belongs to the reply of the request that made it, also when that is sent again; it is kept with the endpoint alone, sealed. */
export async function retoldSecret(deps: NotificationsDeps, call: Omit<Call, 'claim'>, kept: object): Promise<object> {
  const { scope } = call.caller;
  const endpoint = await loadEndpoint(deps.table, scope, bodyOf((kept as { id: string }).id, 'we'));
  return endpoint ? { ...kept, secret: await opened(deps.seal, endpoint, endpoint.secret) } : kept;
}

/** @throws 429 lock_timeout when another request changed the endpoint meanwhile */
export async function writeEndpoint(table: Table, endpoint: Endpoint): Promise<void> {
  if (!(await tryCommit(table, putEndpoint(endpoint)))) throw lockTimeout();
}

/** The endpoint in the path. @throws 404 */
export async function loadNamedEndpoint(deps: NotificationsDeps, call: Omit<Call, 'claim'>): Promise<Endpoint> {
  const id = call.path.id ?? '';
  const endpoint = await loadEndpoint(deps.table, call.caller.scope, bodyOf(id, 'we'));
  if (!endpoint) throw noSuch('webhook endpoint', id);
  return endpoint;
}

/** A second roll within the overlap ends the one before: two secrets sign at most. */
async function roll(deps: NotificationsDeps, call: Call<RollSecretParams>, endpoint: Endpoint): Promise<Reply> {
  const { claim, params } = call;
  // Rolled before by a try of this request that died.
  if (endpoint.rolledBy === claim.body) return told(endpoint, await opened(deps.seal, endpoint, endpoint.secret));
  const { secret, sealed } = await newSecret(deps, endpoint);
  const rolled: Endpoint = {
    ...endpoint,
    version: endpoint.version + 1,
    secret: sealed,
    previousSecret: endpoint.secret,
    previousUntilMs: deps.clock.nowMs() + Number(params.expires_in) * 1000,
    rolledBy: claim.body,
  };
  await writeEndpoint(deps.table, rolled);
  return told(rolled, secret);
}

const told = (endpoint: Endpoint, secret: string): Reply => ({
  status: 200,
  body: renderEndpoint(endpoint, secret),
  kept: renderEndpoint(endpoint),
});

/** Ours: a new secret, returned in the reply. Events are signed with both until `expires_in` seconds are over. */
export const rollSecret: Operation<NotificationsDeps, RollSecretParams, Endpoint> = {
  method: 'POST',
  path: '/v1/webhook_endpoints/{id}/roll_secret',
  params: rollSecretParams,
  returns: { object: 'webhook_endpoint' },
  read: loadNamedEndpoint,
  run: roll,
  retold: retoldSecret,
};
