/** Customers as Stripe shows them. */
import type Stripe from 'stripe';
import { renderAddress } from '../api/person.ts';
import { type Customer, customerId } from './customer.ts';

/** The customer; a deleted one shows that and nothing else. */
export function renderCustomer(customer: Customer): Stripe.Customer | Stripe.DeletedCustomer {
  const id = customerId(customer.body);
  if (customer.status === 'deleted') return { id, object: 'customer', deleted: true };
  const { shipping } = customer;
  return {
    id,
    object: 'customer',
    address: customer.address ? renderAddress(customer.address) : null,
    balance: 0,
    ...(customer.businessName !== undefined && { business_name: customer.businessName }),
    created: Math.floor(customer.createdMs / 1000),
    currency: null,
    customer_account: null,
    default_source: customer.defaultSource === undefined ? null : `card_${customer.defaultSource}`,
    delinquent: false,
    description: customer.description ?? null,
    discount: null,
    email: customer.email ?? null,
    ...(customer.individualName !== undefined && { individual_name: customer.individualName }),
    invoice_prefix: customer.invoicePrefix,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: customer.defaultMethod ?? null,
      footer: null,
      rendering_options: null,
    },
    livemode: customer.livemode,
    metadata: { ...customer.metadata },
    name: customer.name ?? null,
    next_invoice_sequence: 1,
    phone: customer.phone ?? null,
    preferred_locales: [...customer.preferredLocales],
    shipping: shipping
      ? { address: renderAddress(shipping.address), name: shipping.name, phone: shipping.phone ?? null }
      : null,
    tax_exempt: customer.taxExempt,
    test_clock: null,
  } satisfies Stripe.Customer;
}
