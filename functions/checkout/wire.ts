/** Checkout Sessions, their line items and what these sell, as Stripe shows them. */
import type Stripe from 'stripe';
import { type ListPage, listBody } from '../api/list.ts';
import { renderAddress } from '../api/person.ts';
import { customerId } from '../customers/customer.ts';
import { seconds } from '../kernel/clock.ts';
import type { ObjectKey } from '../kernel/ids.ts';
import { wireAmount } from '../kernel/money.ts';
import { typesOf } from '../payments/payment.ts';
import type { Price } from '../products/price.ts';
import { renderPrice as renderStoredPrice } from '../products/wire.ts';
import { type Line, lineId } from './lines.ts';
import { type Session, sessionId } from './session.ts';

/** What we have not and Stripe always shows. */
const ABSENT = {
  after_expiration: null,
  allow_promotion_codes: null,
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  billing_address_collection: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  invoice: null,
  managed_payments: null,
  origin_context: null,
  payment_link: null,
  payment_method_configuration_details: null,
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  saved_payment_method_options: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  subscription: null,
  wallet_options: null,
} satisfies Partial<Stripe.Checkout.Session>;

const NO_INVOICE = {
  enabled: false,
  invoice_data: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: null,
    metadata: {},
    rendering_options: null,
  },
} satisfies Stripe.Checkout.Session.InvoiceCreation;

/** The session. `url` is null in every state: the page that it would lead to is not served yet (docs/api.md). */
export function renderSession(session: Session): Stripe.Checkout.Session {
  const { mode, sum } = session;
  const pays = mode === 'payment';
  const total = sum ? wireAmount(sum.total) : null;
  return {
    id: sessionId(session),
    object: 'checkout.session',
    ...ABSENT,
    adaptive_pricing: pays ? { enabled: false } : null,
    allowed_payment_method_types: [...typesOf(session)],
    amount_subtotal: total,
    amount_total: total,
    cancel_url: session.cancelUrl ?? null,
    client_reference_id: session.clientReferenceId ?? null,
    created: seconds(session.createdMs),
    currency: sum?.currency ?? session.currency ?? null,
    customer: session.customer === undefined ? null : customerId(session.customer),
    customer_creation: session.customerCreation ?? null,
    customer_details: detailsOf(session),
    customer_email: session.customerEmail ?? null,
    discounts: pays ? [] : null,
    ...(session.excludedTypes && { excluded_payment_method_types: [...session.excludedTypes] }),
    expires_at: seconds(session.expiresMs),
    integration_identifier: session.integrationIdentifier ?? null,
    invoice_creation: pays ? NO_INVOICE : null,
    livemode: session.livemode,
    locale: session.locale ?? null,
    metadata: { ...session.metadata },
    mode,
    payment_intent: session.payment === undefined ? null : `pi_${session.payment}`,
    payment_method_collection: pays ? 'if_required' : 'always',
    payment_method_options: optionsOf(session),
    payment_method_types: [...typesOf(session)],
    payment_status: pays ? (session.paid ? 'paid' : 'unpaid') : 'no_payment_required',
    setup_intent: session.setupIntent === undefined ? null : `seti_${session.setupIntent}`,
    status: session.status,
    submit_type: session.submitType ?? null,
    success_url: session.successUrl,
    total_details: pays ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
    ui_mode: 'hosted_page',
    url: null,
  } satisfies Stripe.Checkout.Session;
}

/** The options of each type that it may be paid with. */
function optionsOf(session: Session): Stripe.Checkout.Session.PaymentMethodOptions {
  const { requestChallenge, paymentData, walletOptions = {} } = session;
  const { manual, setupFutureUsage: usage, others, cardUsage } = paymentData ?? {};
  const options = {
    card: {
      ...(others && manual !== others.manual && { capture_method: 'manual' }),
      request_three_d_secure: requestChallenge ?? 'automatic',
      ...(cardUsage && { setup_future_usage: usage ?? 'none' }),
    },
    alipay: { ...walletOptions.alipay },
    wechat_pay: { app_id: null, client: null, ...walletOptions.wechat_pay },
    paypal: { preferred_locale: null, reference: null, ...walletOptions.paypal },
  } satisfies Stripe.Checkout.Session.PaymentMethodOptions;
  return Object.fromEntries(typesOf(session).map((type) => [type, options[type]]));
}

/** Who pays, as far as it is known; a session that keeps a card says nothing of where they live. */
function detailsOf({ payer, mode }: Session): Stripe.Checkout.Session.CustomerDetails | null {
  if (!payer || Object.keys(payer).length === 0) return null;
  return {
    address: mode === 'payment' && payer.address ? renderAddress(payer.address) : null,
    business_name: null,
    email: payer.email ?? null,
    individual_name: null,
    name: payer.name ?? null,
    phone: payer.phone ?? null,
    tax_exempt: 'none',
    tax_ids: [],
  };
}

export const lineItemId = (session: ObjectKey, place: number): string => lineId('li', session, place);

/** An item in its place among the session's; `price`: the stored one, where it names one. */
export interface PlacedLine {
  readonly line: Line;
  readonly place: number;
  readonly price?: Price;
}

/** A page of the session's items. */
export const renderLines = (session: Session, page: ListPage<PlacedLine>): object =>
  listBody(page, `/v1/checkout/sessions/${sessionId(session)}/line_items`, (placed) => renderLine(session, placed));

function renderLine(session: Session, { line, place, price }: PlacedLine): Stripe.LineItem {
  const total = wireAmount(line.unitAmount * line.quantity);
  return {
    id: lineItemId(session.body, place),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: total,
    amount_tax: 0,
    amount_total: total,
    currency: line.currency,
    description: line.name,
    metadata: { ...line.lineMetadata },
    price: (price ? renderStoredPrice(price) : renderPrice(session, line, place)) as unknown as Stripe.Price,
    quantity: wireAmount(line.quantity),
  } satisfies Stripe.LineItem;
}

/** As it is sent: the SDK makes a decimal of the text. */
type OnTheWire<T extends { unit_amount_decimal: unknown }> = Omit<T, 'unit_amount_decimal'> & {
  unit_amount_decimal: string;
};

/** The price that `price_data` described: good for this once. */
export function renderPrice(session: Session, line: Line, place: number) {
  const amount = wireAmount(line.unitAmount);
  return {
    id: lineId('price', session.body, place),
    object: 'price',
    active: false,
    billing_scheme: 'per_unit',
    created: seconds(session.createdMs),
    currency: line.currency,
    custom_unit_amount: null,
    livemode: session.livemode,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: line.product ?? lineId('prod', session.body, place),
    recurring: null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  } satisfies OnTheWire<Stripe.Price>;
}

/** The product that `product_data` described. */
export function renderProduct(session: Session, line: Line, place: number): Stripe.Product {
  return {
    id: lineId('prod', session.body, place),
    object: 'product',
    active: false,
    created: seconds(session.createdMs),
    default_price: null,
    description: line.description ?? null,
    images: [...line.images],
    livemode: session.livemode,
    marketing_features: [],
    metadata: { ...line.metadata },
    name: line.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: line.taxCode ?? null,
    tax_details: null,
    type: 'service',
    unit_label: line.unitLabel ?? null,
    updated: seconds(session.createdMs),
    url: null,
  } satisfies Stripe.Product;
}
