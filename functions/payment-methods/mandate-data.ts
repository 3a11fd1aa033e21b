/** How a payer agreed to be charged, as setup intents and payment intents take it. */
import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { invalidParameter, missingParameter } from '../api/errors.ts';
import { integerFrom } from '../api/params.ts';
import type { Acceptance } from './acceptance.ts';

/** @see https://docs.stripe.com/api/setup_intents/create#create_setup_intent-mandate_data */
const mandateData = z.strictObject({
  customer_acceptance: z.strictObject({
    type: z.enum(['online', 'offline']),
    accepted_at: z.optional(integerFrom(0n)),
    offline: z.optional(z.strictObject({})),
    online: z.optional(
      z.strictObject({
        ip_address: z.optional(
          z.string().check(
            z.maxLength(45),
            z.refine((text) => isIP(text) > 0, { error: 'Invalid IP address' }),
          ),
        ),
        user_agent: z.optional(z.string().check(z.maxLength(2_000))),
      }),
    ),
  }),
});

/** The same, or an empty string for no agreement. */
export const clearableMandateData = z.union([z.literal(''), mandateData]);
export type MandateData = z.infer<typeof clearableMandateData>;

/** @throws 400 for an online acceptance without its place, and for details of the other kind */
export function assertAcceptance(data: MandateData | undefined): void {
  if (!data) return;
  const { type, online, offline } = data.customer_acceptance;
  const param = 'mandate_data[customer_acceptance]';
  if (type === 'offline') {
    if (online) throw invalidParameter('An offline acceptance has no `online` details.', { param: `${param}[online]` });
    return;
  }
  if (offline) throw invalidParameter('An online acceptance has no `offline` details.', { param: `${param}[offline]` });
  for (const name of ['ip_address', 'user_agent'] as const)
    if (!online?.[name]) throw missingParameter(`${param}[online][${name}]`);
}

/** The payer's agreement as the parameters tell it; at `nowMs` unless they say when. */
export function acceptanceOf(data: MandateData | undefined, nowMs: number): Acceptance | undefined {
  if (!data) return undefined;
  const { accepted_at: at, online } = data.customer_acceptance;
  return {
    acceptedSeconds: at === undefined ? Math.floor(nowMs / 1000) : Number(at),
    ...(online && { online: { ipAddress: online.ip_address!, userAgent: online.user_agent! } }),
  };
}
