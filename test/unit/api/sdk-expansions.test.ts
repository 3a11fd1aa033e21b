/** Every member of a served object that the SDK's types let a request expand can be expanded. */
import { describe, expect, it } from 'vitest';
import { API_VERSION } from '../../../functions/api/api-version.ts';
import { assertExpandable, EXPANDABLE } from '../../../functions/api/expand.ts';
import { UNSERVED_TYPES } from '../../../functions/api/parameter-table.ts';
import { declarationsOf, type Typed, typeOf } from '../../world/sdk-types.ts';

/** File and interface of each object that can be expanded. */
const DECLARED: Readonly<Record<string, readonly [file: string, name: string]>> = {
  payment_intent: ['PaymentIntents', 'PaymentIntent'],
  charge: ['Charges', 'Charge'],
  refund: ['Refunds', 'Refund'],
  dispute: ['Disputes', 'Dispute'],
  balance_transaction: ['BalanceTransactions', 'BalanceTransaction'],
  payout: ['Payouts', 'Payout'],
  review: ['Reviews', 'Review'],
  'checkout.session': ['Checkout/Sessions', 'Session'],
  item: ['LineItems', 'LineItem'],
  price: ['Prices', 'Price'],
  product: ['Products', 'Product'],
  payment_method: ['PaymentMethods', 'PaymentMethod'],
  mandate: ['Mandates', 'Mandate'],
  customer: ['Customers', 'Customer'],
  card: ['Cards', 'Card'],
  setup_intent: ['SetupIntents', 'SetupIntent'],
  setup_attempt: ['SetupAttempts', 'SetupAttempt'],
};

/** Members of a type of payment method that is not served, and errors, which hold whole objects. */
const OTHER = new RegExp(
  `^(?:payment_method_details\\.)?(?:${UNSERVED_TYPES.replaceAll(' ', '|')}|card_present)\\.|^last_(?:payment|setup)_error\\.|^setup_error\\.`,
);

const MAXIMUM_LEVELS = 4;

/** Paths of members that hold an id, or the object in its place; and lists that are in the object only when they are asked for. */
function expandable(typed: Typed, outer: readonly string[] = []): readonly string[] {
  return typed.members.flatMap(({ name, type }) => {
    const path = [...outer, name];
    if (path.length > MAXIMUM_LEVELS) return [];
    if (/^(?:Array<)?string \| [A-Z]|^ApiList</.test(type)) return [path.join('.')];
    const inner = typeOf(type, typed.space);
    return inner ? expandable(inner, path) : [];
  });
}

describe.each(Object.entries(DECLARED))('%s', (object, [file, name]) => {
  const paths = expandable(typeOf(name, declarationsOf(file))!).filter((path) => !OTHER.test(path));

  it('accepts every expansion that the SDK’s types have', () => {
    const refused = paths.filter((path) => {
      try {
        assertExpandable([path], { object }, API_VERSION);
        return false;
      } catch {
        return true;
      }
    });

    expect(refused).toEqual([]);
  });
});

it('the comparison concerns every object, and finds nested members', () => {
  const objects = Object.keys(EXPANDABLE).filter(
    (name) => !/[a-z]\.(?!session$)|^(?:refunds|sources|line_items)$/.test(name),
  );
  const paths = expandable(typeOf('Charge', declarationsOf('Charges'))!);

  expect(objects.sort()).toEqual(Object.keys(DECLARED).sort());
  expect(paths).toEqual(expect.arrayContaining(['customer', 'refunds', 'payment_method_details.card.mandate']));
});
