/**
 * Parameters of Stripe's that the served operations do not use: those that change nothing here are ignored, the others are refused with a
 * reason. A parameter that is neither here nor in the schema of its operation is unknown. test/unit/api/sdk-parameters compares with the SDK.
 */

import { NO_BILLING, NO_DISCOUNTS, NO_EMBEDDING, NO_TIERS, UNSERVED_TYPES } from './unserved-reasons.ts';

/** Parameters of some operations. `why` is absent for those that are ignored. */
export interface ParameterRow {
  /** `POST /v1/payment_intents/{id}`, separated by commas. */
  readonly operations: string;
  /**
   * `name` or `name[member]`, separated by spaces. A list counts as each of its members, and `*` as each member of an object. `name=a|b` is the
   * parameter where it has one of these values.
   */
  readonly names: string;
  readonly why?: string;
}

/** Types that have options and no data of their own: those of terminals, and of a page. */
const OPTION_TYPES = `${UNSERVED_TYPES} card_present demo_pay`;

/** What Stripe.js says of the page and of itself. */
export const TELEMETRY =
  'guid muid sid payment_user_agent time_on_page referrer pasted_fields client_attribution_metadata';

const NEW_INTENT = 'POST /v1/payment_intents';
const INTENT = 'POST /v1/payment_intents/{id}';
const CONFIRM = `${INTENT}/confirm`;
const INTENTS = `${NEW_INTENT},${INTENT},${CONFIRM}`;
const HOLDS = `${INTENT}/capture,${INTENT}/increment_authorization`;
const NEW_SETUP = 'POST /v1/setup_intents';
const SETUPS = `${NEW_SETUP},POST /v1/setup_intents/{id},POST /v1/setup_intents/{id}/confirm`;
const SESSION = 'POST /v1/checkout/sessions';
const METHOD = 'POST /v1/payment_methods';
const TOKEN = 'POST /v1/tokens';
const CHARGE = 'POST /v1/charges';
const WITH_DATA = `${INTENTS},${SETUPS}`;

const REFUNDS = `POST /v1/refunds,${CHARGE}/{id}/refunds,${CHARGE}/{id}/refund`;
const DISPUTE = 'POST /v1/disputes/{id}';
const CUSTOMER = 'POST /v1/customers';
const CUSTOMERS = `${CUSTOMER},${CUSTOMER}/{id}`;
const NEW_SOURCE = `${CUSTOMER}/{id}/sources,${CUSTOMER}/{id}/cards`;
const SOURCE = `${CUSTOMER}/{id}/sources/{source},${CUSTOMER}/{id}/cards/{source}`;
const PRODUCT = 'POST /v1/products';
const PRICE = 'POST /v1/prices';

const members = (of: string, names: string): string =>
  names
    .split(' ')
    .map((name) => of + name.replace(/^\w+/, '[$&]'))
    .join(' ');
const card = (names: string): string => members('payment_method_options[card]', names);
const row = (operations: string, names: string, why?: string): ParameterRow => ({
  operations,
  names,
  ...(why !== undefined && { why }),
});

const NO_CONNECT = 'There are no connected accounts: this is no platform account.';
const NO_TRANSFERS = 'There are no transfers: this is no platform account.';
const NO_FEES = 'There are no application fees: this is no platform account.';
const NO_CUSTOMER_ACCOUNTS = 'There are no customer accounts: name a customer.';
const NO_TOKENS = 'There are no confirmation tokens: name a payment_method.';
const NO_METHOD_TYPE = 'This type of payment method is not served: see payment_method_types of a payment intent.';
const NO_FEATURES = 'The payment of a Checkout Session is captured once, and at most in the amount of the session.';
const NO_DESCRIPTOR =
  'The statement_descriptor parameter is not supported for Checkout Sessions, which cards may pay. Use statement_descriptor_suffix instead.';
