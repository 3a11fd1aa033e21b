/** Counting attempts into the features, and opening reviews: what the features queue carries. */

import { Conflict, type Table, type Write } from '../../table/table.ts';
import type { FeaturesMessage } from '../port/message.ts';
import { putReview } from '../reviews/review.ts';
import { countWrites } from './features.ts';

/** Counts each attempt of the message once, however often it is delivered, and opens the reviews it names. */
export async function countAttempts(table: Table, message: FeaturesMessage): Promise<void> {
  for (const feature of message.attempts) for (const write of countWrites(feature)) await commitOnce(table, write);
  for (const review of message.reviews) await commitOnce(table, putReview(review));
}

/** A full bucket says "many" already; a review that is there was opened before. */
async function commitOnce(table: Table, write: Write): Promise<void> {
  try {
    await table.commit(write);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}
