/** What the payouts' routes need from the outside. */
import type { Clock } from '../shared/clock.ts';
import type { Table } from '../shared/table.ts';
import type { Files } from './deps.ts';

export interface PayoutsDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly files: Pick<Files, 'get'>;
}
