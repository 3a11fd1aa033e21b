/** What a commit of a payout announces. */

import { jsonText } from '../kernel/json.ts';
import { without } from '../kernel/without.ts';
import type { Projection } from '../stream/kind/kind.ts';
import { renderDisabledBank } from './bank-account.ts';
import { isAutomatic, type Payout } from './payout.ts';
import { renderPayout } from './wire.ts';

function types(old: Payout | undefined, payout: Payout): readonly string[] {
  if (!old) return ['payout.created'];
  if (jsonText(renderPayout(old)) === jsonText(renderPayout(payout))) return [];
  const reached = payout.status !== old.status && ENDS.has(payout.status);
  const disabled = payout.disabledBank && !old.disabledBank;
  return ['payout.updated', ...(reached ? [`payout.${payout.status}`] : []), ...(disabled ? [BANK_UPDATED] : [])];
}

/** A payout's failure disabled its bank account: the account's status went from `new` to `errored`. */
const BANK_UPDATED = 'account.external_account.updated';

const ENDS: ReadonlySet<Payout['status']> = new Set(['paid', 'failed', 'canceled']);

const before = (payout: Payout): Payout | undefined =>
  payout.endedMs === payout.committedMs ? { ...without(payout, 'disabledBank'), status: 'in_transit' } : undefined;

export const payoutProjection: Projection<Payout> = {
  family: 'o',
  types,
  object: (payout, type) => (type === BANK_UPDATED ? renderDisabledBank(payout) : renderPayout(payout)),
  previous: (type) => (type === BANK_UPDATED ? { status: 'new' } : undefined),
  before,
  // No settlement orders what a merchant asked for: the janitor does.
  recheck: (payout) =>
    !isAutomatic(payout) && payout.account !== undefined && !ENDS.has(payout.status) ? 'o' : undefined,
};
