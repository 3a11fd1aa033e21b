/** Client secrets are computed, never stored: what is kept for replays has none, and a reply gets them back on its way out. */
import { createHmac } from 'node:crypto';
import type { Settings } from '../merchants/merchant.ts';
import { BASE62 } from './ids.ts';

/** HMAC-SHA256 of `label|text` under the scope's secret; each use has its own label. */
export const scopeMac = (settings: Settings, label: string, text: string): Buffer =>
  createHmac('sha256', Buffer.from(settings.scopeSecret, 'base64')).update(`${label}|${text}`).digest();

/** `pi_…_secret_` and 24 base62 characters. */
export function clientSecretOf(settings: Settings, id: string): string {
  let rest = BigInt(`0x${scopeMac(settings, 'client_secret', id).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 24; i++) {
    text += BASE62.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return `${id}_secret_${text}`;
}

const isIntent = (value: object): value is { id: string; client_secret: string | null } =>
  'object' in value && value.object === 'payment_intent' && 'client_secret' in value;

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
