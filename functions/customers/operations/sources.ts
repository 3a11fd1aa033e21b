/** A customer's cards as sources: views of the payment methods, for clients from before there were payment methods. */
import { noSuch } from '../../api/errors.ts';
import { listBody } from '../../api/list.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { noParams } from '../../api/params.ts';
import { listCustomerMethods } from '../../payment-methods/attachment.ts';
import { type CardRecord, loadMethod, type MethodRecord } from '../../payment-methods/method.ts';
import { renderSource } from '../../payment-methods/source-card.ts';
import type { Table } from '../../table/table.ts';
import type { Customer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import { type SourceListParams, sourceListParams } from './params.ts';
import { loadActive } from './reads.ts';

/** No wallet is ever attached to a customer. */
const render = (record: MethodRecord): object => renderSource(record as CardRecord);

/** The page of a customer's cards, newest first. `name`: of the list in its URL. @throws 400 resource_missing for an unknown cursor */
export async function sourcesOf(
  table: Table,
  customer: Customer,
  params: SourceListParams,
  name = 'sources',
): Promise<object> {
  const page = await listCustomerMethods(table, customer, { ...params, type: 'card' });
  return listBody(page, `/v1/customers/cus_${customer.body}/${name}`, render);
}

/** A card and the customer that it is a source of. */
export interface Owned {
  readonly customer: Customer;
  readonly record: CardRecord;
}

/** The customer's card that the path names. @throws 404 resource_missing */
export async function loadSource(deps: CustomersDeps, call: Omit<Call, 'lock'>): Promise<Owned> {
  const customer = await loadActive(deps, call);
  const id = call.path.source ?? '';
  const record = await loadMethod(deps.table, customer.scope, id);
  if (record?.customer !== customer.body || record.type !== undefined) throw noSuch('source', id);
  return { customer, record };
}

export const answerSource = (record: CardRecord): Reply => ({ status: 200, body: renderSource(record) });

/** `cards` is the older name of the list. */
export const SOURCE_LISTS = ['sources', 'cards'] as const;

export const sourceReads = SOURCE_LISTS.flatMap((name) => {
  const path = `/v1/customers/{id}/${name}`;
  const listSources: Operation<CustomersDeps, SourceListParams, Customer> = {
    method: 'GET',
    path,
    get params() {
      return sourceListParams();
    },
    returns: { object: 'card', list: true },
    read: loadActive,
    async run({ table }, { params }, customer) {
      const page = (await sourcesOf(table, customer, params, name)) as { readonly data: readonly object[] };
      // No bank account is ever a source.
      return { status: 200, body: params.object === 'bank_account' ? { ...page, data: [], has_more: false } : page };
    },
  };
  const retrieveSource: Operation<CustomersDeps, object, Owned> = {
    method: 'GET',
    path: `${path}/{source}`,
    params: noParams,
    returns: { object: 'card' },
    read: loadSource,
    run: async (_deps, _call, { record }) => answerSource(record),
  };
  return [listSources, retrieveSource] as const;
});
