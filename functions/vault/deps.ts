/** What the vault's HTTP routes need from the outside. */
import type { Clock } from '../kernel/clock.ts';
import type { Table } from '../table/table.ts';
import type { DataKeys, KeyService } from './keys.ts';

export interface VaultDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly keys: DataKeys;
  readonly mac: KeyService['mac'];
}
