/** 2025-03-31: `shipping_details` of a Checkout Session moves to `collected_information` (CHANGELOG of the npm package `stripe`, 18.0.0). */
import type { VersionChange } from './change.ts';

export const shippingDetails: VersionChange = {
  since: '2025-03-31',
  objects: ['checkout.session'],
  before: (session) => {
    const collected = session.collected_information as { readonly shipping_details?: unknown } | null | undefined;
    return { ...session, shipping_details: collected?.shipping_details ?? null };
  },
};
