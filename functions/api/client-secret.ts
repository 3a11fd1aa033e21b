/** Client secrets are computed, never stored: what is kept for replays has none, and a reply gets them back on its way out. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { BASE62 } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { invalidParameter, missingParameter } from './errors.ts';
import type { Call } from './operation.ts';

/** HMAC-SHA256 of `label|text` under the scope's secret; each use has its own label. */
export const scopeMac = (settings: Settings, label: string, text: string): Buffer =>
  createHmac('sha256', Buffer.from(settings.scopeSecret, 'base64')).update(`${label}|${text}`).digest();

/** 24 base62 characters of a MAC: a secret that is computed, and stored nowhere. */
export function secretTextOf(settings: Settings, label: string, text: string): string {
  let rest = BigInt(`0x${scopeMac(settings, label, text).toString('hex')}`);
  let secret = '';
  for (let i = 0; i < 24; i++) {
    secret += BASE62.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return secret;
}

/** `pi_…_secret_` and 24 base62 characters. */
export const clientSecretOf = (settings: Settings, id: string): string =>
  `${id}_secret_${secretTextOf(settings, 'client_secret', id)}`;

/** Whether `given` is the secret of that id; compared in constant time. */
export function isClientSecretOf(settings: Settings, id: string, given: string): boolean {
  const [own, theirs] = [clientSecretOf(settings, id), given].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(own!, theirs!);
}

/**
 * A request without a secret key must send the intent's own secret. A secret that is sent must be right.
 * @throws 400 parameter_missing, or for a secret of another intent
 */
export function assertClientSecret({
  caller,
  params,
  path,
}: Omit<Call<{ readonly client_secret?: string }>, 'lock'>): void {
  const { client_secret: given } = params;
  if (given === undefined && caller.keyType === 'publishable') throw missingParameter('client_secret');
  if (given === undefined || isClientSecretOf(caller.settings, path.id ?? '', given)) return;
  throw invalidParameter('The client_secret provided does not match any associated object on this account.', {
    param: 'client_secret',
  });
}

const isIntent = (value: object): value is { id: string; client_secret: string | null } =>
  'object' in value &&
  (value.object === 'payment_intent' || value.object === 'setup_intent') &&
  'client_secret' in value;

/** A copy of `body` in which every payment intent has (or, without `settings`, has not) its client secret. */
export function withClientSecrets<T>(body: T, settings: Settings | undefined): T {
  if (typeof body !== 'object' || body === null) return body;
  if (Array.isArray(body)) return body.map((member) => withClientSecrets(member as unknown, settings)) as T;
  const copied = Object.fromEntries(
    Object.entries(body).map(([name, member]) => [name, withClientSecrets(member as unknown, settings)]),
  );
  return (
    isIntent(body) ? { ...copied, client_secret: settings ? clientSecretOf(settings, body.id) : null } : copied
  ) as T;
}
