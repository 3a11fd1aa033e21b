/** Search over payment intents, charges and customers. */

import type { Operation } from '../api/operation.ts';
import { CUSTOMER, type Customer } from '../customers/customer.ts';
import { renderCustomer } from '../customers/wire.ts';
import { hasCharge } from '../payments/attempt.ts';
import { renderCharge } from '../payments/charge-wire.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import type { Payment } from '../payments/payment.ts';
import { PAYMENT } from '../payments/store.ts';
import { renderPayment } from '../payments/wire.ts';
import { type Searched, type SearchParams, search, searchParams } from './search.ts';

export const intents: Searched<Payment> = {
  kind: PAYMENT,
  path: '/v1/payment_intents',
  fields: { amount: 'number', created: 'number', currency: 'text', customer: 'text', status: 'text' },
  objectsOf: (payment, { caller }) => (payment.direct ? [] : [renderPayment(payment, caller.settings)]),
};

export const charges: Searched<Payment> = {
  kind: PAYMENT,
  path: '/v1/charges',
  fields: {
    amount: 'number',
    'billing_details.address.postal_code': 'text',
    created: 'number',
    currency: 'text',
    customer: 'text',
    disputed: 'boolean',
    'payment_method_details.card.brand': 'text',
    'payment_method_details.card.country': 'text',
    'payment_method_details.card.exp_month': 'number',
    'payment_method_details.card.exp_year': 'number',
    'payment_method_details.card.fingerprint': 'text',
    'payment_method_details.card.funding': 'text',
    'payment_method_details.card.last4': 'text',
    'payment_method_details.type': 'text',
    refunded: 'boolean',
    status: 'text',
  },
  objectsOf: (payment) =>
    payment.attempts
      .filter(hasCharge)
      .map(({ ordinal }) => renderCharge(payment, ordinal))
      .reverse(),
};

export const customers: Searched<Customer> = {
  kind: CUSTOMER,
  path: '/v1/customers',
  fields: { created: 'number', email: 'text', name: 'text', phone: 'text' },
  objectsOf: (customer) => (customer.status === 'active' ? [renderCustomer(customer)] : []),
};

/** @see https://docs.stripe.com/api/customers/search */
export const searchCustomers: Operation<PaymentsDeps, SearchParams> = {
  method: 'GET',
  path: '/v1/customers/search',
  params: searchParams,
  returns: { object: 'customer', list: true },
  run: (deps, call) => search(deps.table, customers, call),
};

/** @see https://docs.stripe.com/api/payment_intents/search */
export const searchIntents: Operation<PaymentsDeps, SearchParams> = {
  method: 'GET',
  path: '/v1/payment_intents/search',
  params: searchParams,
  returns: { object: 'payment_intent', list: true },
  run: (deps, call) => search(deps.table, intents, call),
};

/** @see https://docs.stripe.com/api/charges/search */
export const searchCharges: Operation<PaymentsDeps, SearchParams> = {
  method: 'GET',
  path: '/v1/charges/search',
  params: searchParams,
  returns: { object: 'charge', list: true },
  run: (deps, call) => search(deps.table, charges, call),
};
