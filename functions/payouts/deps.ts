/** What the payouts' routes need from the outside. */
import type { Clock } from '../kernel/clock.ts';
import type { Files } from '../table/files.ts';
import type { Table } from '../table/table.ts';

export interface PayoutsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly files: Pick<Files, 'get'>;
}
