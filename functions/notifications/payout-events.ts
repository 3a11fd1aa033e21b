/** What a commit of a payout announces. */
import type { Payout } from '../settlement/payout.ts';
import { renderPayout } from '../settlement/wire.ts';
import type { Projection } from './projection.ts';

function types(old: Payout | undefined, payout: Payout): readonly string[] {
  if (!old) return ['payout.created'];
  if (old.status === payout.status) return [];
  const reached = payout.status === 'paid' || payout.status === 'failed';
  return ['payout.updated', ...(reached ? [`payout.${payout.status}`] : [])];
}

export const payoutProjection: Projection<Payout> = { family: 'o', types, object: renderPayout };
