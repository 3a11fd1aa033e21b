/** A published test card that stands in the request itself, as `source[number]`. Any other card number goes to the vault alone. Pure. */
import { invalidParameter } from '../api/errors.ts';
import type { Caller } from '../api/operation.ts';
import { billingOf } from '../api/person.ts';
import { type TestCard, testCardOfNumber } from '../kernel/test-cards.ts';
import { cardNumberRefused } from './card-params.ts';
import { checkCvc } from './cvc.ts';
import { checkExpiry, fourDigits } from './expiry.ts';
import type { RequestedMethod } from './requested-method.ts';

interface TypedTestCard {
  readonly card: TestCard;
  readonly expMonth: number;
  readonly expYear: number;
  readonly cvc?: string;
  readonly name?: string;
  readonly address: Readonly<
    Record<'city' | 'country' | 'line1' | 'line2' | 'state' | 'postal_code', string | undefined>
  >;
}

/** Members of a card in the request; what else stands there is unknown. */
export const TYPED_MEMBERS = [
  'object',
  'number',
  'exp_month',
  'exp_year',
  'cvc',
  'name',
  'address_city',
  'address_country',
  'address_line1',
  'address_line2',
  'address_state',
  'address_zip',
];

/** The published test card that `source[…]` holds, or `card[…]`: any other number goes through the vault, by a token. */
export function typedTestCard(source: Readonly<Record<string, unknown>>, param: string): TypedTestCard {
  const memberOf = (name: string, needed: boolean) => textOf(source[name], `${param}[${name}]`, needed);
  if ((memberOf('object', false) ?? 'card') !== 'card') throw notCard(`${param}[object]`);
  const member = (name: string): string => memberOf(name, true)!;
  const card = testCardOfNumber(member('number').replace(/[\s-]/g, ''));
  if (!card) throw cardNumberRefused(`${param}[number]`);
  const cvc = memberOf('cvc', false);
  const name = memberOf('name', false);
  const line = (part: string) => memberOf(`address_${part}`, false);
  return {
    card,
    expMonth: whole(member('exp_month'), `${param}[exp_month]`),
    expYear: whole(member('exp_year'), `${param}[exp_year]`),
    ...(cvc !== undefined && { cvc }),
    ...(name !== undefined && { name }),
    address: {
      city: line('city'),
      country: line('country'),
      line1: line('line1'),
      line2: line('line2'),
      state: line('state'),
      postal_code: line('zip'),
    },
  };
}

const notCard = (param: string) =>
  invalidParameter(`Invalid ${param}: must be card. Bank accounts are not served.`, { param });

/**
 * The payment method that is made of such a card in test mode.
 * @throws 400 for any other card number; 402 invalid_expiry_month, invalid_expiry_year, invalid_cvc
 */
export function requestedTestCard(
  { livemode }: Pick<Caller, 'livemode'>,
  source: Readonly<Record<string, unknown>>,
  nowMs: number,
  param: string,
): RequestedMethod {
  if (livemode) throw cardNumberRefused(`${param}[number]`);
  const { card, expMonth, expYear, cvc, name, address } = typedTestCard(source, param);
  const year = fourDigits(expYear);
  checkExpiry(expMonth, year, new Date(nowMs));
  checkCvc(card.brand, cvc);
  const billing = billingOf({ name, address });
  return { token: card.token, details: { expiry: { expMonth, expYear: year }, ...(billing && { billing }) } };
}

function textOf(value: unknown, param: string, needed: boolean): string | undefined {
  if (value === undefined || value === '') {
    if (needed) throw invalidParameter(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
    return undefined;
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    throw invalidParameter('Invalid string', { param });
  const text = String(value);
  if (text.length <= 500) return text;
  throw invalidParameter(`Invalid ${param}: it may have at most 500 characters`, { param });
}

function whole(digits: string, param: string): number {
  if (/^[0-9]{1,9}$/.test(digits)) return Number(digits);
  throw invalidParameter('Invalid integer', { code: 'parameter_invalid_integer', param });
}
