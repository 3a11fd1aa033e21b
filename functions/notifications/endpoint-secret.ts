/** Signing secrets of webhook endpoints: created, stored encrypted, returned once, and rolled with a time in which the old one signs too. */

import { lockTimeout, noSuch } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import type { SecretCipher } from '../channels/port/credentials.ts';
import { objectKeyOf } from '../kernel/ids.ts';
import { tryCommit } from '../table/commit.ts';
import type { Table } from '../table/table.ts';
import type { NotificationsDeps } from './deps.ts';
import { type RollSecretParams, rollSecretParams } from './params.ts';
import { type Endpoint, loadEndpoint, putEndpoint } from './store.ts';
import { renderEndpoint } from './wire.ts';

type EndpointIdentity = Pick<Endpoint, 'scope' | 'body'>;

/** What encrypts a signing secret: it opens for exactly this endpoint. */
const contextOf = ({ scope, body }: EndpointIdentity) => ({ purpose: 'webhook-secret', scope, endpoint: body });

/** A fresh secret for the endpoint, in clear and encrypted. */
export async function newSecret(
  { random, cipher }: Pick<NotificationsDeps, 'random' | 'cipher'>,
  endpoint: EndpointIdentity,
): Promise<{ readonly secret: string; readonly encrypted: Uint8Array }> {
  const secret = `whsec_${random(32)}`;
  return { secret, encrypted: await cipher.encrypt(Buffer.from(secret), contextOf(endpoint)) };
}

const opened = async (
  cipher: Pick<SecretCipher, 'decrypt'>,
  endpoint: EndpointIdentity,
  encrypted: Uint8Array,
): Promise<string> => Buffer.from(await cipher.decrypt(encrypted, contextOf(endpoint))).toString('utf8');

/** The secrets that sign at `nowMs`: the endpoint's own, and the one before while a roll's time is not over. */
export function signingSecrets(
  cipher: Pick<SecretCipher, 'decrypt'>,
  endpoint: Endpoint,
  nowMs: number,
): Promise<readonly string[]> {
  const { secret, previousSecret, previousUntilMs = 0 } = endpoint;
  const encrypted = previousSecret && previousUntilMs > nowMs ? [secret, previousSecret] : [secret];
  return Promise.all(encrypted.map((one) => opened(cipher, endpoint, one)));
}

/** The secret belongs to the reply of the request that made it, also when that is sent again; it is kept with the endpoint alone, encrypted. */
export async function restoreSecret(
  deps: NotificationsDeps,
  call: Omit<Call, 'lock'>,
  storedBody: object,
): Promise<object> {
  const { scope } = call.caller;
  const endpoint = await loadEndpoint(deps.table, scope, objectKeyOf((storedBody as { id: string }).id, 'we'));
  return endpoint ? { ...storedBody, secret: await opened(deps.cipher, endpoint, endpoint.secret) } : storedBody;
}

/** @throws 429 lock_timeout when another request changed the endpoint meanwhile */
export async function writeEndpoint(table: Table, endpoint: Endpoint): Promise<void> {
  if (!(await tryCommit(table, putEndpoint(endpoint)))) throw lockTimeout();
}

/** The endpoint in the path. @throws 404 */
export async function endpointInPath(deps: NotificationsDeps, call: Omit<Call, 'lock'>): Promise<Endpoint> {
  const id = call.path.id ?? '';
  const endpoint = await loadEndpoint(deps.table, call.caller.scope, objectKeyOf(id, 'we'));
  if (!endpoint) throw noSuch('webhook endpoint', id);
  return endpoint;
}

/** A second roll within the overlap ends the one before: two secrets sign at most. */
async function roll(deps: NotificationsDeps, call: Call<RollSecretParams>, endpoint: Endpoint): Promise<Reply> {
  const { lock, params } = call;
  // Rolled before by a try of this request that died.
  if (endpoint.rolledBy === lock.objectKey)
    return replyWith(endpoint, await opened(deps.cipher, endpoint, endpoint.secret));
  const { secret, encrypted } = await newSecret(deps, endpoint);
  const rolled: Endpoint = {
    ...endpoint,
    version: endpoint.version + 1,
    secret: encrypted,
    previousSecret: endpoint.secret,
    previousUntilMs: deps.clock.nowMs() + Number(params.expires_in) * 1000,
    rolledBy: lock.objectKey,
  };
  await writeEndpoint(deps.table, rolled);
  return replyWith(rolled, secret);
}

const replyWith = (endpoint: Endpoint, secret: string): Reply => ({
  status: 200,
  body: renderEndpoint(endpoint, secret),
  storedBody: renderEndpoint(endpoint),
});

/** Ours: a new secret, returned in the reply. Events are signed with both until `expires_in` seconds are over. */
export const rollSecret: Operation<NotificationsDeps, RollSecretParams, Endpoint> = {
  method: 'POST',
  path: '/v1/webhook_endpoints/{id}/roll_secret',
  params: rollSecretParams,
  returns: { object: 'webhook_endpoint' },
  read: endpointInPath,
  run: roll,
  restoreSecrets: restoreSecret,
};
