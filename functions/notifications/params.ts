/** Parameters of events and webhook endpoints. */
import * as z from 'zod/mini';
import { redacted } from '../api/errors.ts';
import {
  boolean,
  integer,
  type ListParams,
  listShape,
  metadata,
  metadataChange,
  neverTrue,
  nonEmpty,
  text,
} from '../api/params.ts';
import { isPublished } from '../api/versions/published.ts';
import { EVENT_TYPES } from './event-types.ts';

const eventType = nonEmpty(100).check(
  z.refine((type) => type === '*' || EVENT_TYPES.has(type), {
    error: 'Invalid enabled_events: must be one of the types at https://docs.stripe.com/api/events/types, or *',
  }),
);
const enabledEvents = z.array(eventType).check(
  z.minLength(1),
  z.maxLength(EVENT_TYPES.size),
  z.refine((types) => !types.includes('*') || types.length === 1, {
    error: 'Invalid enabled_events: `*` stands alone',
  }),
);

const url = z.string().check(
  z.maxLength(2_000),
  z.refine((value) => URL.canParse(value), {
    error: 'Invalid URL: An explicit scheme (such as https) must be provided.',
    params: { code: 'url_invalid' },
  }),
);

export const createEndpointParams = z.strictObject({
  url,
  enabled_events: enabledEvents,
  description: z.optional(text(5_000)),
  metadata: z.optional(metadata),
  connect: z.optional(neverTrue('There are no connected accounts: this is no platform account.')),
  /** The version that the endpoint's events are sent in. */
  api_version: z.optional(
    z
      .string()
      .check(z.refine(isPublished, { error: ({ input }) => `Invalid Stripe API version: ${redacted(String(input))}` })),
  ),
});
export type CreateEndpointParams = z.infer<typeof createEndpointParams>;

export const updateEndpointParams = z.strictObject({
  url: z.optional(url),
  enabled_events: z.optional(enabledEvents),
  /** An empty one removes it. */
  description: z.optional(z.string().check(z.maxLength(5_000))),
  metadata: z.optional(metadataChange),
  disabled: z.optional(boolean),
});
export type UpdateEndpointParams = z.infer<typeof updateEndpointParams>;

export const endpointListParams = z.strictObject(listShape);

const LONGEST_OVERLAP_SECONDS = 7 * 24 * 3600;

export const rollSecretParams = z.strictObject({
  /** For how many seconds the old secret signs too. Default: a day. */
  expires_in: z._default(
    integer.check(
      z.refine((seconds: bigint) => seconds >= 0n && seconds <= LONGEST_OVERLAP_SECONDS, {
        error: `Invalid expires_in: must be from 0 to ${LONGEST_OVERLAP_SECONDS}`,
      }),
    ),
    86_400n,
  ),
});
export type RollSecretParams = z.infer<typeof rollSecretParams>;

export const retryParams = z.strictObject({
  /** The only endpoint to notify. Default: all that subscribe to the event. */
  webhook_endpoint: z.optional(nonEmpty()),
});
export type RetryParams = z.infer<typeof retryParams>;

export const eventListParams = z.strictObject({
  ...listShape,
  type: z.optional(nonEmpty(100)),
  types: z.optional(z.array(nonEmpty(100)).check(z.maxLength(20))),
  delivery_success: z.optional(boolean),
});
export type EventListParams = ListParams & {
  readonly delivery_success?: boolean | undefined;
  readonly type?: string | undefined;
  readonly types?: readonly string[] | undefined;
};
