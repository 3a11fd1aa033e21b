/** What a commit of a payout announces. */
import { isAutomatic, type Payout } from '../settlement/payout.ts';
import { renderPayout } from '../settlement/wire.ts';
import type { Projection } from './projection.ts';

function types(old: Payout | undefined, payout: Payout): readonly string[] {
  if (!old) return ['payout.created'];
  if (JSON.stringify(renderPayout(old)) === JSON.stringify(renderPayout(payout))) return [];
  const reached = payout.status !== old.status && ENDS.has(payout.status);
  return ['payout.updated', ...(reached ? [`payout.${payout.status}`] : [])];
}

const ENDS: ReadonlySet<Payout['status']> = new Set(['paid', 'failed', 'canceled']);

export const payoutProjection: Projection<Payout> = {
  family: 'o',
  types,
  object: renderPayout,
  // No settlement orders what a merchant asked for: the janitor does.
  watch: (payout) =>
    !isAutomatic(payout) && payout.account !== undefined && !ENDS.has(payout.status) ? 'o' : undefined,
};
