/** Who calls: a secret or publishable key, as Bearer token or as the user of Basic authentication. The only source of a scope on an HTTP path. */
import { keyHashOf, keyIdOf, keyReader, settingsReader } from '../merchants/store.ts';
import type { Clock } from './clock.ts';
import { expiredKey, unauthorized } from './errors.ts';
import type { Tree } from './form.ts';
import type { Caller } from './operation.ts';
import type { Table } from './table.ts';

const KEY = /^(sk|pk)_(test|live)_[0-9A-Za-z]{16,64}$/;

/** The caller of a request with this Authorization header. @throws 401 */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

export function authenticator(table: Table, clock: Clock): Authenticate {
  const keyOf = keyReader(table, clock);
  const settingsOf = settingsReader(table, clock);
  return async (authorization) => {
    const key = keyIn(authorization);
    if (key === undefined) {
      throw unauthorized(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      );
    }
    const known = KEY.test(key) ? await keyOf(key) : undefined;
    if (!known) throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
    // Judged here and not where it is cached: a key ends on time.
    if (known.expiresMs !== undefined && known.expiresMs <= clock.nowMs()) throw expiredKey(masked(key));
    const { scope, merchant, livemode, type } = known;
    const keyId = keyIdOf(keyHashOf(key));
    return { scope, merchant, livemode, keyType: type, keyId, settings: await settingsOf(scope) };
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

/** Enough to recognise one's own key by, not enough to use it. */
const masked = (key: string): string =>
  /^[sp]k_(test|live)_[0-9A-Za-z]{12,}$/.test(key) ? `${key.slice(0, 8)}********${key.slice(-4)}` : '********';
