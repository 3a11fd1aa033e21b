/** What the operations on products and prices need from the outside. */
import type { Loader } from '../api/operation.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Table } from '../table/table.ts';

export interface ProductsDeps {
  readonly table: Table;
  readonly clock: Clock;
  /** Products and prices that a Checkout Session's line items describe: they are computed from the session, and never change. */
  readonly inSessions: { readonly product: Loader; readonly price: Loader };
}
