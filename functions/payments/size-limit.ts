/**
 * How often a payment or setup intent may be tried, and how much may be said of it. All of that is one item, which DynamoDB takes up to 400 KB
 * and `unpack` up to 1 MB. Later outcomes have to fit too: an outcome that cannot be written is money without a record.
 */
import { fitsInto } from '../table/pack.ts';

/** More tries than this on one payment, setup intent or session is card testing, not shopping. */
const MAXIMUM_ATTEMPTS = 30;

/** So many tries there is always room for, whatever is said with them. */
const UNLIMITED_ATTEMPTS = 4;

/** Bytes, far from the limits: requests already allowed may add their metadata, old and new, and outcomes come. */
const SIZE_LIMIT = { packed: 150_000, unpacked: 500_000 };

/** Whether the item has room for more data of a request. */
export const isBelowSizeLimit = (value: object): boolean => fitsInto(value, SIZE_LIMIT);

/** Whether there may be another try: there were not too many, and not too much was said with them. */
export const mayBeTried = (tried: { readonly attempts: readonly object[] }): boolean =>
  tried.attempts.length < UNLIMITED_ATTEMPTS || (tried.attempts.length < MAXIMUM_ATTEMPTS && isBelowSizeLimit(tried));
