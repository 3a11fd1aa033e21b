/**
 * What a publishable key reads: a list of members per object type (I19). A member that is not listed is hidden, also in an expanded object
 * and in an error. The types require a decision on every required member of Stripe's objects; a test requires one on every rendered member.
 *
 * The intents have the members that Stripe's reference marks "retrievable with publishable key" (docs.stripe.com/api/payment_intents/object,
 * /setup_intents/object) and those that Stripe.js reads besides. Metadata is never among them (docs.stripe.com/metadata).
 */
import type Stripe from 'stripe';
import type { ErrorBody } from './errors.ts';
import type { Caller } from './operation.ts';

type Plain = string | number | boolean | null | undefined;
type ObjectIn<T> = T extends Plain ? never : T extends readonly (infer Element)[] ? ObjectIn<Element> : T;

/** A plain value is shown or hidden. An object is hidden, shown by its members, or shown as its id where it may be expanded. */
type Rule<T> = [ObjectIn<T>] extends [never] ? boolean : false | 'id' | Members<ObjectIn<T>>;
type Members<T> = { readonly [Name in keyof T]: Rule<T[Name]> };

/** The same without the types of the members, for the code that follows the list. */
type AnyRule = boolean | 'id' | AnyMembers;
interface AnyMembers {
  readonly [name: string]: AnyRule;
}

const ADDRESS = { city: true, country: true, line1: true, line2: true, postal_code: true, state: true } as const;

/** A fingerprint is hidden: a payer who tries card numbers would find the one behind a known fingerprint. */
const PAYMENT_METHOD = {
  id: true,
  object: true,
  allow_redisplay: true,
  billing_details: { address: ADDRESS, email: true, name: true, phone: true, tax_id: false },
  alipay: {},
  card: {
    brand: true,
    checks: { address_line1_check: true, address_postal_code_check: true, cvc_check: true },
    country: true,
    display_brand: true,
    exp_month: true,
    exp_year: true,
    fingerprint: false,
    funding: true,
    generated_from: false,
    last4: true,
    networks: { available: true, preferred: true },
    regulated_status: true,
    three_d_secure_usage: { supported: true },
    wallet: false,
  },
  created: true,
  customer: 'id',
  customer_account: false,
  livemode: true,
  metadata: false,
  // Who owns the account is known once it has paid: the payer's page does not need it.
  paypal: { country: false, payer_email: false, payer_id: false },
  radar_options: false,
  type: true,
  wechat_pay: {},
} as const satisfies Members<Stripe.PaymentMethod>;

const LAST_ERROR = {
  advice_code: false,
  charge: true,
  code: true,
  decline_code: true,
  doc_url: true,
  message: true,
  param: true,
  payment_intent: false,
  payment_method: PAYMENT_METHOD,
  payment_method_type: true,
  setup_intent: false,
  source: false,
  type: true,
} as const satisfies Members<Stripe.PaymentIntent.LastPaymentError> & Members<Stripe.SetupIntent.LastSetupError>;

const STRIPES_ACTION = {
  alipay_handle_redirect: { native_data: true, native_url: true, return_url: true, url: true },
  redirect_to_url: { return_url: true, url: true },
  type: true,
  wechat_pay_display_qr_code: {
    data: true,
    hosted_instructions_url: true,
    image_data_url: true,
    image_url_png: true,
    image_url_svg: true,
  },
  wechat_pay_redirect_to_android_app: {
    app_id: true,
    nonce_str: true,
    package: true,
    partner_id: true,
    prepay_id: true,
    sign: true,
    timestamp: true,
  },
  wechat_pay_redirect_to_ios_app: { native_url: true },
} as const satisfies Members<Stripe.PaymentIntent.NextAction> & Members<Stripe.SetupIntent.NextAction>;
const NEXT_ACTION = {
  ...STRIPES_ACTION,
  // Ours: what a page inside WeChat hands to the wallet.
  wechat_pay_request_payment: {
    app_id: true,
    nonce_str: true,
    package: true,
    pay_sign: true,
    sign_type: true,
    timestamp: true,
  },
} as const;

const PAYMENT_INTENT = {
  id: true,
  object: true,
  allowed_payment_method_types: false,
  amount: true,
  amount_capturable: false,
  amount_details: { tip: { amount: true } },
  amount_received: false,
  application: false,
  application_fee_amount: false,
  automatic_payment_methods: { allow_redirects: true, enabled: true },
  canceled_at: true,
  cancellation_reason: true,
  capture_method: true,
  client_secret: true,
  confirmation_method: true,
  created: true,
  currency: true,
  customer: false,
  customer_account: false,
  description: true,
  excluded_payment_method_types: false,
  last_payment_error: LAST_ERROR,
  latest_charge: false,
  livemode: true,
  managed_payments: false,
  metadata: false,
  next_action: NEXT_ACTION,
  on_behalf_of: false,
  payment_method: PAYMENT_METHOD,
  payment_method_configuration_details: { id: true, parent: true },
  payment_method_options: false,
  payment_method_types: true,
  payment_record: false,
  processing: { type: true },
  receipt_email: true,
  review: false,
  setup_future_usage: true,
  shipping: { address: ADDRESS, carrier: true, name: true, phone: true, tracking_number: true },
  source: 'id',
  statement_descriptor: false,
  statement_descriptor_suffix: false,
  status: true,
  transfer_data: false,
  transfer_group: false,
} as const satisfies Members<Stripe.PaymentIntent>;

