/** The filter of lists by the type of a payment method. */
import * as z from 'zod/mini';
import { redacted } from '../api/errors.ts';
import { UNSERVED_TYPES } from '../api/unserved-reasons.ts';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import { once } from '../kernel/once.ts';

/** Types that Stripe has published. No payment method here has one of the unserved ones, so their list is empty. */
const published = once(
  (): ReadonlySet<string> => new Set([...METHOD_TYPES, ...UNSERVED_TYPES.split(' '), 'card_present']),
);

export const typeFilter = z.optional(
  z.string().check(
    z.refine((type) => published().has(type), {
      error: ({ input }) => `Invalid type: "${redacted(input as string)}" is no type of payment method.`,
    }),
  ),
);
