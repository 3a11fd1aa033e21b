/** What the payer's statement prints: a static part and, after it, what the merchant says of the charge. Pure. */

import { refused } from '../api/errors.ts';
import { firstCharacters } from '../kernel/characters.ts';
import { type MethodFacts, typeOf } from '../payment-methods/facts.ts';
import { type Payment, typesOf } from './payment.ts';

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

/**
 * A descriptor is of payments without a card (docs.stripe.com/api/payment_intents/object). One that cards alone may pay is refused at once; where
 * other types may pay it too, its confirmation with a card (`method`) is.
 * @throws 400
 */
export function assertDescribable(
  payment: Pick<Payment, 'statementDescriptor' | 'methodTypes'>,
  method?: Pick<MethodFacts, 'type'>,
): void {
  if (payment.statementDescriptor === undefined) return;
  const types = method ? [typeOf(method)] : typesOf(payment);
  if (types.some((type) => type !== 'card')) return;
  throw refused(
    'The statement_descriptor parameter is not supported for card charges. Use statement_descriptor_suffix instead.',
    { param: 'statement_descriptor' },
  );
}
