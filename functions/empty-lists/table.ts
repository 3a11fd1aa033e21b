/**
 * What Stripe's clients enumerate and Sluice has none of. Connectors stop at the first 404 of a list they know, and an empty list is true.
 * A row is a list; its filters are Stripe's (test/unit/empty-lists compares them with the SDK's types).
 */

/** What a filter takes. `range`: a number or bounds on it. `required`: text without which the list is refused. */
export type FilterKind = 'text' | 'boolean' | 'integer' | 'range' | 'required';
/** One value, or members. */
export type Filter = FilterKind | Readonly<Record<string, FilterKind>>;

export interface EmptyList {
  /** Below `/v1/`. */
  readonly path: string;
  /** Name of the object on the wire. */
  readonly object: string;
  readonly filters: Readonly<Record<string, Filter>>;
  /** One can be retrieved: the operation on it stands elsewhere. */
  readonly retrievedElsewhere?: true;
  /** Why none can be created; absent where Stripe has no such operation either. */
  readonly uncreatable?: string;
}

const BILLING = 'Sluice has no billing. Create a payment intent or a Checkout Session for each payment.';
const DISCOUNTS = 'Sluice has no discounts. Send the amount to pay.';
const TAXES = 'Sluice computes no taxes. Send the amount with taxes.';
const CONNECT = 'Sluice has no connected accounts (Connect).';
const FILES = 'Sluice stores no files. Evidence of a dispute is text.';
const VALUE_LISTS = 'Sluice has no value lists.';
const ISSUING = 'Sluice issues no cards.';
const IDENTITY = 'Sluice verifies no identities.';
const TERMINAL = 'Sluice has no card readers.';
const WALLET_DOMAINS = 'Sluice has no wallets that need a registered domain.';

/** Words `name`, or `name:kind` for what is no text; `name[member]` for a member. */
function filters(text: string): EmptyList['filters'] {
  const found: Record<string, Filter> = {};
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const [, name, member, kind = 'text'] = /^(\w+)(?:\[(\w+)\])?(?::(\w+))?$/.exec(word) as unknown as [
      string,
      string,
      string | undefined,
      FilterKind | undefined,
    ];
    found[name] = member === undefined ? kind : { ...(found[name] as object | undefined), [member]: kind };
  }
  return found;
}

const row = (path: string, object: string, text: string, uncreatable?: string): EmptyList => ({
  path,
  object,
  filters: filters(text),
  ...(uncreatable !== undefined && { uncreatable }),
});

export const EMPTY_LISTS: readonly EmptyList[] = [
  row(
    'subscriptions',
    'subscription',
    'automatic_tax[enabled]:boolean collection_method created:range current_period_end:range current_period_start:range customer customer_account plan price status test_clock',
    BILLING,
  ),
  row('subscription_items', 'subscription_item', 'subscription:required', BILLING),
  row(
    'subscription_schedules',
    'subscription_schedule',
    'canceled_at:range completed_at:range created:range customer customer_account released_at:range scheduled:boolean',
    BILLING,
  ),
  row(
    'invoices',
    'invoice',
    'collection_method created:range customer customer_account due_date:range status subscription',
    BILLING,
  ),
  row('invoiceitems', 'invoiceitem', 'created:range customer customer_account invoice pending:boolean', BILLING),
  row(
    'invoice_payments',
    'invoice_payment',
    'created:range invoice payment[payment_intent] payment[payment_record] payment[type] status',
  ),
  row('plans', 'plan', 'active:boolean created:range product', BILLING),
  row('quotes', 'quote', 'customer customer_account status test_clock', BILLING),
  row('credit_notes', 'credit_note', 'created:range customer customer_account invoice', BILLING),
  row('billing/meters', 'billing.meter', 'status', BILLING),
  row('billing_portal/configurations', 'billing_portal.configuration', 'active:boolean is_default:boolean', BILLING),
  row('entitlements/features', 'entitlements.feature', 'archived:boolean lookup_key', BILLING),
  row('coupons', 'coupon', 'created:range', DISCOUNTS),
  row(
    'promotion_codes',
    'promotion_code',
    'active:boolean code coupon created:range customer customer_account',
    DISCOUNTS,
  ),
  row('tax_ids', 'tax_id', 'owner[account] owner[customer] owner[customer_account] owner[type]', TAXES),
  row('tax_rates', 'tax_rate', 'active:boolean created:range inclusive:boolean', TAXES),
  row('tax_codes', 'tax_code', ''),
  row(
    'shipping_rates',
    'shipping_rate',
    'active:boolean created:range currency',
    'Sluice has no shipping rates. Send the costs of shipping as a line item.',
  ),
  row('payment_links', 'payment_link', 'active:boolean', 'Sluice has no payment links. Create a Checkout Session.'),
  // Connected accounts. The merchant's own is not among them, as at Stripe.
  { ...row('accounts', 'account', 'created:range', CONNECT), retrievedElsewhere: true },
  row('transfers', 'transfer', 'created:range destination transfer_group', CONNECT),
  row('application_fees', 'application_fee', 'charge created:range'),
  row('topups', 'topup', 'amount:range created:range status', 'Sluice has no top-ups. Payments fill the balance.'),
  row('files', 'file', 'created:range purpose', FILES),
  row('file_links', 'file_link', 'created:range expired:boolean file', FILES),
  row('radar/early_fraud_warnings', 'radar.early_fraud_warning', 'charge created:range payment_intent'),
  row('radar/value_lists', 'radar.value_list', 'alias contains created:range', VALUE_LISTS),
  row('radar/value_list_items', 'radar.value_list_item', 'value_list:required created:range value', VALUE_LISTS),
  row('issuing/authorizations', 'issuing.authorization', 'card cardholder created:range status'),
  row('issuing/cardholders', 'issuing.cardholder', 'created:range email phone_number status type', ISSUING),
  row(
    'issuing/cards',
    'issuing.card',
    'cardholder created:range exp_month:integer exp_year:integer last4 personalization_design status type',
    ISSUING,
  ),
  row('issuing/disputes', 'issuing.dispute', 'created:range status transaction', ISSUING),
  row('issuing/transactions', 'issuing.transaction', 'card cardholder created:range type'),
  row(
    'identity/verification_sessions',
    'identity.verification_session',
    'client_reference_id created:range related_customer related_customer_account status',
    IDENTITY,
  ),
  row(
    'identity/verification_reports',
    'identity.verification_report',
    'client_reference_id created:range type verification_session',
  ),
  row(
    'reporting/report_runs',
    'reporting.report_run',
    'created:range',
    'Sluice runs no reports. GET /v1/payouts/{id}/report is the report of a settlement.',
  ),
  row('sigma/scheduled_query_runs', 'scheduled_query_run', ''),
  row('terminal/configurations', 'terminal.configuration', 'is_account_default:boolean', TERMINAL),
  row('terminal/locations', 'terminal.location', '', TERMINAL),
  row('terminal/readers', 'terminal.reader', 'device_type location serial_number status', TERMINAL),
  row(
    'payment_method_configurations',
    'payment_method_configuration',
    'active:boolean application',
    'Sluice has no payment method configurations. Name the types of each payment in payment_method_types.',
  ),
  row('payment_method_domains', 'payment_method_domain', 'domain_name enabled:boolean', WALLET_DOMAINS),
  row('apple_pay/domains', 'apple_pay_domain', 'domain_name', WALLET_DOMAINS),
];
