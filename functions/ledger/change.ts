/** What a record of the payments table's stream says: which aggregate went from which state to which. */
import type { Payment, Refund } from '../payments/payment.ts';
import type { Payout } from '../settlement/payout.ts';
import { unpack } from '../shared/pack.ts';
import type { Item } from '../shared/table.ts';

export type Change =
  | { readonly kind: 'payment'; readonly old?: Payment; readonly new: Payment }
  | { readonly kind: 'refund'; readonly old?: Refund; readonly new: Refund }
  | { readonly kind: 'payout'; readonly old?: Payout; readonly new: Payout };

/** The change that two images of an item make, or undefined for what is none of these (payment methods, removals). */
export function changeOf(old: Item | undefined, now: Item | undefined): Change | undefined {
  if (!now) return undefined;
  const images = { ...(old && { old: unpack(old.doc as Uint8Array) }), new: unpack(now.doc as Uint8Array) };
  const kind = now.kind;
  return kind === 'payment' || kind === 'refund' || kind === 'payout' ? ({ kind, ...images } as Change) : undefined;
}
