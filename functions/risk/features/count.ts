/** Counting attempts into the features, and opening reviews: what the features queue carries. */

import { tryCommit } from '../../table/commit.ts';
import type { Table } from '../../table/table.ts';
import type { FeaturesMessage } from '../port/message.ts';
import { putReview } from '../reviews/review.ts';
import { countWrites } from './features.ts';

/**
 * Counts each attempt of the message once, however often it is delivered, and opens the reviews it names. A conflict changes nothing: a full
 * bucket says "many" already, and a review that exists was opened before.
 */
export async function countAttempts(table: Table, message: FeaturesMessage): Promise<void> {
  for (const feature of message.attempts) for (const write of countWrites(feature)) await tryCommit(table, write);
  for (const review of message.reviews) await tryCommit(table, putReview(review));
}
