/** The version that objects have the shape of, and which version a request is answered in. */
import { invalidParameter, redacted } from './errors.ts';

/** The version that a request without Stripe-Version is answered in. */
export const API_VERSION = '2026-10-28.endive';

/** The Stripe-Version to answer in. A valid version is echoed. @throws 400 for an invalid one */
export function versionOf(header: string | undefined): string {
  if (header === undefined || header === '') return API_VERSION;
  if (/^\d{4}-\d{2}-\d{2}(\.[a-z_]{1,30})?$/.test(header)) return header;
  throw invalidParameter(`Invalid Stripe API version: ${redacted(header)}`);
}
