/** Loads of reviews. Their items are made from the payments' stream. Until one exists, the review is rendered from the payment. */

import type { Scope } from '../../../kernel/ids.ts';
import { needsReview } from '../../../payments/attempt.ts';
import { loadPayment } from '../../../payments/store.ts';
import type { Table } from '../../../table/table.ts';
import type { Review } from '../../port/message.ts';
import { parseReviewId, reviewKey, reviewOf, reviewOfItem } from '../review.ts';

/** The review that `prv_…` names in this scope. */
export async function loadReview(table: Table, scope: Scope, id: string): Promise<Review | undefined> {
  const parsed = parseReviewId(id);
  if (!parsed) return undefined;
  const item = await table.get('risk', reviewKey(scope, parsed.payment, parsed.ordinal));
  if (item) return reviewOfItem(item);
  const payment = await loadPayment(table, scope, parsed.payment);
  const attempt = payment?.attempts.find((candidate) => candidate.ordinal === parsed.ordinal);
  return payment && attempt && needsReview(attempt) ? reviewOf(payment, attempt) : undefined;
}
