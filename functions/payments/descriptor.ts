/** What the payer's statement prints: a static part and, after it, what the merchant says of the charge. Pure. */
import { firstCharacters } from '../kernel/characters.ts';
import type { Payment } from './payment.ts';

/** The account's own descriptor, where a payment has none. */
const STATIC = 'SLUICE';
/** Characters of a whole descriptor, and of the static part where a suffix follows (docs.stripe.com/get-started/account/statement-descriptors). */
const MAXIMUM = 22;
const MAXIMUM_PREFIX = 10;

/** The complete descriptor, at most 22 characters: `PREFIX* SUFFIX` with a suffix, which is cut to what there is room for. */
export function calculatedDescriptor({
  statementDescriptor,
  statementDescriptorSuffix: suffix,
}: Pick<Payment, 'statementDescriptor' | 'statementDescriptorSuffix'>): string {
  const whole = statementDescriptor ?? STATIC;
  if (suffix === undefined || suffix.trim() === '') return firstCharacters(whole, MAXIMUM).trimEnd();
  const prefix = firstCharacters(whole, MAXIMUM_PREFIX).trimEnd();
  return firstCharacters(`${prefix}* ${suffix.trim()}`, MAXIMUM).trimEnd();
}
