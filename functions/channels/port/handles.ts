/**
 * Handles: names that a channel itself gives to a payment, a capture or a refund (`pspReference`, `trade_no`, a PayPal capture). They are stored
 * with the operation that produced them, and later requests about it carry them. A record may have none: older releases and restores stored none.
 */
import * as z from 'zod/mini';

/** By the channel's own name for the kind of handle. */
export type Handles = Readonly<Record<string, string>>;

/** A record with thirty attempts and fifty captures still fits its item. */
const MAXIMUM_HANDLES = 6;
const name = z.string().check(z.regex(/^[A-Za-z][0-9A-Za-z_]{0,29}$/));
const value = z.string().check(z.regex(/^[!-~]{1,100}$/));
const handle = z.tuple([name, value]);
const isHandle = (entry: [string, unknown]): entry is [string, string] => z.safeParse(handle, entry).success;

/** The handles among the members of an answer. One that cannot be stored is left out: what the answer says about money counts all the same. */
export function handlesIn(members: Readonly<Record<string, unknown>>): { readonly handles?: Handles } {
  const entries = Object.entries(members).filter(isHandle).slice(0, MAXIMUM_HANDLES);
  return entries.length > 0 ? { handles: Object.fromEntries(entries) } : {};
}

/** The known handles with those that are new; the same object when none is. A name keeps the value that it had first. */
export function withNewHandles(known: Handles | undefined, learned: Handles | undefined): Handles | undefined {
  const fresh = Object.entries(learned ?? {}).filter(([each]) => !known || !Object.hasOwn(known, each));
  const room = MAXIMUM_HANDLES - Object.keys(known ?? {}).length;
  return fresh.length === 0 || room <= 0 ? known : { ...known, ...Object.fromEntries(fresh.slice(0, room)) };
}

/** Whether a name that is known has another value now: the record keeps the first, and a person must examine it. */
export const handlesDiffer = (known: Handles | undefined, learned: Handles | undefined): boolean =>
  Object.entries(learned ?? {}).some(([each, text]) => known && Object.hasOwn(known, each) && known[each] !== text);
