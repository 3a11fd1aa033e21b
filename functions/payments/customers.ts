/** Customers: create, retrieve, list, update, delete. */
import { lockTimeout, noSuch, noSuchReference, refused } from '../shared/errors.ts';
import { listBody, listRecords } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { changedMetadata, type ListParams, noParams } from '../shared/params.ts';
import { changed, givenOf, shippingOf } from '../shared/person.ts';
import { loadRecord, nextRecord, type RequestMark } from '../shared/record.ts';
import { Conflict, type Table, type Write } from '../shared/table.ts';
import {
  assertAttachable,
  attachedTo,
  attachWrites,
  detached,
  listCustomerMethods,
  methodsOf,
} from '../vault/attachment.ts';
import {
  isTestToken,
  loadMethod,
  type MethodRecord,
  mintTestMethod,
  renderMethod,
  writeMethod,
} from '../vault/method.ts';
import { CUSTOMER, type Customer, customerById, putCustomer } from './customer.ts';
import {
  type CreateCustomerParams,
  type CustomerListParams,
  createCustomerParams,
  customerListParams,
  customerMethodListParams,
  type UpdateCustomerParams,
  updateCustomerParams,
} from './customer-params.ts';
import { renderCustomer } from './customer-wire.ts';
import type { PaymentsDeps } from './deps.ts';

export const requestOf = (call: Call): RequestMark => ({
  id: call.requestId,
  ...(call.claim.key !== undefined && { idempotencyKey: call.claim.key }),
});

/** The active customer that a parameter names. @throws 400 resource_missing */
export async function namedCustomer(
  deps: Pick<PaymentsDeps, 'table'>,
  call: Omit<Call, 'claim'>,
  id: string,
): Promise<Customer> {
  const customer = await customerById(deps.table, call.caller.scope, id);
  if (customer?.status !== 'active') throw noSuchReference('customer', id, 'customer');
  return customer;
}

/**
 * Makes a customer and, with `payment_method`, attaches it in the same transaction.
 * @throws 400 resource_missing, payment_method_unexpected_state; 402 when the card cannot be attached
 * @see https://docs.stripe.com/api/customers/create
 */
async function create(deps: PaymentsDeps, call: Call<CreateCustomerParams>): Promise<Reply> {
  const { caller, params, claim } = call;
  const earlier = claim.resumed ? await loadRecord(deps.table, CUSTOMER, caller.scope, claim.body) : undefined;
  if (earlier) return answer(earlier);
  const nowMs = deps.clock.nowMs();
  const method = await firstMethod(deps, call);
  const fallback = params.invoice_settings?.default_payment_method;
  if (fallback !== undefined && (!method || fallback !== params.payment_method))
    throw noSuchReference('PaymentMethod', fallback, 'invoice_settings[default_payment_method]');
  const customer: Customer = {
    ...detailsOf(params, {
      scope: caller.scope,
      body: claim.body,
      version: 1,
      livemode: caller.livemode,
      createdMs: nowMs,
      committedMs: nowMs,
      status: 'active',
      metadata: params.metadata ?? {},
      preferredLocales: [],
      taxExempt: 'none',
      invoicePrefix: claim.body.slice(-8).toUpperCase(),
      request: requestOf(call),
    }),
    ...(fallback !== undefined && method && { defaultMethod: `pm_${method.record.body}` }),
  };
  const attached = method && attachedTo(method.record, customer.body, nowMs, requestOf(call));
  if (!attached) await once(deps.table, putCustomer(customer));
  else {
    if (method.minted) await once(deps.table, method.minted);
    const [put, member] = attachWrites(attached);
    await once(deps.table, putCustomer(customer), put, member);
  }
  return answer(customer);
}

/** Commits; what an earlier try of the same request committed is left as it is. */
async function once(table: Table, ...writes: readonly [Write, ...Write[]]): Promise<void> {
  try {
    await table.commit(...writes);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    if (error.index !== 0) throw lockTimeout();
  }
}

