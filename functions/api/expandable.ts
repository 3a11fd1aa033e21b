/**
 * What `expand[]` may name, by object: every member that Stripe's types can expand (a test compares them), also of what is never here
 * (https://docs.stripe.com/api/expanding_objects).
 */
import type Stripe from 'stripe';

/** A member that is no object of its own and holds members that name one. */
export const INSIDE = Symbol('inside');

/** A list that is in the object only when it is asked for, and has no members: what we do not serve is never in it. */
export const EMPTY = Symbol('empty list');

/** A member that is in the object only when it is asked for, and always the same: there are no discounts and no taxes. */
interface Constant {
  readonly is: object;
}
const NONE: Constant = { is: [] };

/** Taxes are not calculated, and no location is looked up. */
const NO_TAX: Stripe.Customer.Tax = {
  automatic_tax: 'unrecognized_location',
  ip_address: null,
  location: null,
  provider: 'stripe',
};

type Target = string | null | typeof INSIDE | typeof EMPTY | Constant;

/** Types of payment method that are not served and have expandable details. */
const OTHER_TYPES = { bancontact: null, card_present: null, ideal: null, sofort: null, us_bank_account: null } as const;

/** Members of what a balance transaction or a customer's source may be at Stripe and never is here. */
const ELSEWHERE =
  'account application authorization balance_transaction card cardholder charge destination destination_payment destination_payment_refund ' +
  'dispute external_accounts fee originating_transaction refunds reversals settings source_refund source_transaction token transaction transfer';

/** The objects in an error: the payment method that it is about. */
const ERROR: Readonly<Record<string, Target>> = {
  payment_method: 'payment_method',
  payment_intent: null,
  setup_intent: null,
  source: null,
};

/**
 * Member → the kind of object it names. `null`: always null here, so expanding it changes nothing, and any name below it is accepted.
 * `source`: the id's prefix decides.
 */
