/** The version that objects have the shape of, and which version a request is answered in. */
import { invalidParameter, redacted } from './errors.ts';
import { isPublished } from './versions/published.ts';

/** The version that a request without Stripe-Version is answered in. */
export const API_VERSION = '2026-10-28.endive';

/** The Stripe-Version to answer in: any that Stripe has published. @throws 400 for any other */
export function versionOf(header: string | undefined): string {
  if (header === undefined || header === '') return API_VERSION;
  if (isPublished(header)) return header;
  throw invalidParameter(`Invalid Stripe API version: ${redacted(header)}`);
}
