/**
 * Parameters that Stripe's newest types do not have: those of the npm package `stripe` from 8 to 21, and those that only Stripe's OpenAPI
 * document (Go module stripe-mock 0.203.0) has. For the operations that are served; the members of one that is here are not listed.
 */
const TABLE = `
GET /v1/balance_transactions available_on
POST /v1/charges card
POST /v1/checkout/sessions line_items[amount] line_items[currency] line_items[description] line_items[dynamic_tax_rates] line_items[images] line_items[name] payment_method_options[card][installments][plan] payment_method_options[paynow][tos_shown_and_accepted] payment_method_types shipping_rates subscription_data[coupon] subscription_data[items] subscription_data[trial_from_plan]
POST /v1/customers coupon promotion_code
POST /v1/customers/{id} bank_account card coupon default_alipay_account default_bank_account default_card promotion_code trial_end
POST /v1/customers/{id}/cards alipay_account bank_account card
POST /v1/customers/{id}/sources alipay_account bank_account card
POST /v1/payment_intents payment_method_options[card_present][request_incremental_authorization] payment_method_types
POST /v1/payment_intents/{id} payment_method_options[card_present][request_incremental_authorization] payment_method_types
POST /v1/payment_intents/{id}/confirm client_secret payment_method_options[card_present][request_incremental_authorization] payment_method_types
POST /v1/payment_methods/{id} acss_debit affirm au_becs_debit bacs_debit blik cashapp link naver_pay pay_by_bank payto sepa_debit zip
POST /v1/prices recurring[aggregate_usage]
POST /v1/prices/{id} recurring
POST /v1/products attributes caption deactivate_on features
POST /v1/products/{id} attributes caption deactivate_on features
POST /v1/setup_intents payment_method_types
POST /v1/setup_intents/{id} payment_method_types
POST /v1/setup_intents/{id}/confirm client_secret`;

/** By operation, as `POST /v1/charges`. */
export const EARLIER_PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [method, path, ...names] = line.split(' ');
      return [`${method} ${path}`, names];
    }),
);
