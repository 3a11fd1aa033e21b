/** What the ledger's routes need from the outside. */
import type { Files } from '../settlement/deps.ts';
import type { Clock } from '../shared/clock.ts';
import type { Table } from '../shared/table.ts';

export interface LedgerDeps {
  readonly table: Table;
  readonly clock: Clock;
  /** Manifests of settled periods: what a payout paid out. */
  readonly files: Pick<Files, 'get'>;
}
