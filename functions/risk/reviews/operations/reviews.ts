/** Reviews: retrieve, list, approve. */
import * as z from 'zod/mini';
import { type ApiError, lockTimeout, noSuch, refused } from '../../../api/errors.ts';
import { listShards } from '../../../api/list.ts';
import type { Call, Operation, Reply } from '../../../api/operation.ts';
import { type ListParams, listShape, noParams } from '../../../api/params.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { shardsOf } from '../../../kernel/ids.ts';
import { tryCommit } from '../../../table/commit.ts';
import type { Table } from '../../../table/table.ts';
import type { Review } from '../../port/message.ts';
import { parseReviewId, putReview, reviewId, reviewKey, reviewOfItem, reviewPartition } from '../review.ts';
import { renderReview } from '../wire.ts';
import { loadReview } from './store.ts';

export interface RiskDeps {
  readonly table: Table;
  readonly clock: Clock;
}

async function load(deps: RiskDeps, call: Omit<Call, 'lock'>): Promise<Review> {
  const id = call.path.id ?? '';
  const review = await loadReview(deps.table, call.caller.scope, id);
  if (!review) throw noSuch('review', id);
  return review;
}

/** @see https://docs.stripe.com/api/radar/reviews/list */
async function list(deps: RiskDeps, call: Call<ListParams>): Promise<Reply> {
  const { caller, params } = call;
  const page = await listShards(deps.table, {
    tableName: 'risk',
    partitions: shardsOf(caller.settings.shards).map((shard) => reviewPartition(caller.scope, shard)),
    params,
    skOf: (id) => {
      const parsed = parseReviewId(id);
      return parsed && reviewKey(caller.scope, parsed.payment, parsed.ordinal).sk;
    },
    exists: async (id) => (await loadReview(deps.table, caller.scope, id)) !== undefined,
    object: 'review',
    decode: reviewOfItem,
    keep: (review) => review.open,
    // Only people close reviews: there are never many closed ones in a row.
    scanLimit: 50_000,
  });
  return {
    status: 200,
    body: { object: 'list', data: page.items.map(renderReview), has_more: page.hasMore, url: '/v1/reviews' },
  };
}

/**
 * Closes an open review: a person looked, and the payment may stay.
 * @throws 400 for a review that is closed, 429 lock_timeout when it changes again and again
 * @see https://docs.stripe.com/api/radar/reviews/approve
 */
async function approve(deps: RiskDeps, call: Call, review: Review): Promise<Reply> {
  // A try of this request that died had closed it.
  if (!review.open && call.lock.resumed) return { status: 200, body: renderReview(review) };
  if (!review.open) throw alreadyClosed(review);
  const closed: Review = {
    ...review,
    version: review.version + 1,
    open: false,
    closedReason: 'approved',
    closedMs: deps.clock.nowMs(),
  };
  // Not `retryRaces`: each try writes another version instead of reading again. The item may not exist yet (the stream is behind), and is
  // then made closed. It may have been made since, open, and is then closed. Or another request closed it.
  for (const version of [closed.version, 1, closed.version]) {
    if (await tryCommit(deps.table, putReview({ ...closed, version })))
      return { status: 200, body: renderReview(closed) };
  }
  const now = await load(deps, call);
  throw now.open ? lockTimeout() : alreadyClosed(now);
}

/** Stripe documents no words for this; the shape is that of its other refusals. */
const alreadyClosed = (review: Review): ApiError =>
  refused(`This review (${reviewId(review)}) is already closed.`, { param: 'id' });

const returns = { object: 'review' };

const listReviews: Operation<RiskDeps, ListParams> = {
  method: 'GET',
  path: '/v1/reviews',
  params: z.strictObject(listShape),
  returns: { ...returns, list: true },
  run: list,
};
const retrieveReview: Operation<RiskDeps, object, Review> = {
  method: 'GET',
  path: '/v1/reviews/{id}',
  params: noParams,
  returns,
  read: load,
  run: async (_deps, _call, review) => ({ status: 200, body: renderReview(review) }),
};
const approveReview: Operation<RiskDeps, object, Review> = {
  method: 'POST',
  path: '/v1/reviews/{id}/approve',
  params: noParams,
  returns,
  read: load,
  run: approve,
};

export const riskOperations = [listReviews, retrieveReview, approveReview] as const;
