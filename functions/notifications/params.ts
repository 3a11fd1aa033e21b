/** Parameters of events and webhook endpoints. */
import * as z from 'zod/mini';
import { boolean, type ListParams, listShape, metadata, metadataChange, named, text } from '../shared/params.ts';

/** Types that Stripe has and that we do not send yet are taken, so that a merchant's set-up code runs unchanged. */
const STRIPE_TYPE = /^[a-z0-9_]+(\.[a-z0-9_]+){1,4}$/;

const enabledEvents = z.array(named(100)).check(
  z.minLength(1),
  z.maxLength(100),
  z.refine((types) => types.every((type) => type === '*' || STRIPE_TYPE.test(type)), {
    error: 'Invalid enabled_events: one of them is not an event type',
  }),
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
  api_version: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}(\.[a-z_]{1,30})?$/))),
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

export const eventListParams = z.strictObject({
  ...listShape,
  type: z.optional(named(100)),
  types: z.optional(z.array(named(100)).check(z.maxLength(20))),
});
export type EventListParams = ListParams & {
  readonly type?: string | undefined;
  readonly types?: readonly string[] | undefined;
};
