/** What `expand[]` may load of a session beside what every function loads: its line items, and the products that these sell. */

import type { Loaders } from '../api/operation.ts';
import { objectKeyOf } from '../kernel/ids.ts';
import type { Table } from '../table/table.ts';
import { loadLines, placeOfProduct } from './lines.ts';
import { sessionKind } from './session.ts';
import { loadSession } from './store.ts';
import { renderLines, renderProduct } from './wire.ts';

/** Stripe expands a list to its first ten. */
const LINES_SHOWN = 10;

export const checkoutLoaders = (table: Table): Loaders => ({
  async line_items({ scope, livemode }, id) {
    const objectKey = objectKeyOf(id, sessionKind(livemode).prefix);
    const [session, lines] = objectKey
      ? await Promise.all([loadSession(table, scope, objectKey), loadLines(table, scope, objectKey)])
      : [];
    if (!session || !lines) return undefined;
    const items = lines.slice(0, LINES_SHOWN).map((line, place) => ({ line, place }));
    return renderLines(session, { items, hasMore: lines.length > LINES_SHOWN });
  },
  async product({ scope }, id) {
    const place = placeOfProduct(id);
    if (!place) return undefined;
    const [session, lines] = await Promise.all([
      loadSession(table, scope, place.session),
      loadLines(table, scope, place.session),
    ]);
    const line = lines[place.place];
    return session && line && renderProduct(session, line, place.place);
  },
});
