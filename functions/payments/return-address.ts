/**
 * The address of ours to which every channel sends a payer back. It names one attempt, and carries a secret that only we can compute: its
 * holder is the payer of that attempt, or the channel.
 */
import { timingSafeEqual } from 'node:crypto';
import { secretTextOf } from '../api/client-secret.ts';
import type { ChannelReference } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';

/** `base`, a slash, the attempt's reference, `-`, and 24 base62 characters. At most 57 characters follow `base`. */
export const returnAddressOf = (base: string, settings: Settings, reference: ChannelReference): string =>
  `${base}/${reference}-${secretTextOf(settings, 'return', reference)}`;

const FORM = '-form';

/** The page beside a return address that posts the form to which the payer is to go. */
export const formPageOf = (returnAddress: string): string => `${returnAddress}${FORM}`;

/** The last segment of the return address that a form's page stands beside; undefined when it is no such page. */
export const besideForm = (segment: string): string | undefined =>
  segment.endsWith(FORM) ? segment.slice(0, -FORM.length) : undefined;

/** What the last segment of a return address says, or undefined when it is none of ours. Its secret is not checked. */
export function parseReturnAddress(
  segment: string,
): { readonly reference: ChannelReference; readonly secret: string } | undefined {
  const [, reference, secret] = /^([0-9A-Za-z]{31})-([0-9A-Za-z]{24})$/.exec(segment) ?? [];
  return reference === undefined || secret === undefined
    ? undefined
    : { reference: reference as ChannelReference, secret };
}

/** Whether the secret is the one of this attempt; compared in constant time. */
export const isReturnSecret = (settings: Settings, reference: ChannelReference, secret: string): boolean =>
  timingSafeEqual(Buffer.from(secretTextOf(settings, 'return', reference)), Buffer.from(secret));
