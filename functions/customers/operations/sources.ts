/** A customer's cards as sources: views of the payment methods, for clients from before there were payment methods. */
import * as z from 'zod/mini';
import { noSuch } from '../../api/errors.ts';
import { listBody } from '../../api/list.ts';
import type { Call, Operation, Reply } from '../../api/operation.ts';
import { noParams, pageShape } from '../../api/params.ts';
import { once } from '../../kernel/once.ts';
import { listCustomerMethods } from '../../payment-methods/attachment.ts';
import { loadMethod, type MethodRecord } from '../../payment-methods/method.ts';
import { renderSourceCard } from '../../payment-methods/source-card.ts';
import type { Table } from '../../table/table.ts';
import type { Customer } from '../customer.ts';
import type { CustomersDeps } from '../deps.ts';
import { loadActive } from './reads.ts';

const sourceListParams = once(() =>
  z.strictObject({ ...pageShape, object: z.optional(z.enum(['card', 'bank_account'])) }),
);
type SourceListParams = z.infer<ReturnType<typeof sourceListParams>>;

type CardRecord = Extract<MethodRecord, { readonly type?: undefined }>;

function render(record: MethodRecord): object {
  const { body, card, billing, customer, cvcGiven } = record as CardRecord;
  return renderSourceCard(
    { body, card, billing, customer },
    { cvc: cvcGiven ? 'unchecked' : null, line1: null, postalCode: null },
  );
}

/** The payment method that a card stands for. */
const methodIdOf = (card: string): string => card.replace(/^card_/, 'pm_');

/** The page of a customer's cards, newest first. @throws 400 resource_missing for an unknown cursor */
export async function sourcesOf(table: Table, customer: Customer, params: SourceListParams): Promise<object> {
  const { starting_after: after, ending_before: before, limit } = params;
  const page = await listCustomerMethods(table, customer, {
    limit,
    type: 'card',
    ...(after !== undefined && { starting_after: methodIdOf(after) }),
    ...(before !== undefined && { ending_before: methodIdOf(before) }),
  });
  return listBody(page, `/v1/customers/cus_${customer.body}/sources`, render);
}

async function list(deps: CustomersDeps, { params }: Call<SourceListParams>, customer: Customer): Promise<Reply> {
  const page = (await sourcesOf(deps.table, customer, params)) as { readonly data: readonly object[] };
  // No bank account is ever a source.
  return { status: 200, body: params.object === 'bank_account' ? { ...page, data: [], has_more: false } : page };
}

async function retrieve(deps: CustomersDeps, call: Call, customer: Customer): Promise<Reply> {
  const id = call.path.source ?? '';
  const record = await loadMethod(deps.table, customer.scope, methodIdOf(id));
  if (record?.customer !== customer.body || record.type !== undefined) throw noSuch('source', id);
  return { status: 200, body: render(record) };
}

const path = '/v1/customers/{id}/sources';

export const listSources: Operation<CustomersDeps, SourceListParams, Customer> = {
  method: 'GET',
  path,
  get params() {
    return sourceListParams();
  },
  returns: { object: 'card', list: true },
  read: loadActive,
  run: list,
};

export const retrieveSource: Operation<CustomersDeps, object, Customer> = {
  method: 'GET',
  path: `${path}/{source}`,
  params: noParams,
  returns: { object: 'card' },
  read: loadActive,
  run: retrieve,
};
