/** Customers: create and update, and the list of all their operations. */
import { exclusiveParameters, noSuchReference, refused } from '../../api/errors.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { changedMetadata } from '../../api/params.ts';
import { addressAfter, changed, shippingAfter } from '../../api/person.ts';
import { assertAttachable, attachedTo, attachWrites, detached, unchanged } from '../../payment-methods/attachment.ts';
import {
  isTestToken,
  loadMethod,
  type MethodRecord,
  methodId,
  methodIdOf,
  mintTestMethod,
} from '../../payment-methods/method.ts';
import { assertSource, namedSource, type SourceParams } from '../../payment-methods/source-params.ts';
import { writeMethod } from '../../payment-methods/store.ts';
import { commitNamed, tryCommit } from '../../table/commit.ts';
import { loadRecord, nextRecord, requestOf } from '../../table/record.ts';
import type { Write } from '../../table/table.ts';
import { CUSTOMER, type Customer, newCustomer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import { customerWrites, emailWrites, putCustomer } from '../store.ts';
import { earlierSource, lostTo, type NewSource, ownSource, sourceOf } from './new-source.ts';
import {
  type CreateCustomerParams,
  createCustomerParams,
  type UpdateCustomerParams,
  updateCustomerParams,
} from './params.ts';
import {
  answer,
  listCustomers,
  listCustomersMethods,
  loadActive,
  retrieveCustomer,
  retrieveCustomersMethod,
} from './reads.ts';
import { deleteCustomer } from './removal.ts';
import { sourceWrites } from './source-writes.ts';
import { sourceReads } from './sources.ts';

/**
 * Makes a customer and, with `payment_method` or `source`, attaches it in the same transaction. A source is then the default one.
 * @throws 400 resource_missing, payment_method_unexpected_state, token_already_used; 402 when the card cannot be attached
 * @see https://docs.stripe.com/api/customers/create
 */
async function create(deps: CustomersDeps, call: Call<CreateCustomerParams>): Promise<Reply> {
  const { caller, params, lock } = call;
  const earlier = lock.resumed ? await loadRecord(deps.table, CUSTOMER, caller.scope, lock.objectKey) : undefined;
  if (earlier) return answer(earlier);
  const nowMs = deps.clock.nowMs();
  const method = await firstMethod(deps, call);
  const source = await sourceOf(deps, call, lock.objectKey, nowMs);
  const fallback = params.invoice_settings?.default_payment_method;
  if (fallback !== undefined && (!method || methodIdOf(fallback) !== methodIdOf(params.payment_method ?? '')))
    throw noSuchReference('PaymentMethod', fallback, 'invoice_settings[default_payment_method]');
  const customer: Customer = {
    ...detailsOf(params, { ...newCustomer(call, nowMs), metadata: params.metadata ?? {} }),
    ...(fallback !== undefined && method && { defaultMethod: `pm_${method.record.body}` }),
    ...(source && { defaultSource: source.record.body }),
  };
  const attached = method && attachedTo(method.record, customer.body, nowMs, requestOf(call));
  if (method?.minted) await tryCommit(deps.table, method.minted);
  // A transaction touches an item once, so the customer that it creates needs no check.
  const { customer: _, ...attachment } = attached ? attachWrites(method?.record, attached) : (source?.writes ?? {});
  const conflict = await commitNamed(deps.table, {
    created: putCustomer(undefined, customer),
    email: emailWrites(undefined, customer),
    ...attachment,
  });
  // A conflict on the customer: an earlier try of the same request created it.
  if (conflict && conflict.on !== 'created') throw lostTo(conflict.on, params);
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

/** @throws 400 for a source beside another way to name one, and what `assertSource` throws */
function assertOneSource(params: SourceParams, other: 'payment_method' | 'default_source'): void {
  const source = namedSource(params);
  if (source !== undefined && (params as Readonly<Record<string, unknown>>)[other] !== undefined)
    throw exclusiveParameters(source.param, other);
  assertSource(params);
}

type Details = Omit<
  UpdateCustomerParams,
  'metadata' | 'default_source' | 'source' | 'card' | 'validate' | 'invoice_settings'
>;

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
 * Changes a customer, member by member. The default payment method and the default source must be, and still be, the customer's own. A new
 * `source` is the default one, and the earlier default source is deleted.
 * @throws 404 for a deleted one; 400 resource_missing, or for another's payment method; 402 when the card cannot be attached; 429 lock_timeout
 * @see https://docs.stripe.com/api/customers/update
 */
async function update(deps: CustomersDeps, call: Call<UpdateCustomerParams>, customer: Customer): Promise<Reply> {
  const { params } = call;
  // An earlier try of this request wrote all that it writes in one transaction.
  if (namedSource(params) !== undefined && call.lock.resumed && (await earlierSource(deps.table, call, customer.body)))
    return answer(customer);
  const nowMs = deps.clock.nowMs();
  const fallback = params.invoice_settings?.default_payment_method;
  const method = fallback ? await ownMethod(deps, customer, fallback) : undefined;
  const source = await sourceOf(deps, call, customer.body, nowMs);
  const chosen =
    params.default_source === undefined ? undefined : await ownSource(deps.table, customer, params.default_source);
  const replaced = source && (await replacedBy(deps, customer, source));
  if (method && replaced?.body === method.body) throw replacedMethod();
  const described = changed(detailsOf(params, customer), {
    metadata: params.metadata === undefined ? undefined : changedMetadata(customer.metadata, params.metadata),
    defaultMethod: method ? methodId(method.body) : fallback === '' || isDefault(customer, replaced) ? null : undefined,
    defaultSource: (source?.record ?? chosen)?.body,
  });
  const after = nextRecord(described, nowMs, {}, requestOf(call));
  const { customer: _, ...attachment } = source?.writes ?? {};
  const conflict = await commitNamed(deps.table, {
    customer: customerWrites(customer, after),
    ...attachment,
    replaced: replaced && detached(replaced, nowMs, requestOf(call)).writes,
    named: checksOf([method, chosen, source?.writes.method ? undefined : source?.record]),
  });
  if (conflict) throw lostTo(conflict.on, params);
  return answer(after);
}

/** The default source that a new one takes the place of. */
async function replacedBy(
  { table }: CustomersDeps,
  customer: Customer,
  { record }: NewSource,
): Promise<MethodRecord | undefined> {
  const { defaultSource: old } = customer;
  if (old === undefined || old === record.body) return undefined;
  const replaced = await loadMethod(table, customer.scope, methodId(old));
  return replaced?.customer === customer.body ? replaced : undefined;
}

const isDefault = ({ defaultMethod }: Customer, method: MethodRecord | undefined): boolean =>
  method !== undefined && defaultMethod === methodId(method.body);

/** Holds while each of the methods is as it was read. A transaction touches an item once. */
const checksOf = (methods: readonly (MethodRecord | undefined)[]): readonly Write[] =>
  [...new Map(methods.flatMap((method) => (method ? [[method.body, method] as const] : []))).values()].map(unchanged);

const replacedMethod = () =>
  refused('The new source replaces the card that you made the default payment method: name another one.', {
    param: 'invoice_settings[default_payment_method]',
  });

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
  check: (_deps, params) => assertOneSource(params, 'payment_method'),
  returns,
  run: create,
};
const updateCustomer: Operation<CustomersDeps, UpdateCustomerParams, Customer> = {
  method: 'POST',
  path: '/v1/customers/{id}',
  get params() {
    return updateCustomerParams();
  },
  check: (_deps, params) => assertOneSource(params, 'default_source'),
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
  ...sourceReads,
  ...sourceWrites,
] as const;
