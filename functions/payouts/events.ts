/** What a commit of a payout announces. */

import { without } from '../kernel/without.ts';
import type { Projection } from '../stream/kind/kind.ts';
import { renderDisabledBank } from './bank-account.ts';
import { BANK_UPDATED, payoutTypes } from './event-types.ts';
import { hasEnded, isAutomatic, type Payout } from './payout.ts';
import { renderPayout } from './wire.ts';

const before = (payout: Payout): Payout | undefined =>
  payout.endedMs === payout.committedMs ? { ...without(payout, 'disabledBank'), status: 'in_transit' } : undefined;

export const payoutProjection: Projection<Payout> = {
  family: 'o',
  types: payoutTypes,
  object: (payout, type) => (type === BANK_UPDATED ? renderDisabledBank(payout) : renderPayout(payout)),
  previous: (type) => (type === BANK_UPDATED ? { status: 'new' } : undefined),
  before,
  // No settlement orders what a merchant asked for: the janitor does.
  recheck: (payout) => (!isAutomatic(payout) && payout.account !== undefined && !hasEnded(payout) ? 'o' : undefined),
};
