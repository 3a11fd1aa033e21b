/** Words of refusals that schemas share with the table of parameters (parameter-table.ts), which is loaded only where a schema refuses. */

/** Types of payment method that Stripe has and Sluice does not. */
export const UNSERVED_TYPES =
  'acss_debit affirm afterpay_clearpay alma amazon_pay au_becs_debit bacs_debit bancontact billie bizum blik boleto cashapp crypto custom customer_balance eps fpx giropay grabpay ideal interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypay payto pix promptpay revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account zip';

export const NO_EMBEDDING = 'This is for pages that Stripe.js embeds: only ui_mode hosted_page is served.';
export const NO_DISCOUNTS = 'There are no coupons and promotion codes: ask for the amount that is to be paid.';
export const NO_BILLING = 'There are no subscriptions, invoices or tax: they belong to Billing, which is not served.';
export const NO_TIERS = 'Tiers belong to metered Billing, which is not served: give unit_amount.';