/** The method to begin with; a published test id is minted under this request's own body. */
async function firstMethod(
  deps: PaymentsDeps,
  call: Call<CreateCustomerParams>,
): Promise<{ readonly record: MethodRecord; readonly minted?: Write } | undefined> {
  const id = call.params.payment_method;
  if (id === undefined) return undefined;
  const { caller, claim } = call;
  if (!caller.livemode && isTestToken(id)) {
    const record = mintTestMethod(caller.scope, id, claim.body, deps.clock.nowMs());
    assertAttachable(record);
    return { record, minted: writeMethod(record) };
  }
  const record = await loadMethod(deps.table, caller.scope, id);
  if (!record) throw noSuchReference('PaymentMethod', id, 'payment_method');
  assertAttachable(record);
  return { record };
}

const answer = (customer: Customer): Reply => ({ status: 200, body: renderCustomer(customer) });

type Details = Omit<CreateCustomerParams, 'metadata' | 'payment_method' | 'invoice_settings'>;

/** The customer with what was said of it: an empty value takes a member away. */
function detailsOf(params: Details, customer: Customer): Customer {
  const { address, shipping, tax_exempt: taxExempt } = params;
  return changed(customer, {
    address: address && givenOf(address),
    ...(address === null && { address: null }),
    shipping: shipping && shippingOf(shipping),
    ...(shipping === null && { shipping: null }),
    description: params.description,
    email: params.email,
    name: params.name,
    phone: params.phone,
    preferredLocales: params.preferred_locales,
    invoicePrefix: params.invoice_prefix,
    taxExempt: taxExempt === '' ? 'none' : taxExempt,
  });
}

