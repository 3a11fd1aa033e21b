/** What the payouts' routes need from the outside. */
import type { Clock } from '../kernel/clock.ts';
import type { Table } from '../table/table.ts';

export interface PayoutsDeps {
  readonly table: Table;
  readonly clock: Clock;
}
