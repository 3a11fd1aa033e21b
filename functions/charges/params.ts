/** Parameters of charges that are made and captured by themselves, as Stripe takes them; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { invalidParameter, unknownParameter } from '../api/errors.ts';
import { boolean, currency, integerFrom, metadata, nonEmpty, text } from '../api/params.ts';
import { clearableShipping, email } from '../api/person.ts';
import { once } from '../kernel/once.ts';
import { type TestCard, testCardOfNumber } from '../kernel/test-cards.ts';
import { descriptorSuffix } from '../payment-methods/card-params.ts';
import { amount, assertAmount, cardNumberRefused, transferGroup } from '../payments/params.ts';

export const createChargeParams = once(() =>
  z.strictObject({
    amount,
    currency,
    source: z.optional(z.union([nonEmpty(), z.record(z.string(), z.unknown())])),
    customer: z.optional(nonEmpty()),
    capture: z.optional(boolean),
    description: z.optional(text(1_000)),
    metadata: z.optional(metadata),
    receipt_email: z.optional(email),
    shipping: z.optional(clearableShipping),
    statement_descriptor: z.optional(descriptorSuffix),
    statement_descriptor_suffix: z.optional(descriptorSuffix),
    transfer_group: transferGroup,
  }),
);
export type CreateChargeParams = z.infer<ReturnType<typeof createChargeParams>>;

export const captureChargeParams = once(() =>
  z.strictObject({
    amount: z.optional(integerFrom(1n)),
    transfer_group: transferGroup,
    receipt_email: z.optional(email),
    statement_descriptor: z.optional(descriptorSuffix),
    statement_descriptor_suffix: z.optional(descriptorSuffix),
  }),
);
export type CaptureChargeParams = z.infer<ReturnType<typeof captureChargeParams>>;

/** What the statement prints after the merchant's name: of a card charge the descriptor is that, where there is no suffix. */
export const suffixOf = (params: {
  readonly statement_descriptor?: string | undefined;
  readonly statement_descriptor_suffix?: string | undefined;
}): { readonly statementDescriptorSuffix?: string } => {
  const suffix = params.statement_descriptor_suffix || params.statement_descriptor;
  return suffix ? { statementDescriptorSuffix: suffix } : {};
};

/** A published test card that stands in the request itself. */
export interface TypedTestCard {
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
const MEMBER = /^(?:object|number|exp_month|exp_year|cvc|name|address_(?:city|country|line1|line2|state|zip))$/;

/**
 * What the schema cannot judge alone.
 * @throws 400 amount_too_small; parameter_missing without source and customer; for a card number that is not a published test number
 */
export function assertChargeable(params: CreateChargeParams): void {
  assertAmount(params.amount, params.currency);
  if (params.source === undefined && params.customer === undefined)
    throw invalidParameter('Must provide source or customer.', { code: 'parameter_missing' });
  if (typeof params.source === 'object') typedTestCard(params.source);
}

/** The published test card that `source[…]` holds: any other number goes through the vault, by a token. */
export function typedTestCard(source: Readonly<Record<string, unknown>>): TypedTestCard {
  const unknown = Object.keys(source).find((name) => !MEMBER.test(name));
  if (unknown !== undefined) throw unknownParameter(`source[${unknown}]`);
  const member = (name: string): string => memberOf(source, name, true)!;
  const card = testCardOfNumber(member('number').replace(/[\s-]/g, ''));
  if (!card) throw cardNumberRefused('source[number]');
  if ((memberOf(source, 'object', false) ?? 'card') !== 'card')
    throw invalidParameter('Invalid source[object]: must be card', { param: 'source[object]' });
  const cvc = memberOf(source, 'cvc', false);
  const name = memberOf(source, 'name', false);
  const line = (part: string) => memberOf(source, `address_${part}`, false);
  return {
    card,
    expMonth: whole(member('exp_month'), 'source[exp_month]'),
    expYear: whole(member('exp_year'), 'source[exp_year]'),
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

function memberOf(source: Readonly<Record<string, unknown>>, name: string, needed: boolean): string | undefined {
  const value = source[name];
  const param = `source[${name}]`;
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
