/** Payouts: retrieve and list, and the list of all their operations. */
import { listBody, listRecords } from '../api/list.ts';
import type { Call, Operation, Reply } from '../api/operation.ts';
import { isWithin, noParams } from '../api/params.ts';
import { refusedOperation } from '../api/refused-operation.ts';
import type { PayoutsDeps } from './deps.ts';
import { type PayoutListParams, payoutListParams } from './params.ts';
import type { Payout } from './payout.ts';
import { payoutInPath, payoutRequests } from './requests.ts';
import { PAYOUT } from './store.ts';
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
  read: payoutInPath,
  run: async (_deps, _call, payout) => ({ status: 200, body: renderPayout(payout) }),
};

const reversePayout = refusedOperation(
  '/v1/payouts/{id}/reverse',
  'Payouts cannot be reversed: the bank takes back no transfer. Cancel a payout while it is pending.',
);

export const payoutOperations = [listPayouts, retrievePayout, reversePayout, ...payoutRequests] as const;
