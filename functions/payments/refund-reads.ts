/** Refunds: retrieve and list. */
import { noSuch, noSuchReference } from '../shared/errors.ts';
import { bodyOf, shardsOf } from '../shared/ids.ts';
import { listShards } from '../shared/list.ts';
import type { Call, Operation, Reply } from '../shared/operation.ts';
import type { PaymentsDeps } from './deps.ts';
import { type RefundListParams, refundListParams, retrieveParams } from './params.ts';
import type { Refund } from './payment.ts';
import { renderRefund } from './refund-wire.ts';
import { loadRefund, paymentById, refundOf, refundsOfPayment } from './store.ts';

async function loadByPath(deps: PaymentsDeps, call: Omit<Call, 'claim'>): Promise<Refund> {
  const id = call.path.id ?? '';
  const refund = await loadRefund(deps.table, call.caller.scope, bodyOf(id, 're'));
  if (!refund) throw noSuch('refund', id);
  return refund;
}

async function list(deps: PaymentsDeps, call: Call<RefundListParams>): Promise<Reply> {
  const { caller, params } = call;
  const ofOne = params.payment_intent ?? (params.charge && `pi_${params.charge.slice(3, -1)}`);
  if (ofOne !== undefined) return listOfPayment(deps, call, ofOne);
  const page = await listShards(deps.table, {
    tableName: 'payments',
    partitions: shardsOf(caller.settings.shards).map((shard) => `${caller.scope}#r#${shard}`),
    params,
    skOf: (id: string) => bodyOf(id, 're'),
    exists: async (id: string) => (await loadRefund(deps.table, caller.scope, bodyOf(id, 're'))) !== undefined,
    object: 'refund',
    decode: refundOf,
  });
  return {
    status: 200,
    body: { object: 'list', data: page.items.map(renderRefund), has_more: page.hasMore, url: '/v1/refunds' },
  };
}

/** The refunds of one payment, newest first: at most a page, by the sparse index. */
async function listOfPayment(deps: PaymentsDeps, call: Call<RefundListParams>, intent: string): Promise<Reply> {
  const { caller, params } = call;
  const payment = await paymentById(deps.table, caller.scope, intent);
  if (!payment) throw noSuchReference('payment_intent', intent, 'payment_intent');
  const links = await deps.table.query('payments', {
    index: 'links',
    pk: refundsOfPayment(caller.scope, payment.body),
    newestFirst: true,
    limit: params.limit + 2,
    ...(params.starting_after !== undefined && { to: `r#${params.starting_after.slice(3)}` }),
  });
  const behind = links.items.filter(({ sk }) => `re_${sk}` !== params.starting_after);
  const items = await deps.table.getMany(
    behind.slice(0, params.limit).map(({ pk, sk }) => ({ table: 'payments', key: { pk, sk } })),
  );
  const refunds = items.filter((item) => item !== undefined).map(refundOf);
  return {
    status: 200,
    body: {
      object: 'list',
      data: refunds.map(renderRefund),
      has_more: behind.length > params.limit,
      url: '/v1/refunds',
    },
  };
}

const refund = { object: 'refund' };

export const listRefunds: Operation<PaymentsDeps, RefundListParams, undefined> = {
  method: 'GET',
  path: '/v1/refunds',
  params: refundListParams,
  returns: { ...refund, list: true },
  run: list,
};

export const retrieveRefund: Operation<PaymentsDeps, object, Refund> = {
  method: 'GET',
  path: '/v1/refunds/{id}',
  params: retrieveParams,
  returns: refund,
  read: loadByPath,
  run: async (_deps, _call, loaded) => ({ status: 200, body: renderRefund(loaded) }),
};
