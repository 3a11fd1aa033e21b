/** A header of `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">[,v1=…]`, as Stripe and the sandbox sign callbacks (docs.stripe.com/webhooks/signature). Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signature this old, or this far ahead, may be one that another party kept. */
const TOLERANCE_SECONDS = 300;
const MAXIMUM_SIGNATURES = 5;

export interface Signature {
  readonly t: string;
  /** While a secret is rolled there is one for each. */
  readonly v1: readonly Buffer[];
}

/** The header's parts, or undefined when it is not one or its time is outside the tolerance. Other schemes than v1 are ignored. */
export function signatureOf(header: string | undefined, nowMs: number): Signature | undefined {
  if (header === undefined || header.length > 1000) return undefined;
  const parts = header.split(',').map((part) => part.trim().split('='));
  const t = parts.find(([name]) => name === 't')?.[1];
  const v1 = parts
    .filter(([name, value]) => name === 'v1' && /^[0-9a-f]{64}$/.test(value ?? ''))
    .map(([, value]) => Buffer.from(value!, 'hex'));
  if (t === undefined || !/^[0-9]{1,12}$/.test(t) || v1.length === 0 || v1.length > MAXIMUM_SIGNATURES)
    return undefined;
  return Math.abs(nowMs / 1000 - Number(t)) > TOLERANCE_SECONDS ? undefined : { t, v1 };
}

/** Whether one of the secrets made one of the signatures over exactly these bytes. */
export const isSigned = (raw: Uint8Array, signature: Signature, secrets: readonly string[]): boolean =>
  // Every candidate is compared, so that the time taken does not show which one was close.
  secrets.map((secret) => signs(secret, signature, raw)).includes(true);

function signs(secret: string, { t, v1 }: Signature, raw: Uint8Array): boolean {
  const expected = createHmac('sha256', secret).update(`${t}.`).update(raw).digest();
  return v1.map((candidate) => timingSafeEqual(candidate, expected)).includes(true);
}
