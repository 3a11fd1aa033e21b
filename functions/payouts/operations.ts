/** Payouts: retrieve, list, and ours: the settlement report of a payout. */
import * as z from 'zod/mini';
import { noSuch } from '../api/errors.ts';
import { listBody, listRecords } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { integerFrom, isWithin, noParams } from '../api/params.ts';
import { type ReportFormat, reportKey } from '../settlement/report-key.ts';
import type { PayoutsDeps } from './deps.ts';
import { type PayoutListParams, payoutListParams } from './params.ts';
import { PAYOUT, type Payout } from './payout.ts';
import { loadNamedPayout, payoutRequests } from './requests.ts';
import { renderPayout } from './wire.ts';

/** @see https://docs.stripe.com/api/payouts/list */
async function list(deps: PayoutsDeps, call: Call<PayoutListParams>): Promise<Reply> {
  const { status, destination, arrival_date: arrival } = call.params;
  const wanted = (payout: Payout): boolean =>
    (status === undefined || payout.status === status) &&
    (destination === undefined || payout.bank.id === destination) &&
    (arrival === undefined || isWithin(arrival, Math.floor(payout.arrivalMs / 1000)));
  const page = await listRecords(deps.table, PAYOUT, call.caller, call.params, wanted);
  return { status: 200, body: listBody(page, '/v1/payouts', renderPayout) };
}

const reportParams = z.strictObject({
  format: z._default(z.enum(['json', 'csv']), 'json'),
  part: z._default(integerFrom(1n), 1n),
});
interface ReportParams {
  readonly format: ReportFormat;
  readonly part: bigint;
}

/**
 * Ours: the report of the batch that this payout pays out, as JSON or CSV; its lines sum to the batch's net. A large one has parts.
 * @throws 404 for a payout that no settlement made, and for a part that there is not
 */
async function report(deps: PayoutsDeps, call: Call<ReportParams>, payout: Payout): Promise<Reply> {
  const { format, part } = call.params;
  const { scope, sealedThroughMs, currency } = payout;
  const content =
    sealedThroughMs === undefined
      ? undefined
      : await deps.files.get(reportKey(scope, sealedThroughMs, currency, format, Number(part)));
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
  read: loadNamedPayout,
  run: async (_deps, _call, payout) => ({ status: 200, body: renderPayout(payout) }),
};

const retrieveReport: Operation<PayoutsDeps, ReportParams, Payout> = {
  method: 'GET',
  path: '/v1/payouts/{id}/report',
  params: reportParams,
  read: loadNamedPayout,
  run: report,
};

export const payoutOperations = [listPayouts, retrievePayout, retrieveReport, ...payoutRequests] as const;
