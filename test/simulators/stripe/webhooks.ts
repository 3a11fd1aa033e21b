/** How the simulator signs and posts its events. */
import { createHmac, randomBytes } from 'node:crypto';
import type { EventRecord } from './books.ts';

export interface SignedEvent {
  readonly id: string;
  readonly type: string;
  readonly raw: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export const newSecret = (): string => `whsec_${randomBytes(24).toString('hex')}`;

/** The event as it is posted at this moment: signed with every secret that is valid, and with the scheme that test mode adds. */
export function signedEvent(
  { id, type, body }: EventRecord,
  secrets: readonly string[],
  atSeconds: number,
): SignedEvent {
  const sign = (secret: string): string => createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  const signatures = secrets.map((secret) => `v1=${sign(secret)}`).join(',');
  return {
    id,
    type,
    raw: Buffer.from(body),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': `t=${atSeconds},${signatures},v0=${sign('whsec_of_the_other_scheme')}`,
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    },
  };
}
