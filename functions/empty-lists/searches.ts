/** Searches over what Sluice has none of. A query is parsed as any other, and finds nothing. */
import * as z from 'zod/mini';
import { invalidParameter } from '../api/errors.ts';
import type { AnyOperation, Operation } from '../api/operation.ts';
import { listShape, nonEmpty } from '../api/params.ts';
import { once } from '../kernel/once.ts';
import { type Fields, parseQuery } from '../search/index/query.ts';

/** Stripe's fields by the path of the list (docs.stripe.com/search#query-fields-for-invoices, -subscriptions). */
export const SEARCH_FIELDS: Readonly<Record<string, Fields>> = {
  invoices: {
    created: 'number',
    currency: 'text',
    customer: 'text',
    last_finalization_error_code: 'text',
    last_finalization_error_type: 'text',
    number: 'text',
    receipt_number: 'text',
    status: 'text',
    subscription: 'text',
    total: 'number',
  },
  subscriptions: { canceled_at: 'number', created: 'number', status: 'text' },
};

const searchParams = once(() =>
  z.strictObject({ query: z.string(), limit: listShape.limit, page: z.optional(nonEmpty()) }),
);
type SearchParams = z.infer<ReturnType<typeof searchParams>>;

/** @throws 400 for a query that cannot be parsed, and for a page: no search has given one out */
const searchOf = ([name, fields]: readonly [string, Fields]): Operation<object, SearchParams> => ({
  method: 'GET',
  path: `/v1/${name}/search`,
  get params() {
    return searchParams();
  },
  returns: { object: name.slice(0, -1), list: true, empty: true },
  run: async (_, { params }) => {
    parseQuery(params.query, fields, name);
    if (params.page !== undefined) throw invalidParameter('Invalid page: it is none of ours.', { param: 'page' });
    const body = { object: 'search_result', data: [], has_more: false, next_page: null, url: `/v1/${name}/search` };
    return { status: 200, body };
  },
});

export const searchOperations: readonly AnyOperation<object>[] = Object.entries(SEARCH_FIELDS).map(searchOf);