/** The customer that the path names, deleted or not. @throws 404 resource_missing */
async function load(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<Customer> {
  const id = call.path.id ?? '';
  const customer = await customerById(deps.table, call.caller.scope, id);
  if (!customer) throw noSuch('customer', id);
  return customer;
}

async function loadActive(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<Customer> {
  const customer = await load(deps, call);
  if (customer.status !== 'active') throw noSuch('customer', call.path.id ?? '');
  return customer;
}

/** @see https://docs.stripe.com/api/customers/update */
async function update(deps: PaymentsDeps, call: Call<UpdateCustomerParams>, customer: Customer): Promise<Reply> {
  const { params } = call;
  const fallback = params.invoice_settings?.default_payment_method;
  if (fallback) {
    const method = await loadMethod(deps.table, customer.scope, fallback);
    if (!method) throw noSuchReference('PaymentMethod', fallback, 'invoice_settings[default_payment_method]');
    if (method.customer !== customer.body)
      throw refused(
        'The customer does not have a payment method with the ID you provided. The payment method must be attached to the customer.',
        {
          param: 'invoice_settings[default_payment_method]',
        },
      );
  }
  const described = changed(detailsOf(params, customer), {
    metadata: params.metadata === undefined ? undefined : changedMetadata(customer.metadata, params.metadata),
    defaultMethod: fallback === '' ? null : fallback,
  });
  const after = nextRecord(described, deps.clock.nowMs(), {}, requestOf(call));
  await write(deps.table, after);
  return answer(after);
}

async function write(table: Table, customer: Customer): Promise<void> {
  try {
    await table.commit(putCustomer(customer));
  } catch (error) {
    throw error instanceof Conflict ? lockTimeout() : error;
  }
}

/**
 * Deletes a customer: marked first, so that nothing more can be attached, then its payment methods are detached. Sent again, it goes on
 * where an earlier try broke off.
 * @see https://docs.stripe.com/api/customers/delete
 */
async function remove(deps: PaymentsDeps, call: Call, customer: Customer): Promise<Reply> {
  const marked = customer.status === 'deleted' ? customer : deletedOf(customer, deps.clock.nowMs(), requestOf(call));
  if (marked !== customer) await write(deps.table, marked);
  const left = await detachAll(deps, call, marked);
  if (marked === customer && left === 0) throw noSuch('customer', call.path.id ?? '');
  return answer(marked);
}

/** The mark that stays: nothing of what was known of the person is in it. */
function deletedOf(customer: Customer, nowMs: number, request: RequestMark): Customer {
  const { scope, body, version, livemode, createdMs, committedMs, invoicePrefix } = customer;
  const bare = { scope, body, version, livemode, createdMs, committedMs, invoicePrefix } as const;
  const mark: Customer = { ...bare, status: 'deleted', metadata: {}, preferredLocales: [], taxExempt: 'none' };
  return nextRecord(mark, nowMs, {}, request);
}

/** Detaches every method of the customer; returns how many there were. */
async function detachAll(deps: PaymentsDeps, call: Call, customer: Customer): Promise<number> {
  let count = 0;
  for (;;) {
    const page = await deps.table.query('payments', { pk: methodsOf(customer.scope, customer.body), limit: 100 });
    if (page.items.length === 0) return count;
    for (const { sk } of page.items) {
      const record = await loadMethod(deps.table, customer.scope, `pm_${sk}`);
      if (record?.customer !== customer.body) continue;
      await deps.table.commit(...detached(record, deps.clock.nowMs(), requestOf(call)).writes);
      count += 1;
    }
    if (page.items.length < 100) return count;
  }
}

/** @see https://docs.stripe.com/api/customers/list */
async function list(deps: PaymentsDeps, call: Call<CustomerListParams>): Promise<Reply> {
  const { email } = call.params;
  const wanted = (customer: Customer): boolean =>
    customer.status === 'active' && (email === undefined || email === '' || customer.email === email);
  const page = await listRecords(deps.table, CUSTOMER, call.caller, call.params, wanted);
  return { status: 200, body: listBody(page, '/v1/customers', renderCustomer) };
}

/**
 * A customer's payment methods, newest first.
 * @see https://docs.stripe.com/api/payment_methods/customer_list
 */
async function listMethods(deps: PaymentsDeps, call: Call<ListParams>, customer: Customer): Promise<Reply> {
  const page = await listCustomerMethods(deps.table, customer, call.params);
  const render = (method: MethodRecord) => renderMethod(method, customer.livemode);
  return { status: 200, body: listBody(page, `/v1/customers/cus_${customer.body}/payment_methods`, render) };
}

/** @see https://docs.stripe.com/api/payment_methods/customer */
async function retrieveMethod(deps: PaymentsDeps, call: Call, customer: Customer): Promise<Reply> {
  const id = call.path.method ?? '';
  const method = await loadMethod(deps.table, customer.scope, id);
  if (method?.customer !== customer.body) throw noSuch('PaymentMethod', id, 'payment_method');
  return { status: 200, body: renderMethod(method, customer.livemode) };
}

const returns = { object: 'customer' };
const one = '/v1/customers/{id}';

const createCustomer: Operation<PaymentsDeps, CreateCustomerParams> = {
  method: 'POST',
  path: '/v1/customers',
  params: createCustomerParams,
  returns,
  run: create,
};
const listCustomers: Operation<PaymentsDeps, CustomerListParams> = {
  method: 'GET',
  path: '/v1/customers',
  params: customerListParams,
  returns: { ...returns, list: true },
  run: list,
};
const retrieveCustomer: Operation<PaymentsDeps, object, Customer> = {
  method: 'GET',
  path: one,
  params: noParams,
  returns,
  read: load,
  run: async (_deps, _call, customer) => answer(customer),
};
const updateCustomer: Operation<PaymentsDeps, UpdateCustomerParams, Customer> = {
  method: 'POST',
  path: one,
  params: updateCustomerParams,
  returns,
  read: loadActive,
  run: update,
};
const deleteCustomer: Operation<PaymentsDeps, object, Customer> = {
  method: 'DELETE',
  path: one,
  params: noParams,
  returns,
  read: load,
  run: remove,
};

const listCustomersMethods: Operation<PaymentsDeps, ListParams, Customer> = {
  method: 'GET',
  path: `${one}/payment_methods`,
  params: customerMethodListParams,
  returns: { object: 'payment_method', list: true },
  read: loadActive,
  run: listMethods,
};
const retrieveCustomersMethod: Operation<PaymentsDeps, object, Customer> = {
  method: 'GET',
  path: `${one}/payment_methods/{method}`,
  params: noParams,
  returns: { object: 'payment_method' },
  read: loadActive,
  run: retrieveMethod,
};

export const customerOperations = [
  createCustomer,
  listCustomers,
  retrieveCustomer,
  updateCustomer,
  deleteCustomer,
  listCustomersMethods,
  retrieveCustomersMethod,
] as const;
