/** What `expand[]` may load of a session beside what every function loads: its line items, and the prices and products that these describe. */

import type { Loaders } from '../api/operation.ts';
import { objectKeyOf, type Scope } from '../kernel/ids.ts';
import type { Table } from '../table/table.ts';
import { type Line, loadLines, placeOf } from './lines.ts';
import { type Session, sessionKind } from './session.ts';
import { withPrices } from './sold.ts';
import { loadSession } from './store.ts';
import { renderLines, renderPrice, renderProduct } from './wire.ts';

/** Stripe expands a list to its first ten. */
const LINES_SHOWN = 10;

export const checkoutLoaders = (table: Table): Loaders => ({
  async line_items({ scope, livemode }, id) {
    const objectKey = objectKeyOf(id, sessionKind(livemode).prefix);
    const [session, lines] = objectKey
      ? await Promise.all([loadSession(table, scope, objectKey), loadLines(table, scope, objectKey)])
      : [];
    if (!session || !lines) return undefined;
    const shown = lines.slice(0, LINES_SHOWN).map((line, place) => ({ line, place }));
    const items = await withPrices(table, scope, shown);
    return renderLines(session, { items, hasMore: lines.length > LINES_SHOWN });
  },
});

/** The prices and products that line items describe. They are computed from the session, whatever its mode. */
export const inSessions = (table: Table) =>
  ({
    product: ({ scope }, id) =>
      describedBy(table, scope, placeOf('prod', id), (session, line, place) =>
        line.product === undefined ? renderProduct(session, line, place) : undefined,
      ),
    price: ({ scope }, id) => describedBy(table, scope, placeOf('price', id), renderPrice),
  }) satisfies Loaders;

async function describedBy(
  table: Table,
  scope: Scope,
  at: ReturnType<typeof placeOf>,
  render: (session: Session, line: Line, place: number) => object | undefined,
): Promise<object | undefined> {
  if (!at) return undefined;
  const [session, lines] = await Promise.all([
    loadSession(table, scope, at.session),
    loadLines(table, scope, at.session),
  ]);
  const line = lines[at.place];
  // A line that names a stored price describes none.
  return session && line && line.price === undefined ? render(session, line, at.place) : undefined;
}
