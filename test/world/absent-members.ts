/**
 * Optional members of the SDK's types that no answer has, with the reason. test/contract/optional-members.test.ts compares: a member that a new
 * release of the SDK adds is either served or listed here.
 */
import { UNSERVED_TYPES } from '../../functions/api/unserved-reasons.ts';

/** Members by object, separated by spaces; `a.{b,c}` are two. `*` stands for the members of a record. */
export interface AbsentMembers {
  readonly why: string;
  readonly members: Readonly<Record<string, string>>;
}

const TYPES = `{${`${UNSERVED_TYPES} card_present`.replaceAll(' ', ',')}}`;

/** Members of types of payment method that Sluice does not take. */
export const OF_TYPES: Readonly<Record<string, string>> = {
  account: `capabilities.${TYPES.replaceAll(/[,}]/g, (end) => `_payments${end}`)}`,
  charge: `payment_method_details.${TYPES}`,
  'checkout.session': `payment_method_options.${TYPES}`,
  dispute: `payment_method_details.${TYPES}`,
  mandate: `payment_method_details.${TYPES}`,
  payment_intent: `payment_method_options.${TYPES}`,
  payment_method: `${TYPES}`,
  refund: `destination_details.${TYPES}`,
  setup_attempt: `payment_method_details.${TYPES}`,
  setup_intent: `payment_method_options.${TYPES}`,
};

