/** What the schema of a new session cannot judge alone: what belongs to which mode, amounts in all, and how long it may be open. */

import { assertOneOf, exclusiveParameters, invalidParameter, missingParameter, refused } from '../api/errors.ts';
import { type Currency, decimalText, maximumOf, minimumOf } from '../kernel/money.ts';
import { assertLargest, assertMills } from '../payment-methods/card-params.ts';
import { type Line, totalOf } from './lines.ts';
import type { CreateSessionParams, LineParams } from './params.ts';

/** A session is open for 24 hours, unless the merchant says otherwise within these. */
export const LONGEST_MS = 24 * 3_600_000;
const SHORTEST_MS = 30 * 60_000;

/** @throws 400 parameters_exclusive, parameter_missing, amount_too_small, amount_too_large; 400 for what another mode would take */
export function assertSession(params: CreateSessionParams): void {
  assertOneCustomer(params);
  if (params.mode === 'setup') assertNothingSold(params);
  else assertSold(params);
}

function assertOneCustomer(params: CreateSessionParams): void {
  if (params.customer === undefined) return;
  for (const name of ['customer_email', 'customer_creation'] as const) {
    if (params[name] === undefined) continue;
    throw exclusiveParameters('customer', name);
  }
}

/**
 * Judged when the session is made and not before: the same request sent again later is answered as it was.
 * @throws 400
 */
export function assertExpiry(atSeconds: bigint | undefined, nowMs: number): void {
  if (atSeconds === undefined) return;
  // The second of its creation counts in full, in the merchant's favor.
  const openSeconds = Number(atSeconds) - Math.floor(nowMs / 1000);
  const param = 'expires_at';
  if (openSeconds < SHORTEST_MS / 1000)
    throw invalidParameter('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.', {
      param,
    });
  if (openSeconds > LONGEST_MS / 1000)
    throw invalidParameter('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', {
      param,
    });
}

function assertNothingSold(params: CreateSessionParams): void {
  for (const name of ['line_items', 'payment_intent_data', 'submit_type'] as const)
    if (params[name] !== undefined)
      throw invalidParameter(`You can not pass \`${name}\` in \`setup\` mode.`, { param: name });
  for (const type of ['card', 'paypal'] as const)
    for (const name of ['capture_method', 'setup_future_usage'] as const)
      if (params.payment_method_options?.[type]?.[name])
        throw invalidParameter(`You can not pass \`${name}\` in \`setup\` mode.`, {
          param: `payment_method_options[${type}][${name}]`,
        });
  assertCardTaken(params);
}

/** The owner of a wallet approves each payment: a card alone is kept. */
function assertCardTaken(params: CreateSessionParams): void {
  const { payment_method_types: listed = [], allowed_payment_method_types: allowed = [] } = params;
  const other = listed.find((type) => type !== 'card') ?? (allowed.includes('card') ? undefined : allowed[0]);
  if (other !== undefined)
    throw refused(`The payment method \`${other}\` cannot be used in \`setup\` mode.`, {
      param: listed.includes(other) ? 'payment_method_types' : 'allowed_payment_method_types',
    });
  if (params.excluded_payment_method_types?.includes('card'))
    throw refused('excluded_payment_method_types leaves no payment method type to keep.', {
      param: 'excluded_payment_method_types',
    });
}

/** @throws 400 parameter_missing where WeChat Pay is listed without its client, as at Stripe; 400 for a client that has no page of a session */
function assertClient({ payment_method_types: types, payment_method_options: options }: CreateSessionParams): void {
  for (const type of ['alipay', 'wechat_pay'] as const)
    if ((options?.[type]?.client || 'web') !== 'web')
      throw refused('The payer of a Checkout Session is at a web page: the client is `web`.', {
        param: `payment_method_options[${type}][client]`,
      });
  if (types?.includes('wechat_pay') && !options?.wechat_pay?.client)
    throw missingParameter('payment_method_options[wechat_pay][client]');
}

function assertSold(params: CreateSessionParams): void {
  if (params.setup_intent_data !== undefined)
    throw invalidParameter('You can not pass `setup_intent_data` in `payment` mode.', { param: 'setup_intent_data' });
  const { line_items: items, currency } = params;
  if (!items || items.length === 0) throw missingParameter('line_items');
  items.forEach(assertLine);
  const described = items.flatMap(({ price_data: price, quantity }) =>
    price ? [{ currency: price.currency, unitAmount: price.unit_amount, quantity }] : [],
  );
  // Where stored prices are named, the amounts are known once these are read.
  if (described.length === items.length) assertAmounts(described, currency);
  assertClient(params);
}

/** @throws 400 parameter_missing, parameters_exclusive, amount_too_large */
function assertLine({ price, price_data: data }: LineParams, place: number): void {
  const item = `line_items[${place}]`;
  assertOneOf({ price, price_data: data }, ['price', 'price_data'], (name) => `${item}[${name}]`, 'price_data');
  if (!data) return;
  assertOneOf(data, ['product', 'product_data'], (name) => `${item}[price_data][${name}]`, 'product_data');
  assertLargest(data.unit_amount, data.currency, `${item}[price_data][unit_amount]`);
}

/** @throws 400 for a second currency; amount_too_small, amount_too_large, parameter_invalid_integer for the total */
export function assertAmounts(
  lines: readonly Pick<Line, 'currency' | 'unitAmount' | 'quantity'>[],
  currency: Currency = lines[0]!.currency,
): void {
  lines.forEach(({ currency: own }, place) => {
    if (own !== currency)
      throw invalidParameter('All line items of a Checkout Session must have the same currency.', {
        param: `line_items[${place}][price_data][currency]`,
      });
  });
  const total = totalOf(lines);
  const least = minimumOf(currency);
  const param = 'line_items';
  if (total < least)
    throw invalidParameter(
      `The Checkout Session's total amount due must add up to at least ${decimalText(least, currency)} ${currency}`,
      { code: 'amount_too_small', param },
    );
  const largest = maximumOf(currency);
  if (total > largest)
    throw invalidParameter(
      `The Checkout Session's total amount due must add up to no more than ${decimalText(largest, currency)} ${currency}`,
      { code: 'amount_too_large', param },
    );
  assertMills(total, currency, param);
}