export const EXPANDABLE: Readonly<Record<string, Readonly<Record<string, Target>>>> = {
  payment_intent: {
    latest_charge: 'charge',
    payment_method: 'payment_method',
    review: 'review',
    customer: 'customer',
    on_behalf_of: null,
    application: null,
    amount_details: INSIDE,
    payment_record: null,
    source: null,
    transfer_data: INSIDE,
    last_payment_error: INSIDE,
  },
  'payment_intent.last_payment_error': ERROR,
  'payment_intent.amount_details': { line_items: null },
  'payment_intent.transfer_data': { destination: null },
  charge: {
    balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    review: 'review',
    refunds: 'refunds',
    payment_method_details: INSIDE,
    failure_balance_transaction: null,
    customer: 'customer',
    dispute: 'dispute',
    on_behalf_of: null,
    application: null,
    application_fee: null,
    source: 'card',
    transfer: null,
    source_transfer: null,
    outcome: INSIDE,
    transfer_data: INSIDE,
  },
  'charge.outcome': { rule: null },
  'charge.transfer_data': { destination: null },
  'charge.payment_method_details': { card: INSIDE, ...OTHER_TYPES },
  'charge.payment_method_details.card': { mandate: 'mandate' },
  refund: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    failure_balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    customer: 'customer',
    payment_method: 'payment_method',
    source_transfer_reversal: null,
    transfer_reversal: null,
  },
  dispute: { charge: 'charge', payment_intent: 'payment_intent', balance_transactions: INSIDE, evidence: INSIDE },
  'dispute.balance_transactions': { source: 'source' },
  'dispute.evidence': {
    cancellation_policy: null,
    customer_communication: null,
    customer_signature: null,
    duplicate_charge_documentation: null,
    receipt: null,
    refund_policy: null,
    service_documentation: null,
    shipping_documentation: null,
    uncategorized_file: null,
  },
  refunds: {},
  sources: {},
  card: { customer: 'customer', account: null },
  line_items: {},
  balance_transaction: { source: 'source' },
  payout: {
    balance_transaction: 'balance_transaction',
    destination: 'bank_account',
    failure_balance_transaction: 'balance_transaction',
    application_fee: null,
    original_payout: 'payout',
    reversed_by: 'payout',
  },
  review: { charge: 'charge', payment_intent: 'payment_intent' },
  'checkout.session': {
    customer: 'customer',
    line_items: 'line_items',
    payment_intent: 'payment_intent',
    setup_intent: 'setup_intent',
    invoice: null,
    payment_link: null,
    subscription: null,
    automatic_tax: INSIDE,
    discounts: INSIDE,
    invoice_creation: INSIDE,
    shipping_cost: INSIDE,
    shipping_options: INSIDE,
    total_details: INSIDE,
  },
  'checkout.session.automatic_tax': { liability: INSIDE },
  'checkout.session.automatic_tax.liability': { account: null },
  'checkout.session.discounts': { coupon: null, promotion_code: null },
  'checkout.session.invoice_creation': { invoice_data: INSIDE },
  'checkout.session.invoice_creation.invoice_data': { account_tax_ids: null, issuer: INSIDE },
  'checkout.session.invoice_creation.invoice_data.issuer': { account: null },
  'checkout.session.shipping_cost': { shipping_rate: null, taxes: null },
  'checkout.session.shipping_options': { shipping_rate: null },
  'checkout.session.total_details': { breakdown: { is: { discounts: [], taxes: [] } } },
  item: { price: 'price', discounts: NONE, taxes: NONE },
  price: { product: 'product', currency_options: 'currency_options', tiers: null },
  product: { default_price: 'price', tax_code: null },
  payment_method: { customer: 'customer', card: INSIDE, sepa_debit: null },
  'payment_method.card': { generated_from: INSIDE },
  'payment_method.card.generated_from': { setup_attempt: null },
  mandate: { payment_method: 'payment_method', on_behalf_of: null },
  customer: {
    default_source: 'card',
    test_clock: null,
    invoice_settings: INSIDE,
    sources: 'sources',
    subscriptions: EMPTY,
    tax_ids: EMPTY,
    cash_balance: 'cash_balance',
    tax: { is: NO_TAX },
    discount: null,
  },
  'customer.invoice_settings': { default_payment_method: 'payment_method' },
  setup_intent: {
    customer: 'customer',
    payment_method: 'payment_method',
    latest_attempt: 'setup_attempt',
    mandate: 'mandate',
    single_use_mandate: null,
    last_setup_error: INSIDE,
    application: null,
    on_behalf_of: null,
  },
  'setup_intent.last_setup_error': ERROR,
  setup_attempt: {
    customer: 'customer',
    payment_method: 'payment_method',
    setup_intent: 'setup_intent',
    application: null,
    on_behalf_of: null,
    payment_method_details: INSIDE,
    setup_error: INSIDE,
  },
  'setup_attempt.payment_method_details': OTHER_TYPES,
  'setup_attempt.setup_error': ERROR,
  account: { company: null, external_accounts: 'external_accounts', individual: null, settings: INSIDE },
  'account.settings': { branding: INSIDE, invoices: null },
  'account.settings.branding': { icon: null, logo: null },
  external_accounts: {},
  bank_account: { account: 'account', customer: null },
  cash_balance: {},
  capability: { account: 'account' },
  token: { bank_account: null, card: INSIDE },
  'token.card': { account: null, customer: null },
  elsewhere: Object.fromEntries(ELSEWHERE.split(' ').map((member) => [member, null])),
};

/** Members that are lists of what belongs to the object, loaded by its id: what they are lists of. */
export const LISTS: Readonly<Record<string, string>> = {
  refunds: 'refund',
  sources: 'card',
  line_items: 'item',
  external_accounts: 'bank_account',
};

/** Members that are loaded by the id of the object that they are in. */
export const LOADED_BY_OWNER: ReadonlySet<string> = new Set([
  ...Object.keys(LISTS),
  'currency_options',
  'cash_balance',
]);

/** Object names of a member that may hold one of several. */
export const UNIONS: Readonly<Record<string, readonly string[]>> = {
  source: ['charge', 'refund', 'payout', 'dispute', 'elsewhere'],
  card: ['card', 'elsewhere'],
};
