/** A card as tokens and charges without an intent show it: the shape that Stripe had before there were payment methods. */
import type Stripe from 'stripe';
import type { BillingDetails } from '../api/person.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import type { CardFacts } from './facts.ts';
import type { CardRecord } from './method.ts';

/** Brands as such cards name them. */
const BRANDS: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'MasterCard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
};

export interface SourceCard {
  readonly body: ObjectKey;
  readonly card: CardFacts;
  readonly billing: BillingDetails | undefined;
  readonly customer?: ObjectKey | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What became of the checks; null where there was nothing to check. */
export interface SourceChecks {
  readonly cvc: string | null;
  readonly line1: string | null;
  readonly postalCode: string | null;
}

export const cardId = (objectKey: ObjectKey): `card_${string}` => `card_${objectKey}`;

/** A card that is not charged yet: nothing of it is checked. */
export function renderUnchargedCard({ cvcGiven, ...card }: SourceCard & { readonly cvcGiven: boolean }): Stripe.Card {
  const unchecked = (given: unknown): 'unchecked' | null => (given === undefined ? null : 'unchecked');
  const { line1, postal_code: postalCode } = card.billing?.address ?? {};
  return renderSourceCard(card, {
    cvc: cvcGiven ? 'unchecked' : null,
    line1: unchecked(line1),
    postalCode: unchecked(postalCode),
  });
}

/** A payment method of a card as a source of its customer, or of the one that it was detached from. */
export const renderSource = (record: CardRecord): Stripe.Card =>
  renderUnchargedCard({ ...record, billing: record.billing, customer: record.customer ?? record.detachedFrom });

export function renderSourceCard(
  { body, card, billing, customer, metadata }: SourceCard,
  checks: SourceChecks,
): Stripe.Card {
  const { address, name = null } = billing ?? {};
  return {
    id: cardId(body),
    object: 'card',
    address_city: address?.city ?? null,
    address_country: address?.country ?? null,
    address_line1: address?.line1 ?? null,
    address_line1_check: checks.line1,
    address_line2: address?.line2 ?? null,
    address_state: address?.state ?? null,
    address_zip: address?.postal_code ?? null,
    address_zip_check: checks.postalCode,
    brand: BRANDS[card.brand] ?? 'Unknown',
    country: card.country || null,
    ...(customer !== undefined && { customer: `cus_${customer}` }),
    cvc_check: checks.cvc,
    dynamic_last4: null,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    fingerprint: card.fingerprint,
    funding: card.funding,
    last4: card.last4,
    metadata: { ...metadata },
    name,
    networks: { preferred: null },
    regulated_status: 'unregulated',
    tokenization_method: null,
  } satisfies Stripe.Card;
}
