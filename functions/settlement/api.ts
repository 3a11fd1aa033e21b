/** Payouts: retrieve, list, and ours: the settlement report of a payout. */
import * as z from 'zod/mini';
import type { Clock } from '../shared/clock.ts';
import { noSuch } from '../shared/errors.ts';
import { listBody, listRecords } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import { type ListParams, listShape, noParams } from '../shared/params.ts';
import type { Table } from '../shared/table.ts';
import type { Files } from './deps.ts';
import { PAYOUT, type Payout, payoutById } from './payout.ts';
import { type ReportFormat, reportKey } from './report-key.ts';
import { renderPayout } from './wire.ts';

export interface PayoutsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly files: Pick<Files, 'get'>;
}

async function load(deps: PayoutsDeps, call: Omit<Call, 'claim'>): Promise<Payout> {
  const id = call.path.id ?? '';
  const payout = await payoutById(deps.table, call.caller.scope, id);
  if (!payout) throw noSuch('payout', id);
  return payout;
}

const payoutListParams = z.strictObject({
  ...listShape,
  status: z.optional(z.enum(['pending', 'in_transit', 'paid', 'failed', 'canceled'])),
});
type PayoutListParams = ListParams & { readonly status?: string | undefined };

/** @see https://docs.stripe.com/api/payouts/list */
async function list(deps: PayoutsDeps, call: Call<PayoutListParams>): Promise<Reply> {
  const { status } = call.params;
  const wanted = (payout: Payout) => status === undefined || payout.status === status;
  const page = await listRecords(deps.table, PAYOUT, call.caller, call.params, wanted);
  return { status: 200, body: listBody(page, '/v1/payouts', renderPayout) };
}

const reportParams = z.strictObject({ format: z._default(z.enum(['json', 'csv']), 'json') });

/** Ours: the report of the batch that this payout pays out, as JSON or CSV; its lines sum to the batch's net. */
async function report(
  deps: PayoutsDeps,
  call: Call<{ readonly format: ReportFormat }>,
  payout: Payout,
): Promise<Reply> {
  const { format } = call.params;
  const content = await deps.files.get(reportKey(payout.scope, payout.sealedThroughMs, payout.currency, format));
  if (content === undefined) throw noSuch('report', `po_${payout.body}`);
  return {
    status: 200,
    body: {},
    text: { contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json', content },
  };
}

const returns = { object: 'payout' };

const listPayouts: Operation<PayoutsDeps, PayoutListParams> = {
  method: 'GET',
  path: '/v1/payouts',
  params: payoutListParams,
  returns: { ...returns, list: true },
  run: list,
};

const retrievePayout: Operation<PayoutsDeps, object, Payout> = {
  method: 'GET',
  path: '/v1/payouts/{id}',
  params: noParams,
  returns,
  read: load,
  run: async (_deps, _call, payout) => ({ status: 200, body: renderPayout(payout) }),
};

const retrieveReport: Operation<PayoutsDeps, { readonly format: ReportFormat }, Payout> = {
  method: 'GET',
  path: '/v1/payouts/{id}/report',
  params: reportParams,
  read: load,
  run: report,
};

export const payoutOperations = [listPayouts, retrievePayout, retrieveReport] as const;
