/** Every path that the SDK’s types let a request expand is accepted, through as many objects as a path may name. */
import { describe, expect, it } from 'vitest';
import { API_VERSION } from '../../../functions/api/api-version.ts';
import { assertExpandable } from '../../../functions/api/expand.ts';
import { EXPANDABLE, LISTS } from '../../../functions/api/expandable.ts';
import { expansionsOf } from '../../world/sdk-expansions.ts';

/** File and interface of each object that has something to expand. */
const DECLARED: Readonly<Record<string, readonly [file: string, name: string]>> = {
  account: ['Accounts', 'Account'],
  balance_transaction: ['BalanceTransactions', 'BalanceTransaction'],
  bank_account: ['BankAccounts', 'BankAccount'],
  capability: ['Capabilities', 'Capability'],
  card: ['Cards', 'Card'],
  charge: ['Charges', 'Charge'],
  'checkout.session': ['Checkout/Sessions', 'Session'],
  customer: ['Customers', 'Customer'],
  dispute: ['Disputes', 'Dispute'],
  item: ['LineItems', 'LineItem'],
  mandate: ['Mandates', 'Mandate'],
  payment_intent: ['PaymentIntents', 'PaymentIntent'],
  payment_method: ['PaymentMethods', 'PaymentMethod'],
  payout: ['Payouts', 'Payout'],
  price: ['Prices', 'Price'],
  product: ['Products', 'Product'],
  refund: ['Refunds', 'Refund'],
  review: ['Reviews', 'Review'],
  setup_attempt: ['SetupAttempts', 'SetupAttempt'],
  setup_intent: ['SetupIntents', 'SetupIntent'],
  token: ['Tokens', 'Token'],
};
/** Objects that are served and have nothing to expand. */
const NOTHING_IN: Readonly<Record<string, readonly [file: string, name: string]>> = {
  balance: ['Balance', 'Balance'],
  cash_balance: ['CashBalances', 'CashBalance'],
  country_spec: ['CountrySpecs', 'CountrySpec'],
  event: ['Events', 'Event'],
  product_feature: ['ProductFeatures', 'ProductFeature'],
  webhook_endpoint: ['WebhookEndpoints', 'WebhookEndpoint'],
};

const FILES: ReadonlySet<string> = new Set(Object.values(DECLARED).map(([file]) => file));
const LEVELS = 4;
const pathsOf = ([file, name]: readonly [file: string, name: string], levels: number): readonly string[] => [
  ...expansionsOf(file, name, levels, (each) => FILES.has(each)),
];

function isRefused(path: string, object: string, list = false): boolean {
  try {
    assertExpandable([path], { object, list }, API_VERSION);
    return false;
  } catch {
    return true;
  }
}

describe.each(Object.entries(DECLARED))('%s', (object, declared) => {
  it('accepts every expansion that the SDK’s types have', () => {
    expect(pathsOf(declared, LEVELS).filter((path) => isRefused(path, object))).toEqual([]);
  });

  it('accepts them in a list', () => {
    const paths = pathsOf(declared, LEVELS - 1).map((path) => `data.${path}`);

    expect(paths.filter((path) => isRefused(path, object, true))).toEqual([]);
  });
});

it.each(Object.entries(NOTHING_IN))('%s has nothing to expand', (object, declared) => {
  expect(pathsOf(declared, LEVELS)).toEqual([]);
  expect(isRefused('customer', object)).toBe(true);
});

it('the comparison concerns every object, and follows members, lists, unions and what is never here', () => {
  const parts = new Set([...Object.keys(LISTS), 'cash_balance', 'elsewhere']);
  const objects = Object.keys(EXPANDABLE).filter((name) => !/[a-z]\.(?!session$)/.test(name) && !parts.has(name));

  expect(objects.sort()).toEqual(Object.keys(DECLARED));
  expect(pathsOf(DECLARED.charge!, LEVELS)).toEqual(
    expect.arrayContaining([
      'payment_method_details.card.mandate',
      'payment_intent.latest_charge.balance_transaction.source',
      'refunds.data.payment_intent.customer',
      'balance_transaction.source.destination_payment',
      'application_fee.originating_transaction',
      'transfer.destination',
    ]),
  );
  expect(pathsOf(DECLARED['checkout.session']!, LEVELS)).toEqual(
    expect.arrayContaining(['subscription.latest_invoice', 'line_items.data.price.product']),
  );
  expect(pathsOf(DECLARED.dispute!, LEVELS)).toContain('balance_transactions.source');
});

describe('below a member that is always empty', () => {
  it.each([
    ['checkout.session', 'subscription.latest_invoice.payment_intent.customer'],
    ['checkout.session', 'invoice.subscription'],
    ['charge', 'failure_balance_transaction.source'],
    ['setup_intent', 'single_use_mandate.payment_method'],
    ['customer', 'subscriptions.data.latest_invoice.payment_intent'],
    ['payout', 'destination.account'],
    ['account', 'settings.branding.icon'],
  ])('%s: %s is accepted', (object, path) => {
    expect(isRefused(path, object)).toBe(false);
  });

  it.each([
    ['customer', 'subscriptions.latest_invoice'],
    ['customer', 'tax.location'],
    ['checkout.session', 'subscription.latest_invoice.payment_intent.customer.sources'],
    ['charge', 'customer.any_name'],
    ['charge', 'refunds.customer'],
    ['charge', 'outcome'],
    ['charge', 'constructor.name'],
    ['balance_transaction', 'source.any_name'],
  ])('%s: %s is not: it is too long, or below a member that may be there', (object, path) => {
    expect(isRefused(path, object)).toBe(true);
  });
});
