/** A `source` in a request: the id of a token or of a card, or a published test card in parts. Pure. */
import * as z from 'zod/mini';
import { invalidParameter } from '../api/errors.ts';
import { nonEmpty } from '../api/params.ts';
import { typedTestCard } from './typed-test-card.ts';

export const source = z.union([nonEmpty(), z.record(z.string(), z.unknown())]);
export type Source = z.infer<typeof source>;

/**
 * Refuses what cannot be a source, before anything is read.
 * @throws 400 for a bank account, and for a card number that is not a published test number
 */
export function assertSource(given: Source | undefined, param = 'source'): void {
  if (given === undefined) return;
  if (typeof given === 'object') {
    typedTestCard(given);
    return;
  }
  if (/^(?:btok|ba)_/.test(given))
    throw invalidParameter('Bank accounts are not served: a source is a card.', { param });
}
