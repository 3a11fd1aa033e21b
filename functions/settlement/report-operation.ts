/** Ours: the settlement report of a payout. */
import * as z from 'zod/mini';
import { noSuch } from '../api/errors.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { integerFrom } from '../api/params.ts';
import type { PayoutsDeps } from '../payouts/deps.ts';
import type { Payout } from '../payouts/payout.ts';
import { payoutInPath } from '../payouts/requests.ts';
import type { Files } from '../table/files.ts';
import { type ReportFormat, reportKey } from './report-key.ts';

interface ReportDeps extends PayoutsDeps {
  readonly files: Pick<Files, 'get'>;
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
async function report(deps: ReportDeps, call: Call<ReportParams>, payout: Payout): Promise<Reply> {
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

export const retrieveReport: Operation<ReportDeps, ReportParams, Payout> = {
  method: 'GET',
  path: '/v1/payouts/{id}/report',
  params: reportParams,
  read: payoutInPath,
  run: report,
};
