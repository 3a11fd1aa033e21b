/** Parameters of payment methods, as Stripe takes them. Pure. */
import * as z from 'zod/mini';
import { exclusiveParameters, invalidParameter, missingParameter, unknownParameter } from '../api/errors.ts';
import { integer, listShape, metadata, metadataChange, nonEmpty } from '../api/params.ts';
import { allowRedisplay, billing } from '../api/person.ts';
import { METHOD_TYPES } from '../channels/port/instrument.ts';
import { typeFilter } from '../payment-methods/type-filter.ts';
import type { TypedCard } from './card.ts';

const text = (maximum: number) => z.string().check(z.maxLength(maximum));

/** However it was sent: form text, a JSON number, or one already decoded. */
const number = z.union([text(40), z.int(), z.bigint()]);

/** One object for both forms of a card, so that what is unknown or missing in it is named as Stripe names it. */
const card = z.strictObject({
  number: z.optional(number),
  exp_month: z.optional(number),
  exp_year: z.optional(number),
  cvc: z.optional(number),
  token: z.optional(text(100)),
  networks: z.optional(z.strictObject({ preferred: z.optional(text(40)) })),
});

const typed = z.strictObject(
  {
    number: z.optional(number),
    exp_month: z.optional(number),
    exp_year: z.optional(number),
    cvc: z.optional(number),
    name: z.optional(text(500)),
    address_city: z.optional(text(500)),
    address_country: z.optional(text(2)),
    address_line1: z.optional(text(500)),
    address_line2: z.optional(text(500)),
    address_state: z.optional(text(500)),
    address_zip: z.optional(text(40)),
    currency: z.optional(text(3)),
    networks: z.optional(z.strictObject({ preferred: z.optional(text(40)) })),
  },
  {
    error: ({ input }) =>
      typeof input === 'string'
        ? 'A token is made of a card that is typed in: copying a saved one to another account needs connected accounts, of which there are none.'
        : undefined,
  },
);

/** @see https://docs.stripe.com/api/tokens/create_card */
export const tokenParams = z.strictObject({
  card: z.optional(typed),
});
export type TokenParams = z.infer<typeof tokenParams>;

/** Nothing is said of a wallet beside its type. */
const empty = z.optional(z.strictObject({}));

export const createParams = z.strictObject({
  type: z.enum(METHOD_TYPES),
  card: z.optional(card),
  alipay: empty,
  wechat_pay: empty,
  paypal: empty,
  billing_details: z.optional(billing),
  metadata: z.optional(metadata),
  allow_redisplay: z.optional(allowRedisplay),
});
export const retrieveParams = z.strictObject({});

export const methodListParams = z.strictObject({
  ...listShape,
  customer: z.optional(nonEmpty()),
  type: typeFilter,
  allow_redisplay: z.optional(allowRedisplay),
});
export type MethodListParams = z.infer<typeof methodListParams>;

export const updateParams = z.strictObject({
  billing_details: z.optional(billing),
  card: z.optional(z.strictObject({ exp_month: z.optional(integer), exp_year: z.optional(integer) })),
  allow_redisplay: z.optional(allowRedisplay),
  metadata: z.optional(metadataChange),
});
export type UpdateParams = z.infer<typeof updateParams>;

export const attachParams = z.strictObject({ customer: z.optional(nonEmpty()) });
export type AttachParams = z.infer<typeof attachParams>;

export type CreateParams = z.infer<typeof createParams>;
export type CardParams = z.infer<typeof card>;

/**
 * The card that was typed in, all of it.
 * @throws 400 parameter_missing, parameter_invalid_integer; the number and the code are never in the message
 */
export const typedCardOf = (given: Omit<CardParams, 'token'>): TypedCard => ({
  number: String(required(given.number, 'card[number]')),
  expMonth: wholeNumber(required(given.exp_month, 'card[exp_month]'), 'card[exp_month]'),
  expYear: wholeNumber(required(given.exp_year, 'card[exp_year]'), 'card[exp_year]'),
  cvc: given.cvc === undefined || given.cvc === '' ? undefined : String(given.cvc),
});

/**
 * Refuses what is not of the method's type, and a card that is neither typed in whole nor named by a token, or both.
 * @throws 400 parameter_unknown, parameter_missing, parameters_exclusive, and what `typedCardOf` throws
 */
export function assertMethod(given: CreateParams): void {
  const other = METHOD_TYPES.find((type) => type !== given.type && given[type] !== undefined);
  if (other !== undefined) throw unknownParameter(other);
  if (given.type === 'card') assertCard(required(given.card, 'card'));
}

function assertCard(given: CardParams): void {
  if (given.token === undefined) {
    typedCardOf(given);
    return;
  }
  for (const name of ['number', 'exp_month', 'exp_year', 'cvc'] as const) {
    if (given[name] === undefined) continue;
    const param = `card[${name}]`;
    throw exclusiveParameters('card[token]', param);
  }
}

function required<T>(value: T | undefined, param: string): T {
  if (value === undefined || value === '') throw missingParameter(param);
  return value;
}

function wholeNumber(value: string | number | bigint, param: string): number {
  const digits = String(value).trim();
  // Who mixes up the fields must not read a card number in an error.
  const redactedDigits = digits.length > 8 ? '…' : digits;
  if (!/^-?[0-9]{1,9}$/.test(digits))
    throw invalidParameter(`Invalid integer: ${redactedDigits}`, { code: 'parameter_invalid_integer', param });
  return Number(digits);
}
