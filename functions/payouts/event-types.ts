/** Types of the events that a commit of a payout announces. Pure. */
import { jsonText } from '../kernel/json.ts';
import { hasEnded, type Payout } from './payout.ts';
import { renderPayout } from './wire.ts';

export function payoutTypes(old: Payout | undefined, payout: Payout): readonly string[] {
  if (!old) return ['payout.created'];
  if (jsonText(renderPayout(old)) === jsonText(renderPayout(payout))) return [];
  const reached = payout.status !== old.status && hasEnded(payout);
  const disabled = payout.disabledBank && !old.disabledBank;
  return ['payout.updated', ...(reached ? [`payout.${payout.status}`] : []), ...(disabled ? [BANK_UPDATED] : [])];
}

/** A payout's failure disabled its bank account: the account's status went from `new` to `errored`. */
export const BANK_UPDATED = 'account.external_account.updated';
