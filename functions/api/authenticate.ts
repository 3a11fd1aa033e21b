/** Who calls: a secret or publishable key, as Bearer token or as the user of Basic authentication. The only source of a scope on an HTTP path. */

import type { Clock } from '../kernel/clock.ts';
import { keyHashOf, keyIdOf, keyReader, settingsReader } from '../merchants/store.ts';
import type { Table } from '../table/table.ts';
import { type ApiError, expiredKey, unauthorized } from './errors.ts';
import type { Tree } from './form.ts';
import type { Caller } from './operation.ts';
import type { FailureLimit } from './rate-limit.ts';

const KEY = /^(sk|pk)_(test|live)_[0-9A-Za-z]{16,64}$/;

/** The caller of a request with this Authorization header, from the address that the gateway saw. @throws 401; 429 for too many of them */
export type Authenticate = (authorization: string | undefined, address?: string) => Promise<Caller>;

export function authenticator(table: Table, clock: Clock, failures?: FailureLimit): Authenticate {
  const keyOf = keyReader(table, clock);
  const settingsOf = settingsReader(table, clock);
  return async (authorization, address) => {
    const refuse = async (error: ApiError): Promise<never> => {
      await failures?.count(address);
      throw error;
    };
    const key = keyIn(authorization);
    if (key === undefined) {
      return refuse(
        unauthorized(
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ),
      );
    }
    const hash = keyHashOf(key);
    // A key that has worked here is looked up whatever else comes from its address: others may share that.
    if (!keyOf.hasFound(hash)) failures?.check(address);
    const known = KEY.test(key) ? await keyOf(hash) : undefined;
    if (!known) return refuse(unauthorized(`Invalid API Key provided: ${masked(key)}`));
    // Judged here and not where it is cached: a key ends on time.
    if (known.expiresMs !== undefined && known.expiresMs <= clock.nowMs()) return refuse(expiredKey(masked(key)));
    const { scope, merchant, livemode, type } = known;
    return { scope, merchant, livemode, keyType: type, keyId: keyIdOf(hash), settings: await settingsOf(scope) };
  };
}

/** The publishable key that Stripe.js puts among the parameters, where it sends no header; a secret key is never taken from there. */
export const keyAmong = (params: Readonly<Record<string, Tree>>): string | undefined =>
  typeof params.key === 'string' && params.key.startsWith('pk_') ? params.key : undefined;

function keyIn(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = authorization?.trim().split(/\s+/, 2) ?? [];
  if (!scheme || !credentials) return undefined;
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const user = Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0];
  return user === '' ? undefined : user;
}

/** Enough of a key for its owner to recognize it, and too little to use it. */
const masked = (key: string): string =>
  /^[sp]k_(test|live)_[0-9A-Za-z]{12,}$/.test(key) ? `${key.slice(0, 8)}********${key.slice(-4)}` : '********';
