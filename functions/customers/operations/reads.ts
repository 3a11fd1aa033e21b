/** Customers: retrieve and list, them and their payment methods, and the loads that every operation on one begins with. */
import { noSuch, noSuchReference } from '../../api/errors.ts';
import { type ListPage, listBody, listRecords, listShards } from '../../api/list.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { noParams } from '../../api/params.ts';
import { objectKeyOf } from '../../kernel/ids.ts';
import { listCustomerMethods } from '../../payment-methods/attachment.ts';
import { loadMethod, type MethodRecord, renderMethod } from '../../payment-methods/method.ts';
import { keyOf, recordOf } from '../../table/record.ts';
import { CUSTOMER, type Customer, customerById, emailPartition } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import { renderCustomer } from '../wire.ts';
import {
  type CustomerListParams,
  type CustomerMethodListParams,
  customerListParams,
  customerMethodListParams,
} from './params.ts';

export const answer = (customer: Customer): Reply => ({ status: 200, body: renderCustomer(customer) });

/** The active customer that a parameter names. @throws 400 resource_missing */
export async function requestedCustomer(
  deps: Pick<CustomersDeps, 'table'>,
  call: Omit<Call, 'lock'>,
  id: string,
): Promise<Customer> {
  const customer = await customerById(deps.table, call.caller.scope, id);
  if (customer?.status !== 'active') throw noSuchReference('customer', id, 'customer');
  return customer;
}

/** The customer that the path names, deleted or not. @throws 404 resource_missing */
export async function loadCustomer(deps: CustomersDeps, call: Omit<Call, 'lock'>): Promise<Customer> {
  const id = call.path.id ?? '';
  const customer = await customerById(deps.table, call.caller.scope, id);
  if (!customer) throw noSuch('customer', id);
  return customer;
}

/** @throws 404 resource_missing for a deleted one too */
export async function loadActive(deps: CustomersDeps, call: Omit<Call, 'lock'>): Promise<Customer> {
  const customer = await loadCustomer(deps, call);
  if (customer.status !== 'active') throw noSuch('customer', call.path.id ?? '');
  return customer;
}

/** @see https://docs.stripe.com/api/customers/list */
async function list(deps: CustomersDeps, call: Call<CustomerListParams>): Promise<Reply> {
  const { caller, params } = call;
  const page = params.email
    ? await withEmail(deps, call, params.email)
    : await listRecords(deps.table, CUSTOMER, caller, params, ({ status }) => status === 'active');
  return { status: 200, body: listBody(page, '/v1/customers', renderCustomer) };
}

/** A page of those with exactly this e-mail address. Upper and lower case differ, as at Stripe. */
async function withEmail(
  { table }: CustomersDeps,
  { caller: { scope }, params }: Call<CustomerListParams>,
  email: string,
): Promise<ListPage<Customer>> {
  const page = await listShards(table, {
    tableName: 'payments',
    partitions: [emailPartition(scope, email)],
    params,
    skOf: (id) => objectKeyOf(id, CUSTOMER.prefix),
    exists: async (id) => (await customerById(table, scope, id)) !== undefined,
    object: CUSTOMER.object,
    decode: ({ sk }) => sk as Customer['body'],
  });
  const items = await table.getMany(
    page.items.map((objectKey) => ({ table: 'payments', key: keyOf(CUSTOMER, scope, objectKey) })),
  );
  return { ...page, items: items.flatMap((item) => (item ? [recordOf(CUSTOMER, item)] : [])) };
}

/**
 * A customer's payment methods, newest first.
 * @see https://docs.stripe.com/api/payment_methods/customer_list
 */
async function listMethods(
  deps: CustomersDeps,
  call: Call<CustomerMethodListParams>,
  customer: Customer,
): Promise<Reply> {
  const page = await listCustomerMethods(deps.table, customer, call.params);
  const render = (method: MethodRecord) => renderMethod(method, customer.livemode);
  return { status: 200, body: listBody(page, `/v1/customers/cus_${customer.body}/payment_methods`, render) };
}

/** @see https://docs.stripe.com/api/payment_methods/customer */
async function retrieveMethod(deps: CustomersDeps, call: Call, customer: Customer): Promise<Reply> {
  const id = call.path.method ?? '';
  const method = await loadMethod(deps.table, customer.scope, id);
  if (method?.customer !== customer.body) throw noSuch('PaymentMethod', id, 'payment_method');
  return { status: 200, body: renderMethod(method, customer.livemode) };
}

const returns = { object: 'customer' };
const one = '/v1/customers/{id}';

export const listCustomers: Operation<CustomersDeps, CustomerListParams> = {
  method: 'GET',
  path: '/v1/customers',
  params: customerListParams,
  returns: { ...returns, list: true },
  run: list,
};
export const retrieveCustomer: Operation<CustomersDeps, object, Customer> = {
  method: 'GET',
  path: one,
  params: noParams,
  returns,
  read: loadCustomer,
  run: async (_deps, _call, customer) => answer(customer),
};
export const listCustomersMethods: Operation<CustomersDeps, CustomerMethodListParams, Customer> = {
  method: 'GET',
  path: `${one}/payment_methods`,
  params: customerMethodListParams,
  returns: { object: 'payment_method', list: true },
  read: loadActive,
  run: listMethods,
};
export const retrieveCustomersMethod: Operation<CustomersDeps, object, Customer> = {
  method: 'GET',
  path: `${one}/payment_methods/{method}`,
  params: noParams,
  returns: { object: 'payment_method' },
  read: loadActive,
  run: retrieveMethod,
};
