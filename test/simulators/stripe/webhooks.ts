/** How the simulator signs and posts its events. */
import { createHmac, randomBytes } from 'node:crypto';
import { httpClient } from '../../../functions/kernel/http-client.ts';
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

/** How events are posted: each so often, the newest first, or with a byte changed after it was signed. */
export interface Delivery {
  readonly times?: number;
  readonly reversed?: boolean;
  readonly tampered?: boolean;
}

/** Posts the events to an endpoint. Returns the events that it did not acknowledge: Stripe sends those again. */
export async function posted(
  events: readonly SignedEvent[],
  url: string,
  { times = 1, reversed = false, tampered = false }: Delivery,
): Promise<readonly SignedEvent[]> {
  const refused = new Set<SignedEvent>();
  for (const event of Array.from({ length: times }, () => (reversed ? [...events].reverse() : events)).flat()) {
    const body = tampered ? Buffer.from(event.raw.toString('utf8').replace('"livemode"', '"livemodf"')) : event.raw;
    const { status } = await httpClient({ method: 'POST', url, headers: event.headers, body, timeoutMs: 30_000 });
    if (status < 200 || status >= 300) refused.add(event);
  }
  return events.filter((event) => refused.has(event));
}
