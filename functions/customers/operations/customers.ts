/** Customers: create and update, and the list of all their operations. */
import { lockTimeout, noSuchReference, refused } from '../../api/errors.ts';
import { lockedOut } from '../../api/lock.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { changedMetadata } from '../../api/params.ts';
import { addressAfter, changed, shippingAfter } from '../../api/person.ts';
import { assertAttachable, attachedTo, attachWrites, unchanged } from '../../payment-methods/attachment.ts';
import { isTestToken, loadMethod, type MethodRecord, mintTestMethod } from '../../payment-methods/method.ts';
import { writeMethod } from '../../payment-methods/store.ts';
import { commitNamed, tryCommit } from '../../table/commit.ts';
import { loadRecord, nextRecord, requestOf } from '../../table/record.ts';
import type { Write } from '../../table/table.ts';
import { CUSTOMER, type Customer, newCustomer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import {
  type CreateCustomerParams,
  createCustomerParams,
  type UpdateCustomerParams,
  updateCustomerParams,
} from '../params.ts';
import { customerWrites, emailWrites, putCustomer } from '../store.ts';
import {
  answer,
  listCustomers,
  listCustomersMethods,
  loadActive,
  retrieveCustomer,
  retrieveCustomersMethod,
} from './reads.ts';
import { deleteCustomer } from './removal.ts';
import { listSources, retrieveSource } from './sources.ts';

/**
 * Makes a customer and, with `payment_method`, attaches it in the same transaction.
 * @throws 400 resource_missing, payment_method_unexpected_state; 402 when the card cannot be attached
 * @see https://docs.stripe.com/api/customers/create
 */
async function create(deps: CustomersDeps, call: Call<CreateCustomerParams>): Promise<Reply> {
  const { caller, params, lock } = call;
  const earlier = lock.resumed ? await loadRecord(deps.table, CUSTOMER, caller.scope, lock.objectKey) : undefined;
  if (earlier) return answer(earlier);
  const nowMs = deps.clock.nowMs();
  const method = await firstMethod(deps, call);
  const fallback = params.invoice_settings?.default_payment_method;
  if (fallback !== undefined && (!method || fallback !== params.payment_method))
    throw noSuchReference('PaymentMethod', fallback, 'invoice_settings[default_payment_method]');
  const customer: Customer = {
    ...detailsOf(params, { ...newCustomer(call, nowMs), metadata: params.metadata ?? {} }),
    ...(fallback !== undefined && method && { defaultMethod: `pm_${method.record.body}` }),
  };
  const attached = method && attachedTo(method.record, customer.body, nowMs, requestOf(call));
  if (method?.minted) await tryCommit(deps.table, method.minted);
  // A transaction touches an item once, so the customer that it creates needs no check.
  const { customer: _, ...attachment } = attached ? attachWrites(method?.record, attached) : {};
  const conflict = await commitNamed(deps.table, {
    created: putCustomer(undefined, customer),
    email: emailWrites(undefined, customer),
    ...attachment,
  });
  // A conflict on the customer: an earlier try of the same request created it.
  if (conflict && conflict.on !== 'created') throw lockTimeout();
  return answer(customer);
}

/** The method to begin with; a published test id is minted under this request's own object key. */
async function firstMethod(
  deps: CustomersDeps,
  call: Call<CreateCustomerParams>,
): Promise<{ readonly record: MethodRecord; readonly minted?: Write } | undefined> {
  const id = call.params.payment_method;
  if (id === undefined) return undefined;
  const { caller, lock } = call;
  if (!caller.livemode && isTestToken(id)) {
    const record = mintTestMethod(caller.scope, id, lock.objectKey, deps.clock.nowMs());
    assertAttachable(record);
    return { record, minted: writeMethod(undefined, record) };
  }
  const record = await loadMethod(deps.table, caller.scope, id);
  if (!record) throw noSuchReference('PaymentMethod', id, 'payment_method');
  assertAttachable(record);
  return { record };
}

type Details = Omit<UpdateCustomerParams, 'metadata' | 'default_source' | 'invoice_settings'>;

/** The customer after the change: an empty value removes a member. */
function detailsOf(params: Details, customer: Customer): Customer {
  const { address, shipping, tax_exempt: taxExempt } = params;
  return changed(customer, {
    address: address && addressAfter(customer.address, address),
    ...(address === null && { address: null }),
    shipping: shipping && shippingAfter(customer.shipping, shipping),
    ...(shipping === null && { shipping: null }),
    businessName: params.business_name,
    description: params.description,
    email: params.email,
    individualName: params.individual_name,
    name: params.name,
    phone: params.phone,
    preferredLocales: params.preferred_locales,
    invoicePrefix: params.invoice_prefix,
    taxExempt: taxExempt === '' ? 'none' : taxExempt,
  });
}

/**
 * Changes a customer, member by member. The default payment method must be, and still be, the customer's own.
 * @throws 404 for a deleted one; 400 resource_missing, or for another's payment method; 429 lock_timeout
 * @see https://docs.stripe.com/api/customers/update
 */
async function update(deps: CustomersDeps, call: Call<UpdateCustomerParams>, customer: Customer): Promise<Reply> {
  const { params } = call;
  const fallback = params.invoice_settings?.default_payment_method;
  const method = fallback ? await ownMethod(deps, customer, fallback) : undefined;
  const described = changed(detailsOf(params, customer), {
    metadata: params.metadata === undefined ? undefined : changedMetadata(customer.metadata, params.metadata),
    defaultMethod: fallback === '' ? null : fallback,
  });
  const after = nextRecord(described, deps.clock.nowMs(), {}, requestOf(call));
  await deps.table.commit(...customerWrites(customer, after), ...(method ? [unchanged(method)] : [])).catch(lockedOut);
  return answer(after);
}

/** The customer's own method that an invoice setting names. @throws 400 */
async function ownMethod(deps: CustomersDeps, customer: Customer, id: string): Promise<MethodRecord> {
  const param = 'invoice_settings[default_payment_method]';
  const method = await loadMethod(deps.table, customer.scope, id);
  if (!method) throw noSuchReference('PaymentMethod', id, param);
  if (method.customer === customer.body) return method;
  throw refused(
    'The customer does not have a payment method with the ID you provided. The payment method must be attached to the customer.',
    { param },
  );
}

const returns = { object: 'customer' };

const createCustomer: Operation<CustomersDeps, CreateCustomerParams> = {
  method: 'POST',
  path: '/v1/customers',
  get params() {
    return createCustomerParams();
  },
  returns,
  run: create,
};
const updateCustomer: Operation<CustomersDeps, UpdateCustomerParams, Customer> = {
  method: 'POST',
  path: '/v1/customers/{id}',
  get params() {
    return updateCustomerParams();
  },
  returns,
  read: loadActive,
  run: update,
};

export const customerOperations = [
  createCustomer,
  listCustomers,
  retrieveCustomer,
  updateCustomer,
  deleteCustomer,
  listCustomersMethods,
  retrieveCustomersMethod,
  listSources,
  retrieveSource,
] as const;
