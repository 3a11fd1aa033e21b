/** What the operations on customers need from the outside. */
import type { Clock } from '../kernel/clock.ts';
import type { Table } from '../table/table.ts';

export interface CustomersDeps {
  readonly table: Table;
  readonly clock: Clock;
}