export const ABSENT: readonly AbsentMembers[] = [
  {
    why: 'The operator of the installation keeps it: a merchant’s account has no onboarding at Stripe.',
    members: {
      account:
        'business_profile.{annual_revenue,estimated_worker_count,monthly_estimated_revenue,product_description} company future_requirements groups individual requirements tos_acceptance settings.{bacs_debit_payments,card_issuing,invoices,paypay_payments,sepa_debit_payments,treasury} settings.payouts.schedule.{monthly_anchor,monthly_payout_days,weekly_anchor,weekly_payout_days}',
    },
  },
  {
    why: 'No such capability: it would say that a type, a program or a region is not served.',
    members: {
      account:
        'capabilities.{app_distribution,bank_transfer_payments,blik_recurring_payments,card_issuing,cartes_bancaires_payments,gb_bank_transfer_payments,india_international_payments,jcb_payments,jp_bank_transfer_payments,legacy_payments,mx_bank_transfer_payments,nz_bank_account_becs_debit_payments,sepa_bank_transfer_payments,tax_reporting_us_1099_k,tax_reporting_us_1099_misc,transfers,treasury,us_bank_account_ach_payments,us_bank_transfer_payments,wero_payments}',
    },
  },
  {
    why: 'The controller of an account of a platform, which this is not.',
    members: {
      account: 'controller.{fees,is_controller,losses,requirement_collection,stripe_dashboard}',
    },
  },
  {
    why: 'Only of what was deleted.',
    members: {
      account: 'deleted',
      bank_account: 'deleted',
      card: 'deleted',
      price: 'deleted',
    },
  },
  {
    why: 'Only where funds are of such a source or product: there is none.',
    members: {
      balance:
        'available.source_types.{bank_account,fpx} connect_reserved.source_types instant_available issuing refund_and_dispute_prefunding pending.source_types.{bank_account,fpx}',
    },
  },
  {
    why: 'Connect: there are no connected accounts, transfers or application fees.',
    members: {
      bank_account: 'customer future_requirements requirements',
      card: 'account available_payout_methods default_for_currency',
      charge: 'transfer',
      'checkout.session': 'automatic_tax.liability.account invoice_creation.invoice_data.issuer.account',
      event: 'account context',
      mandate: 'on_behalf_of',
      payment_intent: 'transfer_data.{amount,description,metadata,payment_data}',
      setup_attempt: 'attach_to_self',
      setup_intent: 'attach_to_self',
    },
  },
  {
    why: 'A card_… object is a view of a payment method, and takes no payouts.',
    members: {
      card: 'allow_redisplay currency status',
    },
  },
  {
    why: 'Stripe adds it for some users only.',
    members: {
      card: 'description iin issuer',
      charge: 'payment_method_details.card.{description,iin,issuer,moto}',
      payment_method: 'card.{description,iin,issuer}',
      refund: 'description',
      setup_attempt: 'payment_method_details.card.{description,iin,issuer,moto}',
    },
  },
  {
    why: 'Early fraud reports are not made.',
    members: {
      charge: 'fraud_details.stripe_report',
    },
  },
  {
    why: 'Level III data is not kept.',
    members: {
      charge: 'level3',
    },
  },
  {
    why: 'Types of earlier years, and refunds by bank transfer.',
    members: {
      charge: 'payment_method_details.{ach_credit_transfer,ach_debit,sepa_credit_transfer,stripe_account,wechat}',
      refund:
        'destination_details.{au_bank_transfer,br_bank_transfer,customer_cash_balance,eu_bank_transfer,gb_bank_transfer,jp_bank_transfer,mx_bank_transfer,nz_bank_transfer,revolut,th_bank_transfer,us_bank_transfer}',
    },
  },
  {
    why: 'It is not asked of the channel, or not kept: docs/api.md.',
    members: {
      charge:
        'payment_method_details.card.{setup_credential_usage,stored_credential_usage} payment_method_details.card.three_d_secure.exemption_indicator_applied',
      'checkout.session':
        'payment_method_options.card.{installments,request_extended_authorization,request_incremental_authorization,request_multicapture,request_overcapture,restrictions,statement_descriptor_suffix_kana,statement_descriptor_suffix_kanji}',
      payment_intent:
        'amount_details.{discount_amount,error,line_items,shipping,tax} amount_details.tip.amount hooks payment_details payment_method_options.card.{request_extended_authorization,request_overcapture,require_cvc_recollection,setup_credential_usage,statement_descriptor_suffix_kana,statement_descriptor_suffix_kanji,stored_credential_usage}',
      setup_intent: 'payment_method_options.card.setup_credential_usage',
    },
  },
  {
    why: 'Radar sessions of a page are ignored: our own rules judge the payment.',
    members: {
      charge: 'radar_options.session',
      payment_method: 'radar_options.session',
    },
  },
  {
    why: 'The card was typed in: no device wallet gave it.',
    members: {
      charge:
        'payment_method_details.card.wallet.{amex_express_checkout,apple_pay,google_pay,link,masterpass,samsung_pay,visa_checkout}',
      payment_method:
        'card.wallet.{amex_express_checkout,apple_pay,google_pay,link,masterpass,samsung_pay,visa_checkout}',
      setup_attempt: 'payment_method_details.card.wallet.{apple_pay,google_pay}',
    },
  },
  {
    why: 'In-person payments are not served.',
    members: {
      charge: 'payment_method_details.wechat_pay.{location,reader}',
    },
  },
  {
    why: 'The payer pays in the currency of the payment.',
    members: {
      charge: 'presentment_details',
      'checkout.session': 'presentment_details',
      payment_intent: 'presentment_details',
      refund: 'presentment_details',
    },
  },
  {
    why: 'Of a page or a feature of sessions that is not served.',
    members: {
      'checkout.session':
        'branding_settings name_collection optional_items redirect_on_completion return_url tax_id_collection custom_fields.{dropdown,numeric,text} payment_method_options.alipay.setup_future_usage shipping_cost.taxes wallet_options.link',
    },
  },
  {
    why: 'Billing is not served.',
    members: {
      customer: 'invoice_credit_balance',
      price: 'currency_options.*.tiers tiers',
    },
  },
  {
    why: 'The shipping of a customer takes name, phone and address.',
    members: {
      customer: 'shipping.{carrier,tracking_number}',
    },
  },
  {
    why: 'Enhanced evidence and appeals are refused with a reason.',
    members: {
      dispute:
        'evidence.appeal evidence.enhanced_evidence.{mastercard_compliance,visa_compelling_evidence_3,visa_compliance} evidence_details.enhanced_eligibility.{mastercard_compliance,visa_compelling_evidence_3,visa_compliance}',
    },
  },
  {
    why: 'Mandates of cards and PayPal have no such terms.',
    members: {
      mandate: 'customer_acceptance.online multi_use.{amount,currency} payment_method_details.paypal',
    },
  },
  {
    why: 'Of cards issued in India, whose payers are notified first.',
    members: {
      mandate: 'payment_method_details.card.india',
      payment_intent: 'processing.card',
    },
  },
  {
    why: 'The channel of test mode sends no such advice; the code of the network is in the outcome of the charge.',
    members: {
      payment_intent: 'last_payment_error.{advice_code,network_advice_code,network_decline_code}',
      setup_attempt: 'setup_error.{advice_code,network_advice_code,network_decline_code}',
      setup_intent: 'last_setup_error.{advice_code,network_advice_code,network_decline_code}',
    },
  },
  {
    why: 'Stripe’s dashboard, and parts of errors that are about something else than a payment method.',
    members: {
      payment_intent: 'last_payment_error.{param,payment_intent,request_log_url,setup_intent,source}',
      setup_attempt:
        'setup_error.{charge,param,payment_intent,payment_method_type,request_log_url,setup_intent,source}',
      setup_intent:
        'last_setup_error.{charge,param,payment_intent,payment_method_type,request_log_url,setup_intent,source}',
    },
  },
  {
    why: 'Of a type that is not served: none of these actions is asked for.',
    members: {
      payment_intent:
        'next_action.{blik_authorize,boleto_display_details,card_await_notification,cashapp_handle_redirect_or_display_qr_code,display_bank_transfer_instructions,klarna_display_qr_code,konbini_display_details,multibanco_display_details,oxxo_display_details,paynow_display_qr_code,pix_display_qr_code,promptpay_display_qr_code,swish_handle_redirect_or_display_qr_code,upi_handle_redirect_or_display_qr_code,use_stripe_sdk,verify_with_microdeposits,wechat_pay_redirect_to_android_app,wechat_pay_redirect_to_ios_app}',
      refund: 'next_action',
      setup_intent:
        'next_action.{blik_authorize,cashapp_handle_redirect_or_display_qr_code,pix_display_qr_code,upi_handle_redirect_or_display_qr_code,use_stripe_sdk,verify_with_microdeposits}',
    },
  },
  {
    why: 'It becomes the setup_future_usage of the payment itself.',
    members: {
      payment_intent: 'payment_method_options.card.setup_future_usage',
    },
  },
  {
    why: 'The channel of test mode gives no reference of the acquirer.',
    members: {
      refund: 'destination_details.card.reference',
    },
  },
  {
    why: 'Refunds to a card or wallet need no instructions.',
    members: {
      refund: 'instructions_email',
    },
  },
  {
    why: 'Only cards are set up.',
    members: {
      setup_attempt: 'payment_method_details.paypal',
      setup_intent: 'payment_method_options.paypal',
    },
  },
  {
    why: 'There are no managed payments.',
    members: {
      setup_intent: 'managed_payments',
    },
  },
  {
    why: 'Only cards are made into tokens.',
    members: {
      token: 'bank_account',
    },
  },
];
