/**
 * The line items of a session: what is sold, for how much, how often. They never change, and stand in an item of their own, so that a session
 * that moves stays small. Ids of an item, and of a price and a product that it describes, are computed from the session's.
 */
import { base62, fromBase62, OBJECT_KEY_LENGTH, type ObjectKey, objectKeyOf, type Scope } from '../kernel/ids.ts';
import type { Currency } from '../kernel/money.ts';
import { pack, unpack } from '../table/pack.ts';
import { keyOf } from '../table/record.ts';
import { absent, type Table, type Write } from '../table/table.ts';

export interface Line {
  readonly unitAmount: bigint;
  readonly quantity: bigint;
  readonly currency: Currency;
  readonly name: string;
  readonly description?: string;
  readonly images: readonly string[];
  readonly unitLabel?: string;
  readonly taxCode?: string;
  /** The stored price that it is sold at. Its amount is here as it was when the session was made. */
  readonly price?: ObjectKey;
  /** The stored product of a price that `price_data` describes, by its id on the wire. */
  readonly product?: string;
  /** Of the product. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the line item. */
  readonly lineMetadata: Readonly<Record<string, string>>;
}

/** More than this in one session is refused, as Stripe does it in payment mode. */
export const MAXIMUM_LINES = 100;

export const totalOf = (lines: readonly Pick<Line, 'unitAmount' | 'quantity'>[]): bigint =>
  lines.reduce((sum, { unitAmount, quantity }) => sum + unitAmount * quantity, 0n);

const LINES = { letter: 'kl' } as const;

/** Written with version 1 of the session, in one transaction. */
export const putLines = (scope: Scope, session: ObjectKey, lines: readonly Line[]): Write => ({
  kind: 'put',
  table: 'payments',
  item: { ...keyOf(LINES, scope, session), kind: 'checkout_lines', doc: pack(lines) },
  when: absent,
});

/** The items in their order; none for a session that sells nothing. */
export async function loadLines(table: Table, scope: Scope, session: ObjectKey): Promise<readonly Line[]> {
  const item = await table.get('payments', keyOf(LINES, scope, session));
  return item ? unpack<readonly Line[]>(item.doc as Uint8Array) : [];
}

/** Two characters behind the session's key tell which of its items. */
const PLACE_LENGTH = 2;
export const lineId = (prefix: 'li' | 'price' | 'prod', session: ObjectKey, place: number): string =>
  `${prefix}_${session}${base62(place, PLACE_LENGTH)}`;

/** The session, and the place in it, that the id of a price or product names. */
export function placeOf(
  prefix: 'price' | 'prod',
  id: string,
): { readonly session: ObjectKey; readonly place: number } | undefined {
  const session = objectKeyOf(id, prefix, PLACE_LENGTH);
  return session && { session, place: fromBase62(id.slice(prefix.length + 1 + OBJECT_KEY_LENGTH)) };
}
