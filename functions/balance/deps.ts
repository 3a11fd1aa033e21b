/** What the ledger's routes need from the outside. */

import type { Clock } from '../kernel/clock.ts';
import type { Files } from '../table/files.ts';
import type { Table } from '../table/table.ts';

export interface LedgerDeps {
  readonly table: Table;
  readonly clock: Clock;
  /** Manifests of settled periods: what a payout paid out. */
  readonly files: Pick<Files, 'get'>;
}