const SETUP_INTENT = {
  id: true,
  object: true,
  allowed_payment_method_types: false,
  application: false,
  automatic_payment_methods: { allow_redirects: true, enabled: true },
  cancellation_reason: true,
  client_secret: true,
  created: true,
  customer: false,
  customer_account: false,
  description: true,
  excluded_payment_method_types: false,
  flow_directions: false,
  last_setup_error: LAST_ERROR,
  latest_attempt: false,
  livemode: true,
  mandate: false,
  metadata: false,
  next_action: NEXT_ACTION,
  on_behalf_of: false,
  payment_method: PAYMENT_METHOD,
  payment_method_configuration_details: { id: true, parent: true },
  payment_method_options: false,
  payment_method_types: true,
  single_use_mandate: false,
  status: true,
  usage: true,
} as const satisfies Members<Stripe.SetupIntent>;

const TOKEN = {
  id: true,
  object: true,
  card: {
    id: true,
    object: true,
    address_city: true,
    address_country: true,
    address_line1: true,
    address_line1_check: true,
    address_line2: true,
    address_state: true,
    address_zip: true,
    address_zip_check: true,
    brand: true,
    country: true,
    cvc_check: true,
    dynamic_last4: true,
    exp_month: true,
    exp_year: true,
    fingerprint: false,
    funding: true,
    last4: true,
    metadata: false,
    name: true,
    networks: { preferred: true },
    regulated_status: true,
    tokenization_method: true,
  },
  client_ip: true,
  created: true,
  livemode: true,
  type: true,
  used: true,
} as const satisfies Members<Stripe.Token>;

const ERROR = {
  type: true,
  message: true,
  code: true,
  decline_code: true,
  param: true,
  doc_url: true,
  charge: true,
  payment_intent: PAYMENT_INTENT,
  setup_intent: SETUP_INTENT,
  payment_method: PAYMENT_METHOD,
  payment_method_type: true,
} as const satisfies { readonly [Name in keyof Required<ErrorBody>]: AnyRule };

/** The lists, by the value of `object`. A test requires one for what every operation returns that a publishable key may call. */
export const PAYER_MEMBERS: Readonly<Record<string, AnyMembers>> = {
  payment_intent: PAYMENT_INTENT,
  payment_method: PAYMENT_METHOD,
  setup_intent: SETUP_INTENT,
  token: TOKEN,
};
export const PAYER_ERROR_MEMBERS: AnyMembers = ERROR;

const membersOf = (object: unknown): AnyMembers =>
  typeof object === 'string' && Object.hasOwn(PAYER_MEMBERS, object) ? PAYER_MEMBERS[object]! : {};

/** A copy of the reply's body with the members that a publishable key may read. An object without a list has none. */
export function payerView(body: object): object {
  if ('error' in body) return { error: renderedBy(ERROR, withoutCustomers(body.error as object)) };
  return renderedBy(membersOf('object' in body ? body.object : undefined), body) as object;
}

/** A payer may not learn who the intent's customer is, and messages name them: `… the Customer you supplied (cus_…) …`. */
const withoutCustomers = (error: object): object =>
  'message' in error ? { ...error, message: String(error.message).replace(/ \(cus_[0-9A-Za-z]+\)/g, '') } : error;

/** The value as the rule shows it; undefined, which JSON leaves out, where it shows nothing. */
function renderedBy(rule: AnyRule, value: unknown): unknown {
  if (rule === false) return undefined;
  if (Array.isArray(value)) return value.map((element) => renderedBy(rule, element as unknown));
  if (typeof value !== 'object' || value === null) return value;
  // An object under a rule for a plain value is hidden, because no rule covers its members.
  if (rule === true) return undefined;
  if (rule === 'id') return 'id' in value && typeof value.id === 'string' ? value.id : undefined;
  const members = Object.entries(value as Record<string, unknown>)
    .filter(([name]) => Object.hasOwn(rule, name))
    .map(([name, member]) => [name, renderedBy(rule[name]!, member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

/** The expansions that the caller's key may read. What it may not read is not loaded, and its id stays as hidden or shown as it is. */
export function readableExpansions(
  paths: readonly string[],
  returns: { readonly object: string } | undefined,
  { keyType }: Pick<Caller, 'keyType'>,
): readonly string[] {
  if (keyType === 'secret') return paths;
  return paths.filter((path) => {
    const end = path.split('.').reduce((rule: AnyRule | undefined, member): AnyRule | undefined => {
      return typeof rule === 'object' && Object.hasOwn(rule, member) ? rule[member] : undefined;
    }, membersOf(returns?.object));
    return typeof end === 'object';
  });
}
