/** What the vault's HTTP routes need from the outside. */
import type { Clock } from '../shared/clock.ts';
import type { Table } from '../shared/table.ts';
import type { DataKeys, KeyService } from './keys.ts';

export interface VaultDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly keys: DataKeys;
  readonly mac: KeyService['mac'];
}