const NO_TAX = 'There is no tax calculation: it belongs to Billing, which is not served.';
const NO_INVOICES = 'There are no invoices: they belong to Billing, which is not served.';
const NO_CLOCKS = 'There are no test clocks: they belong to Billing, which is not served.';
const NO_BANK = 'Bank accounts are not served: a source is a card.';
const NO_READERS = 'There are no card readers and network tokens: make a token of the card.';
const NO_GOODS = 'There are no SKUs and orders: describe the product in its description and metadata.';
const BY_PRICE = 'A line item is sold by its price, or by price_data with product_data.';
const NO_CHOICE = 'The payer cannot choose the amount: give unit_amount.';
const NO_SUBSCRIPTIONS =
  'There are no subscriptions: they belong to Billing, which is not served. A price without recurring is paid once.';
const NO_SHIPPING = 'There are no shipping rates: sell shipping as a line item.';
const LATIN = 'Statements are printed in Latin letters: use statement_descriptor_suffix.';

export const PARAMETER_TABLE: readonly ParameterRow[] = [
  // Ignored.
  row(`${INTENTS},${HOLDS}`, 'amount_details payment_details'),
  row(`${NEW_INTENT},${INTENT}`, 'payment_method_configuration'),
  row(`${NEW_SETUP},POST /v1/setup_intents/{id}`, 'payment_method_configuration'),
  row(SESSION, 'payment_method_configuration line_items[price_data][tax_behavior] automatic_tax[liability]'),
  row(SESSION, 'line_items[adjustable_quantity][maximum] line_items[adjustable_quantity][minimum]'),
  row(SESSION, 'invoice_creation[invoice_data] tax_id_collection[required]'),
  row(`${NEW_INTENT},${CONFIRM},${CHARGE},${METHOD}`, 'radar_options'),
  row(WITH_DATA, members('payment_method_data', `${TELEMETRY} radar_options`)),
  row(`${METHOD},${TOKEN},${INTENTS},${SETUPS},${CHARGE},${SESSION},${CUSTOMER}`, TELEMETRY),
  row(`${CONFIRM},POST /v1/setup_intents/{id}/confirm`, 'expected_payment_method_type'),
  row(`${INTENTS},${SETUPS},${SESSION}`, members('payment_method_options', OPTION_TYPES)),
  row(`${INTENTS},${SESSION}`, 'payment_method_options[paypal][risk_correlation_id]'),
  row(SETUPS, 'payment_method_options[paypal]'),
  row(`${METHOD}/{id}`, 'card[networks]'),

  // Ignored where the value means what happens anyway. Any other value is refused below.
  row(`${INTENTS},${SETUPS}`, card('moto=false')),
  row(
    INTENTS,
    card(
      'require_cvc_recollection=false installments[enabled]=false installments[plan]= statement_descriptor_suffix_kana= statement_descriptor_suffix_kanji=',
    ),
  ),
  row(`${INTENTS},${HOLDS}`, 'hooks[inputs][tax][calculation]='),
  row(INTENT, 'application_fee_amount='),
  row(`${NEW_SETUP},POST /v1/setup_intents/{id},GET /v1/setup_intents`, 'attach_to_self=false'),
  row('POST /v1/setup_intents/{id}', 'excluded_payment_method_types='),
  row(DISPUTE, 'evidence[enhanced_evidence]= evidence[appeal]='),
  row(
    SESSION,
    card(
      'installments[enabled]=false request_extended_authorization=never request_incremental_authorization=never request_multicapture=never request_overcapture=never',
    ),
  ),
  row(
    SESSION,
    'after_expiration[recovery][enabled]=false after_expiration[recovery][allow_promotion_codes]=false consent_collection[promotions]=none consent_collection[terms_of_service]=none consent_collection[payment_method_reuse_agreement][position]=auto customer_update[address]=never customer_update[name]=never customer_update[shipping]=never payment_method_collection=always saved_payment_method_options[payment_method_remove]=disabled saved_payment_method_options[payment_method_save]=disabled wallet_options[link][display]=auto|never',
  ),
  row(
    SESSION,
    'branding_settings[background_color]= branding_settings[border_style]= branding_settings[button_color]= branding_settings[font_family]=|default custom_text[after_submit]= custom_text[shipping_address]= custom_text[submit]= custom_text[terms_of_service_acceptance]=',
  ),
  row(
    SESSION,
    members(
      'name_collection',
      'business[enabled]=false business[optional]=false individual[enabled]=false individual[optional]=false',
    ),
  ),
  row(`${SESSION}/{id}`, 'payment_intent_data[statement_descriptor]= shipping_options='),
  row('POST /v1/setup_intents/{id}', 'allowed_payment_method_types='),
  row(
    CUSTOMERS,
    'balance=0 cash_balance[settings][reconciliation_mode]=automatic|merchant_default invoice_settings[custom_fields]= invoice_settings[footer]= invoice_settings[rendering_options]= invoice_settings[rendering_options][amount_tax_display]= tax[ip_address]= tax[validate_location]=auto|deferred',
  ),
  row(PRODUCT, 'tax_details[tax_code]= default_price_data[custom_unit_amount][enabled]=false'),
  row(PRODUCT, 'default_price_data[currency_options][*][custom_unit_amount][enabled]=false'),
  row(`${PRODUCT}/{id}`, 'tax_details= tax_details[tax_code]='),
  row(PRICE, 'product_data[tax_details][tax_code]= custom_unit_amount[enabled]=false'),
  row(`${PRICE},${PRICE}/{id}`, 'currency_options[*][custom_unit_amount][enabled]=false'),
  row(`${PRICE}/{id}`, 'recurring='),

  // Types and options of payment methods.
  row(WITH_DATA, members('payment_method_data', UNSERVED_TYPES), NO_METHOD_TYPE),
  row(METHOD, UNSERVED_TYPES, NO_METHOD_TYPE),
  row(`${METHOD}/{id}`, UNSERVED_TYPES, NO_METHOD_TYPE),
  row(`${INTENTS},${SETUPS}`, card('mandate_options'), 'Mandates of cards have no terms: send mandate_data.'),
  row(`${INTENTS},${SETUPS}`, card('moto'), 'Cards are taken online: orders by mail or telephone are not marked.'),
  row(`${INTENTS},${SETUPS}`, card('network'), 'The network of a card cannot be chosen.'),
  row(`${INTENTS},${SETUPS}`, card('three_d_secure'), 'The result of an authentication elsewhere cannot be used.'),
  row(
    `${INTENTS},${SETUPS}`,
    card('setup_credential_usage'),
    'Say how the card will be used in setup_future_usage, or in usage.',
  ),
  row(INTENTS, card('stored_credential_usage'), 'Say whether the payer is present in off_session.'),
  row(INTENTS, card('cvc_token require_cvc_recollection'), 'The security code of a saved card is not asked for again.'),
  row(`${INTENTS},${SESSION}`, card('installments'), 'There are no installment plans.'),
  row(`${INTENTS},${SESSION}`, card('statement_descriptor_suffix_kana statement_descriptor_suffix_kanji'), LATIN),
  row(
    SESSION,
    card('request_extended_authorization request_incremental_authorization request_multicapture request_overcapture'),
    NO_FEATURES,
  ),
  row(SESSION, card('restrictions'), 'No brand of card can be blocked.'),
  row(`${NEW_INTENT},${CONFIRM},${NEW_SETUP},POST /v1/setup_intents/{id}/confirm`, 'confirmation_token', NO_TOKENS),

  // The rest, by what is missing.
  row(CONFIRM, 'amount_to_confirm', 'The amount of the payment intent is confirmed: update it before.'),
  row(`${INTENTS},${HOLDS}`, 'hooks', 'There are no automations: listen to events instead.'),
  row(`${NEW_INTENT},${INTENT},${HOLDS}`, 'application_fee_amount', NO_FEES),
  row(`${NEW_INTENT},${INTENT},${HOLDS}`, 'transfer_data', NO_TRANSFERS),
  row(`${CHARGE},${CHARGE}/{id}/capture`, 'application_fee application_fee_amount transfer_data', NO_CONNECT),
  row(`${NEW_INTENT},${CHARGE},${NEW_SETUP}`, 'on_behalf_of', NO_CONNECT),
  row(CHARGE, 'destination', NO_CONNECT),
  row('GET /v1/charges', 'transfer_group', 'Charges are not listed by transfer_group.'),
  row(METHOD, 'customer payment_method', NO_CONNECT),
  row(
    `${NEW_INTENT},${INTENT},GET /v1/payment_intents,GET /v1/payment_methods,${METHOD}/{id}/attach,${NEW_SETUP},POST /v1/setup_intents/{id},GET /v1/setup_intents`,
    'customer_account',
    NO_CUSTOMER_ACCOUNTS,
  ),
  row(`${NEW_SETUP},POST /v1/setup_intents/{id},GET /v1/setup_intents`, 'attach_to_self', NO_CONNECT),
  row(
    `${NEW_SETUP},POST /v1/setup_intents/{id}`,
    'excluded_payment_method_types',
    'Only cards are set up: there is no type to exclude.',
  ),
  row(
    `${NEW_SETUP},POST /v1/setup_intents/{id}`,
    'flow_directions',
    'Cards are set up to be charged: there are no outbound flows.',
  ),
  row(NEW_SETUP, 'single_use', 'A card that is set up may be charged more than once.'),
  row(`${SESSION},${SESSION}/{id}`, 'payment_intent_data[statement_descriptor]', NO_DESCRIPTOR),
  row(
    'GET /v1/balance_transactions,GET /v1/balance/history',
    'available_on',
    'Balance transactions are listed by created.',
  ),
  row(`${CHARGE}/{id}`, 'customer', 'The customer of a charge is that of its payment intent: update that.'),
  row(
    REFUNDS,
    'currency customer origin',
    'Refunds go back to the payment method: there is no customer balance to refund.',
  ),
  row(REFUNDS, 'instructions_email', 'Refunds to a card or wallet need no instructions.'),
  row(
    DISPUTE,
    'evidence[enhanced_evidence]',
    'Enhanced evidence is not available: card networks are reached through the channel.',
  ),
  row(DISPUTE, 'evidence[appeal]', 'Disputes cannot be appealed.'),
  row(DISPUTE, 'intended_submission_method', 'Smart Disputes is not available: evidence is always submitted by you.'),
  row('POST /v1/payouts', 'payout_method', 'Payouts go to the bank account of the merchant’s settings.'),
  row(TOKEN, 'account person', NO_CONNECT),
  row(TOKEN, 'customer', 'There are no connected accounts to copy a customer’s card to: this is no platform account.'),
  row(TOKEN, 'bank_account pii', 'Only cards are made into tokens.'),
  row(TOKEN, 'cvc_update', 'A security code is given with its card: make a new token of both.'),

  // Checkout Sessions.
  row(
    SESSION,
    'after_expiration branding_settings consent_collection custom_fields custom_text customer_update name_collection optional_items origin_context payment_method_data saved_payment_method_options shipping_address_collection',
    'This is for the payment page, which is not served yet.',
  ),
  row(SESSION, 'permissions redirect_on_completion return_url', NO_EMBEDDING),
  row(`${SESSION}/{id}`, 'collected_information line_items', NO_EMBEDDING),
  row(`${SESSION},GET /v1/checkout/sessions`, 'customer_account', NO_CUSTOMER_ACCOUNTS),
  row(SESSION, members('payment_intent_data', 'application_fee_amount on_behalf_of transfer_data'), NO_CONNECT),
  row(SESSION, 'setup_intent_data[on_behalf_of]', NO_CONNECT),
  row(SESSION, 'discounts', NO_DISCOUNTS),
  row(SESSION, 'payment_method_collection', 'Only subscriptions may go without a payment method.'),
  row(`${SESSION},${SESSION}/{id}`, 'shipping_options', NO_SHIPPING),
  row(SESSION, 'shipping_rates', NO_SHIPPING),
  row(SESSION, members('line_items', 'amount currency description images name'), BY_PRICE),
  row(
    SESSION,
    'subscription_data line_items[price_data][product_data][tax_details] line_items[price_data][recurring] line_items[tax_rates] line_items[dynamic_tax_rates]',
    NO_BILLING,
  ),
  row('GET /v1/checkout/sessions', 'subscription', NO_BILLING),
  row('GET /v1/checkout/sessions', 'payment_link', 'There are no payment links.'),
  row(SESSION, 'wallet_options', 'Link is not served: there is nothing to show or hide.'),
  row(SESSION, 'line_items[price_data][unit_amount_decimal]', 'Amounts are whole minor units: give unit_amount.'),

  // Customers.
  row(CUSTOMERS, 'balance', `A customer's balance is 0. ${NO_INVOICES}`),
  row(CUSTOMERS, 'cash_balance', 'There are no cash balances: no payment method fills one.'),
  row(CUSTOMERS, 'next_invoice_sequence', NO_INVOICES),
  row(CUSTOMERS, members('invoice_settings', 'custom_fields footer rendering_options'), NO_INVOICES),
  row(CUSTOMERS, 'tax', NO_TAX),
  row(CUSTOMER, 'tax_id_data', NO_TAX),
  row(CUSTOMERS, 'coupon promotion_code', NO_DISCOUNTS),
  row(CUSTOMERS, 'account_balance', `A customer's balance is 0. ${NO_INVOICES}`),
  row(CUSTOMERS, 'plan quantity tax_percent trial_end', NO_SUBSCRIPTIONS),
  row(CUSTOMERS, 'business_vat_id tax_info', NO_TAX),
  row(CUSTOMERS, 'bank_account', NO_BANK),
  row(`${CUSTOMER}/{id}`, 'default_bank_account default_alipay_account', NO_BANK),
  row(`${CUSTOMER}/{id}`, 'default_card', 'The default card of a customer is named by default_source.'),
  row(`${CUSTOMER},GET /v1/customers`, 'test_clock', NO_CLOCKS),
  row(NEW_SOURCE, 'bank_account alipay_account', NO_BANK),
  row(`${CUSTOMERS},${CHARGE},${NEW_SOURCE}`, members('card', 'encrypted network_token swipe_data'), NO_READERS),
  row(`${CUSTOMERS},${CHARGE},${NEW_SOURCE}`, 'card[metadata]', 'Metadata is given beside the card, not in it.'),
  row(SOURCE, 'account_holder_name account_holder_type', NO_BANK),
  row(SOURCE, 'owner', 'Source objects are not served: change the name and the address of the card.'),

  // Products and prices.
  row(`${PRODUCT},${PRODUCT}/{id}`, 'tax_details', NO_TAX),
  row(`${PRODUCT},${PRODUCT}/{id}`, 'attributes caption deactivate_on', NO_GOODS),
  row(
    `${PRODUCT},${PRODUCT}/{id}`,
    'features',
    'Features are named marketing_features since the version 2024-04-10 of the API.',
  ),
  row(PRICE, 'product_data[tax_details]', NO_TAX),
  row(
    PRODUCT,
    'default_price_data[custom_unit_amount] default_price_data[currency_options][*][custom_unit_amount]',
    NO_CHOICE,
  ),
  row(PRICE, 'custom_unit_amount', NO_CHOICE),
  row(`${PRICE},${PRICE}/{id}`, 'currency_options[*][custom_unit_amount]', NO_CHOICE),
  row(PRODUCT, 'default_price_data[currency_options][*][tiers]', NO_TIERS),
  row(`${PRICE},${PRICE}/{id}`, 'currency_options[*][tiers]', NO_TIERS),
  row(PRICE, 'tiers tiers_mode', NO_TIERS),
  row(PRODUCT, 'default_price_data[recurring]', NO_SUBSCRIPTIONS),
  row(`${PRICE},${PRICE}/{id}`, 'recurring', NO_SUBSCRIPTIONS),
  row(PRICE, 'transform_quantity', 'Quantities are charged as they are: give the amount of one unit.'),
];
